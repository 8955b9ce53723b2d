"""Every address as everybody: owner, manager, member, reader, stranger, nobody. One table, held complete."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from diagnostics import urls
from diagnostics.engine import playbooks
from diagnostics.engine.library import load
from diagnostics.engine.playbook_records import Question
from diagnostics.models import Attempt, Case, Environment, Membership, Role, Run, ShareLink, Team, User
from diagnostics.services import accounts, cases, handoffs, invitations, sharing, texts, tokens, wizards
from tests import factories
from troubleshooter.logs import scrub

OK, MOVED, GONE = 200, 302, 410
DENIED, NOTHING, NOT_SO, FAULTY = 403, 404, 405, 422


@dataclass(frozen=True)
class Row:
    """An address, how it is asked, and the answers to member, reader, stranger and nobody.

    Managers get the member's answer unless `manager` says otherwise, owners the manager's unless `owner` does.
    """

    name: str
    argument: str
    method: str
    member: int
    reader: int
    stranger: int
    nobody: int
    data: dict[str, Any] | None = None
    manager: int | None = None
    owner: int | None = None

    def wanted(self, role: str) -> int:
        """The answer to somebody of the team."""
        manager = self.member if self.manager is None else self.manager
        owner = manager if self.owner is None else self.owner
        return {Role.OWNER: owner, Role.MANAGER: manager, Role.MEMBER: self.member}.get(Role(role), self.reader)


TEAM_READ = (OK, OK, NOTHING, MOVED)
TEAM_WRITE = (MOVED, DENIED, NOTHING, MOVED)
OWN = (OK, OK, OK, MOVED)
TABLE = [
    Row("home", "", "get", OK, OK, OK, OK),
    Row("causes", "", "get", OK, OK, OK, OK),
    Row("cause", "cause", "get", OK, OK, OK, OK),
    Row("cause_way", "cause", "get", OK, OK, OK, OK),
    *(
        Row(name, "", "get", OK, OK, OK, OK)
        for name in ("knowledge", "guides", "providers", "clients", "models", "hosts", "search")
    ),
    Row("guide", "guide", "get", OK, OK, OK, OK),
    Row("provider", "provider", "get", OK, OK, OK, OK),
    Row("client", "client", "get", OK, OK, OK, OK),
    Row("paste", "", "get", OK, OK, OK, OK),
    Row("paste_check", "", "post", MOVED, MOVED, MOVED, MOVED),
    Row("paste_report", "", "post", FAULTY, DENIED, FAULTY, MOVED, {"pasted": "no report", "environment": "new"}),
    Row("paste_keep", "", "post", MOVED, DENIED, MOVED, MOVED, {"pasted": "some words"}),
    Row("request_lab", "", "get", OK, OK, OK, OK),
    Row("files", "", "get", OK, OK, OK, OK),
    Row("design", "", "get", NOTHING, NOTHING, NOTHING, NOTHING),
    # -- signing in
    *(Row(name, "", "get", MOVED, MOVED, MOVED, OK) for name in ("sign_in", "account_login")),
    Row("sign_in_link", "token", "get", GONE, GONE, GONE, GONE),
    *(Row(name, "", "post", MOVED, MOVED, MOVED, MOVED) for name in ("sign_out", "account_logout")),
    Row("mfa_authenticate", "", "get", MOVED, MOVED, MOVED, MOVED),
    *(
        Row(name, "", "get", OK, OK, OK, OK)
        for name in (
            "account_inactive",
            "account_signup",
            "socialaccount_signup",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key_done",
        )
    ),
    Row("account_reset_password_from_key", "reset", "get", OK, OK, OK, OK),
    Row("account_confirm_email", "token", "get", OK, OK, OK, OK),
    *(
        Row(name, "provider_id", "get", NOTHING, NOTHING, NOTHING, NOTHING)
        for name in ("openid_connect_login", "openid_connect_callback")
    ),
    Row("socialaccount_login_cancelled", "", "get", MOVED, MOVED, MOVED, MOVED),
    # -- the person's own account: whoever signed in otherwise than just now is asked who they are
    *(Row(name, "", "get", *OWN) for name in ("account", "socialaccount_connections", "usersessions_list")),
    Row("account_sign_in_anew", "", "get", *OWN),
    *(
        Row(name, "", "get", MOVED, MOVED, MOVED, MOVED)
        for name in (
            "account_email",
            "account_email_verification_sent",
            "account_change_password",
            "account_delete",
            "account_set_password",
            "account_reauthenticate",
            "mfa_reauthenticate",
            "mfa_index",
            "mfa_activate_totp",
            "mfa_generate_recovery_codes",
        )
    ),
    Row("mfa_deactivate_totp", "", "get", NOTHING, NOTHING, NOTHING, MOVED),
    Row("mfa_view_recovery_codes", "", "get", NOTHING, NOTHING, NOTHING, MOVED),
    Row("sessions_end", "", "post", MOVED, MOVED, MOVED, MOVED),
    Row("session_end", "number", "post", NOTHING, NOTHING, NOTHING, MOVED),
    Row("sso_unlink", "number", "post", MOVED, MOVED, MOVED, MOVED),
    # -- the team
    Row("invitation", "invitation", "get", MOVED, MOVED, OK, OK),
    Row("tokens", "", "get", *OWN),
    Row("token_new", "", "get", *OWN),
    Row("token_revoke", "access_token", "post", DENIED, DENIED, NOTHING, MOVED, manager=MOVED),
    Row("team", "", "get", *OWN),
    Row("team_settings", "", "get", DENIED, DENIED, OK, MOVED, owner=OK),
    Row("audit", "", "get", DENIED, DENIED, OK, MOVED, manager=OK),
    Row("audit_csv", "", "get", DENIED, DENIED, OK, MOVED, manager=OK),
    Row("invitation_renew", "invited", "post", DENIED, DENIED, NOTHING, MOVED, manager=MOVED),
    Row("invitation_revoke", "invited", "post", DENIED, DENIED, NOTHING, MOVED, manager=MOVED),
    Row("team_new", "", "get", *OWN),
    Row("switch_team", "", "post", MOVED, MOVED, NOTHING, MOVED, {"team": "the team"}),
    Row("member_role", "member", "post", DENIED, DENIED, NOTHING, MOVED, {"role": "readonly"}, manager=MOVED),
    Row("member_remove", "member", "post", DENIED, DENIED, NOTHING, MOVED, manager=MOVED),
    Row("team_data", "", "get", DENIED, DENIED, OK, MOVED, manager=OK),
    Row("data_keep", "", "post", DENIED, DENIED, MOVED, MOVED, {"keep_days": "90"}, manager=MOVED),
    Row("data_export", "", "post", DENIED, DENIED, OK, MOVED, manager=OK),
    Row("team_import", "", "get", *OWN),
    Row("team_delete", "", "post", DENIED, DENIED, FAULTY, MOVED, {"team-name": "not its name"}, owner=FAULTY),
    Row("environment_delete", "environment", "get", DENIED, DENIED, NOTHING, MOVED, manager=OK),
    Row("run_delete", "run", "post", DENIED, DENIED, NOTHING, MOVED, manager=MOVED),
    Row("environments", "", "get", *OWN),
    Row("environment_new", "", "get", OK, DENIED, OK, MOVED),
    Row("environment", "environment", "get", *TEAM_READ),
    Row("environment_edit", "environment", "get", OK, DENIED, NOTHING, MOVED),
    Row("environment_archive", "environment", "post", *TEAM_WRITE),
    Row("environment_restore", "environment", "post", *TEAM_WRITE),
    Row("run_start", "environment", "post", *TEAM_WRITE),
    Row("environment_paste", "environment", "get", OK, DENIED, NOTHING, MOVED),
    Row("environment_listen", "machine", "get", OK, DENIED, NOTHING, MOVED),
    Row("environment_listening", "machine", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("texts", "", "get", *OWN),
    Row("text", "text", "get", *TEAM_READ),
    Row("text_delete", "text", "post", *TEAM_WRITE),
    Row("text_attach", "text", "post", MOVED, DENIED, NOTHING, MOVED, {"case": "the case"}),
    Row("practice", "", "get", *OWN),
    Row("practice_reset", "practice", "post", *TEAM_WRITE),
    Row("runs", "", "get", *OWN),
    Row("run", "run", "get", *TEAM_READ),
    Row("run_progress", "open_run", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("run_stop", "open_run", "post", *TEAM_WRITE),
    Row("run_paste", "waiting_run", "get", OK, DENIED, NOTHING, MOVED),
    Row("run_json", "run", "get", *TEAM_READ),
    Row("run_html", "run", "get", *TEAM_READ),
    Row("run_contradict", "run", "get", OK, DENIED, NOTHING, MOVED),
    Row("run_contradict_undo", "run", "post", *TEAM_WRITE),
    Row("compare_environments", "", "get", *OWN),
    Row("compare", "run", "get", *TEAM_READ),
    Row("compare_pair", "pair", "get", *TEAM_READ),
    Row("share", "run", "get", *TEAM_READ),
    Row("share_preview", "run", "get", *TEAM_READ),
    Row("share_revoke", "link", "post", *TEAM_WRITE),
    Row("share_close", "run", "post", *TEAM_WRITE),
    Row("shares", "", "get", *OWN),
    Row("shared", "shared", "get", OK, OK, OK, OK),
    Row("shared_card", "shared", "get", OK, OK, OK, OK),
    Row("shared_file", "shared_file", "get", OK, OK, OK, OK),
    Row("hand_offs", "", "get", *OWN),
    Row("hand_off_choose", "run", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("hand_off", "packet", "get", *TEAM_READ),
    Row("hand_off_file", "packet_file", "get", *TEAM_READ),
    Row("hand_off_revoke", "hand_off", "post", *TEAM_WRITE),
    Row("handed", "handed", "get", OK, OK, OK, OK),
    Row("handed_changed", "handed", "post", FAULTY, FAULTY, FAULTY, FAULTY, {"note": "x" * 1001}),
    Row("handed_progress", "handed", "get", OK, OK, OK, OK),
    Row("handed_file", "handed_file", "get", OK, OK, OK, OK),
    Row("wizard", "walked_run", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("wizard_end", "walked_run", "get", *TEAM_READ),
    Row("wizard_prove", "walked_run", "post", *TEAM_WRITE),
    Row("wizard_step", "step", "get", *TEAM_READ),
    Row("wizard_follow", "walked_run", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("wizard_ask", "question", "get", *TEAM_READ),
    Row("wizard_check", "step", "post", *TEAM_WRITE),
    Row("wizard_look", "step", "post", OK, DENIED, NOTHING, MOVED, {"left": "3"}),
    Row("wizard_lines", "step", "post", MOVED, DENIED, NOTHING, MOVED, {"system": "macos"}),
    Row("wizard_cannot", "step", "get", OK, DENIED, NOTHING, MOVED),
    Row("wizard_mark", "step", "post", MOVED, DENIED, NOTHING, MOVED, {"mark": "skipped"}),
    Row("wizard_apply", "step", "post", MOVED, DENIED, NOTHING, MOVED, {"value": "http://p.example.com:3128"}),
    Row("cases", "", "get", *OWN),
    Row("case_new", "", "get", OK, DENIED, OK, MOVED),
    Row("case_times", "", "get", *OWN),
    Row("case_examples", "", "post", MOVED, DENIED, MOVED, MOVED),
    Row("case_example", "example", "get", *OWN),
    Row("case", "case", "get", *TEAM_READ),
    Row("case_edit", "case", "get", OK, DENIED, NOTHING, MOVED),
    Row("case_cause", "case", "get", OK, DENIED, NOTHING, MOVED),
    Row("case_assign", "case", "post", *TEAM_WRITE),
    Row("case_wait", "case", "post", MOVED, DENIED, NOTHING, MOVED, {"waiting_on": "IT"}),
    Row("case_note_edit", "note", "get", MOVED, DENIED, NOTHING, MOVED),
    Row("case_note_delete", "note", "post", DENIED, DENIED, NOTHING, MOVED),
    Row("case_note", "case", "post", MOVED, DENIED, NOTHING, MOVED, {"text": "asked the network team"}),
    Row("case_close", "case", "post", MOVED, DENIED, NOTHING, MOVED, {"what_fixed": "a password"}),
    Row("case_resolution", "closed_case", "get", OK, DENIED, NOTHING, MOVED),
    Row("case_reopen", "closed_case", "post", *TEAM_WRITE),
]
PUBLIC = {"probe"}  # a file, not a page: tested on its own


@pytest.fixture
def arguments(team: Team, owner: User, environment: Environment, asked: Question) -> dict[str, list[Any]]:
    """What stands in each address."""
    run = factories.make_finished_run(environment)
    cases.record(run)
    closed = factories.make_finished_run(environment, factories.make_report("region_unsupported"))
    cases.record(closed)
    closed_case = Case.objects.get(runs=closed)
    cases.close(owner, closed_case, "another way out")
    link = sharing.create(owner, run, days=7)
    other = factories.make_member(team, Role.MEMBER)
    practice = factories.make_environment(team, name="Practice", practice="corporate_proxy")
    walk = wizards.begin(owner, run)
    invited = invitations.invite(owner, team, "", Role.MEMBER)
    case = Case.objects.get(runs=run)
    hand_off = handoffs.create(owner, run, "it", days=7)
    return {
        "packet": [run.pk, "it"],
        "packet_file": [run.pk, "it", "packet.txt"],
        "hand_off": [hand_off.pk],
        "handed": [handoffs.token(hand_off)],
        "handed_file": [handoffs.token(hand_off), "packet.txt"],
        "": [],
        "example": ["region"],
        "note": [case.pk, cases.add_note(owner, case, "The owner's own.").pk],
        "token": ["no-such-token"],
        "number": [4711],
        "reset": ["abc", "no-such-key"],
        "provider_id": ["no-such-provider"],
        "invitation": [invitations.link_path(invited).split("/")[2]],
        "invited": [invited.pk],
        "member": [Membership.objects.get(user=other, team=team).pk],
        "environment": [environment.pk],
        "practice": [practice.pk],
        "machine": [factories.make_environment(team, runs_from="machine").pk],
        "access_token": [tokens.make(owner, team, "a script", ["read"], 30).token.pk],
        "cause": ["key_rejected"],
        "guide": ["retries"],
        "provider": ["openrouter"],
        "client": ["claude-code"],
        "text": [texts.keep(owner, team, "some words").pk],
        "run": [run.pk],
        "pair": [run.pk, closed.pk],
        "walked_run": [walk.run_id],
        "step": [walk.run_id, "credentials"],
        "question": [walk.run_id, asked.name],
        "open_run": [factories.make_run(environment).pk],
        "waiting_run": [factories.make_run(environment, status=Run.Status.WAITING).pk],
        "link": [link.pk],
        "shared": [sharing.token(link)],
        "case": [case.pk],
        "shared_file": [sharing.token(link), "json"],
        "closed_case": [closed_case.pk],
    }


def test_the_table_names_every_address() -> None:
    pages = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
    assert {row.name for row in TABLE} | PUBLIC == pages


API = {
    # address -> method, what is sent, answer to everybody: the API knows tokens and no sessions
    "/api/v1/decode": ("post", {"text": "Connection refused"}, OK),
    "/api/v1/files/check": ("post", {"files": []}, None),
    "/api/v1/requests/check": ("post", {"body": "{}"}, None),
    "/api/v1/uploads": ("post", {}, 401),
    "/api/v1/cases": ("get", None, 401),
    "/api/v1/environments": ("get", None, 401),
    "/api/v1/environments/<uuidstr:environment_id>/runs": ("post", {}, 401),
    "/api/v1/runs": ("get", None, 401),
    "/api/v1/runs/<uuidstr:run_id>": ("get", None, 401),
    "/api/v1/watch": ("get", None, 401),
    "/api/v1/report.schema.json": ("get", None, OK),
    "/api/v1/openapi.json": ("get", None, OK),
}
OUTSIDE = {"/healthz", "/readyz"}


def test_the_walk_knows_every_pattern_there_is() -> None:
    """Whatever is mounted beside the app's own pages is the API and the two health pages; no media, no other app."""
    mounted = [pattern for pattern in get_resolver().url_patterns if isinstance(pattern, URLPattern)]
    assert {f"/{pattern.pattern}" for pattern in mounted} == OUTSIDE
    inner: list[Any] = [pattern for pattern in urls.urlpatterns if not isinstance(pattern, URLPattern)]
    assert [str(resolver.pattern) for resolver in inner] == ["api/v1/"]
    calls = {f"/api/v1/{pattern.pattern}" for pattern in inner[0].url_patterns}
    assert calls - {"/api/v1/"} == set(API)


# An open page that has looked often enough asks for nothing by `wizard_look`, and is only told how things stand.
REFUSED = [row for row in TABLE if row.reader == DENIED and row.name != "wizard_look"] + [
    Row("share", "run", "post", OK, DENIED, NOTHING, MOVED),
    Row("hand_off", "packet", "post", OK, DENIED, NOTHING, MOVED),
]
ODD = {"days": "soon", "value": "", "text": "", "what_fixed": "", "name": "", "mark": "odd", "role": "king"}


@pytest.mark.parametrize("sent", [{}, ODD], ids=["nothing", "odd"])
def test_readers_are_refused_before_what_they_wrote_is_looked_at(
    client: Client, reader: User, team: Team, arguments: dict[str, list[Any]], sent: dict[str, str]
) -> None:
    client.force_login(reader)
    answers = {}
    for row in REFUSED:
        address = reverse(row.name, args=arguments[row.argument])
        answers[row.name] = client.post(address, sent).status_code
    assert {name: status for name, status in answers.items() if status not in (DENIED, NOT_SO)} == {}


@pytest.mark.parametrize("path", [*API, *sorted(OUTSIDE)])
def test_the_api_answers_everybody_alike(client: Client, team: Team, reader: User, stranger: User, path: str) -> None:
    method, data, wanted = API.get(path, ("get", None, None))
    people = [None, stranger, reader, *(factories.make_member(team, role) for role in Role)]
    answers = []
    for person in people:
        client.logout()
        if person is not None:
            client.force_login(person)
        kwargs = {"data": data, "content_type": "application/json"} if method == "post" else {}
        address = re.sub(r"<uuidstr:\w+>", str(uuid4()), path)
        answers.append(getattr(client, method)(address, **kwargs).status_code)
    assert len(set(answers)) == 1, answers
    assert wanted in (None, answers[0])
    assert answers[0] < 600


def _ask(client: Client, row: Row, arguments: dict[str, list[Any]], team: Team) -> int:
    data = dict(row.data or {})
    if data.get("team"):
        data["team"] = str(team.pk)
    if data.get("case"):
        data["case"] = str(arguments["case"][0])
    address = reverse(row.name, args=arguments[row.argument])
    return int(getattr(client, row.method)(address, data).status_code)


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.MEMBER])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_members(client: Client, team: Team, row: Row, role: str, arguments: dict[str, list[Any]]) -> None:
    client.force_login(factories.make_member(team, role))
    assert _ask(client, row, arguments, team) == row.wanted(role)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_readers(client: Client, team: Team, row: Row, reader: User, arguments: dict[str, list[Any]]) -> None:
    client.force_login(reader)
    assert _ask(client, row, arguments, team) == row.reader


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_strangers_find_nothing(
    client: Client, team: Team, row: Row, stranger: User, arguments: dict[str, list[Any]]
) -> None:
    client.force_login(stranger)
    assert _ask(client, row, arguments, team) == row.stranger


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_nobody_is_sent_to_sign_in(client: Client, team: Team, row: Row, arguments: dict[str, list[Any]]) -> None:
    data = dict(row.data or {})
    response = getattr(client, row.method)(reverse(row.name, args=arguments[row.argument]), data)
    assert response.status_code == row.nobody
    if response.status_code == MOVED:
        assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "post"], ids=lambda row: row.name)
def test_writing_needs_a_post_and_a_get_leads_to_the_page(
    client: Client, owner: User, row: Row, arguments: dict[str, list[Any]]
) -> None:
    """The address stays in the bar where a form's words were refused, and opening it again has to show something."""
    client.force_login(owner)
    address = reverse(row.name, args=arguments[row.argument])
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == MOVED
    assert not asked.captured_queries, "nothing is read or written for it"
    assert client.head(address).status_code == MOVED
    opened = client.get(address, follow=True)
    assert opened.status_code == OK
    assert opened.redirect_chain[-1][0] != "/" or row.name in ("sign_out", "account_logout"), opened.redirect_chain
    for method in (client.put, client.delete):
        assert method(address).status_code == NOT_SO


@pytest.mark.parametrize(
    ("name", "argument", "page"),
    [
        ("team_delete", "", "/team/data/"),
        ("share_revoke", "link", "/sharing/"),
        ("case_note", "case", "case"),
        ("case_note_delete", "note", "case"),
        ("handed_changed", "handed", "handed"),
        ("wizard_check", "step", "wizard_step"),
        ("wizard_prove", "walked_run", "wizard_end"),
        ("token_revoke", "access_token", "/account/tokens/"),
        ("run_contradict_undo", "run", "run"),
    ],
)
def test_it_is_the_page_that_the_form_stands_on(
    client: Client, owner: User, name: str, argument: str, page: str, arguments: dict[str, list[Any]]
) -> None:
    client.force_login(owner)
    above = (
        page if page.startswith("/") else reverse(page, args=arguments[argument][: 2 if page == "wizard_step" else 1])
    )
    assert client.get(reverse(name, args=arguments[argument]), follow=True).redirect_chain[-1][0] == above


@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "post"], ids=lambda row: row.name)
def test_writing_needs_the_forms_token(owner: User, row: Row, arguments: dict[str, list[Any]]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(reverse(row.name, args=arguments[row.argument]), row.data)
    assert answer.status_code == DENIED
    assert b"This form is too old" in answer.content


EVERY_TEAMS = [row for row in TABLE if row.argument and row.stranger == NOTHING]


@pytest.mark.parametrize("row", EVERY_TEAMS, ids=lambda row: row.name)
def test_a_stranger_is_told_the_same_of_what_is_there_and_what_is_not(
    client: Client, stranger: User, row: Row, arguments: dict[str, list[Any]], team: Team
) -> None:
    client.force_login(stranger)
    there = _ask(client, row, arguments, team)
    made_up = [uuid4() if isinstance(part, UUID) else part for part in arguments[row.argument]]
    address = reverse(row.name, args=made_up)
    assert getattr(client, row.method)(address, row.data or {}).status_code == there == NOTHING


def test_a_revoked_link_opens_nothing(client: Client, owner: User, environment: Environment) -> None:
    link = sharing.create(owner, factories.make_finished_run(environment), days=7)
    address = reverse("shared", args=[sharing.token(link)])
    assert client.get(address).status_code == OK
    client.force_login(owner)
    client.post(reverse("share_revoke", args=[link.pk]))
    assert ShareLink.objects.get().revoked_at is not None
    client.logout()
    assert client.get(address).status_code == NOTHING


def test_a_locked_out_person_is_nobody(client: Client, colleague: User, environment: Environment) -> None:
    run = factories.make_finished_run(environment)
    client.force_login(colleague)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    response = client.get(reverse("run", args=[run.pk]))
    assert response.status_code == MOVED
    assert Run.objects.get().pk == run.pk


def test_no_page_of_a_run_describes_a_credential_to_a_reader(reader: User, colleague: User, team: Team) -> None:
    environment = factories.make_environment(team, credential=factories.KEY)
    shape = environment.credential_shape
    body = factories.make_report("key_rejected")
    body["attempts"][0]["facts"] |= {"config.key.shape": shape, "config.key.fingerprint": "0123456789abcdef"}
    body["verdict"]["summary"] = body["findings"][0]["says"] = f"The API answered 401 to the key ({shape})."
    run = factories.make_finished_run(environment, body)
    soon = timezone.now() + timedelta(minutes=1)
    live = factories.make_run(
        environment, status="running", tries=1, lease_owner="a worker", lease_until=soon, started_at=soon
    )
    Attempt.objects.create(
        team=team, run=live, try_number=1, position=0, probe="config", status="done", started=0, seconds=0.1,
        facts={"config.key.shape": shape, "config.key.fingerprint": "0123456789abcdef"}, events=[],
    )  # fmt: skip
    wizards.begin(colleague, run)
    pages = [f"/runs/{run.pk}/", f"/runs/{run.pk}/report.json", f"/runs/{live.pk}/", f"/environments/{environment.pk}/"]
    pages += [f"/runs/{run.pk}/fix/{step.step.name}/" for step in playbooks.walk("key_rejected", {}, load())[:-1]]
    for user, sees in ((colleague, True), (reader, False)):
        client = Client()
        client.force_login(user)
        shown = [page for page in pages if shape in client.get(page).content.decode()]
        assert bool(shown) is sees, shown
        assert sees or not [page for page in pages if b"0123456789abcdef" in client.get(page).content]


READ_BY_ITS_TEAM = [row for row in EVERY_TEAMS if row.method == "get"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head"])
@pytest.mark.parametrize("row", READ_BY_ITS_TEAM, ids=lambda row: row.name)
def test_a_stranger_finds_nothing_in_any_other_way(
    client: Client, stranger: User, row: Row, method: str, arguments: dict[str, list[Any]]
) -> None:
    client.force_login(stranger)
    answer = getattr(client, method)(reverse(row.name, args=arguments[row.argument]), {"x": "y"})
    assert answer.status_code in (NOTHING, NOT_SO)


OPENED_BY_A_SECRET = ("invitation", "shared", "shared_card", "shared_file", "handed", "handed_changed", "handed_file")


@pytest.mark.parametrize("row", [row for row in TABLE if row.name in OPENED_BY_A_SECRET], ids=lambda row: row.name)
def test_the_log_names_no_address_that_opens_something(row: Row, arguments: dict[str, list[Any]]) -> None:
    address = reverse(row.name, args=arguments[row.argument])
    for line in (f"Gone: {address}", f"/sign-out/?next={quote(address, safe='')}"):
        assert arguments[row.argument][0] not in scrub(line)


def test_the_log_names_no_link_that_a_mail_brings(owner: User) -> None:
    signs_in = accounts.create_sign_in_link(owner)
    key = EmailConfirmationHMAC(EmailAddress.objects.create(user=owner, email="new@example.com")).key
    confirms = reverse("account_confirm_email", args=[key])
    resets = reverse(
        "account_reset_password_from_key", args=[user_pk_to_url_str(owner), default_token_generator.make_token(owner)]
    )
    for address in (signs_in, confirms, resets):
        assert scrub(f"Not Found: {address}").rstrip("/").endswith("***")
