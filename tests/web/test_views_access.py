"""Every address as everybody: owner, manager, member, reader, stranger, nobody. One table, held complete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from diagnostics import urls
from diagnostics.engine import playbooks
from diagnostics.engine.library import load
from diagnostics.models import Attempt, Case, Environment, Membership, Role, Run, ShareLink, Team, User
from diagnostics.services import cases, sharing, texts, wizards
from tests import factories

OK, MOVED, GONE = 200, 302, 410
DENIED, NOTHING, NOT_SO, FAULTY = 403, 404, 405, 422


@dataclass(frozen=True)
class Row:
    """An address, how it is asked, and the answers to member, reader, stranger and nobody; owners get the member's."""

    name: str
    argument: str
    method: str
    member: int
    reader: int
    stranger: int
    nobody: int
    data: dict[str, Any] | None = None


TEAM_READ = (OK, OK, NOTHING, MOVED)
TEAM_WRITE = (MOVED, DENIED, NOTHING, MOVED)
OWN = (OK, OK, OK, MOVED)
TABLE = [
    Row("home", "", "get", OK, OK, OK, OK),
    Row("causes", "", "get", OK, OK, OK, OK),
    Row("cause", "cause", "get", OK, OK, OK, OK),
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
    Row("sign_in", "", "get", MOVED, MOVED, MOVED, OK),
    Row("sign_in_link", "token", "get", GONE, GONE, GONE, GONE),
    Row("sign_out", "", "post", MOVED, MOVED, MOVED, MOVED),
    Row("account", "", "get", *OWN),
    Row("team", "", "get", *OWN),
    Row("team_new", "", "get", *OWN),
    Row("switch_team", "", "post", MOVED, MOVED, NOTHING, MOVED, {"team": "the team"}),
    Row("member_role", "member", "post", DENIED, DENIED, NOTHING, MOVED, {"role": "readonly"}),
    Row("member_remove", "member", "post", DENIED, DENIED, NOTHING, MOVED),
    Row("environments", "", "get", *OWN),
    Row("environment_new", "", "get", OK, DENIED, OK, MOVED),
    Row("environment", "environment", "get", *TEAM_READ),
    Row("environment_edit", "environment", "get", OK, DENIED, NOTHING, MOVED),
    Row("environment_archive", "environment", "post", *TEAM_WRITE),
    Row("environment_restore", "environment", "post", *TEAM_WRITE),
    Row("run_start", "environment", "post", *TEAM_WRITE),
    Row("environment_paste", "environment", "get", OK, DENIED, NOTHING, MOVED),
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
    Row("compare", "run", "get", *TEAM_READ),
    Row("compare_pair", "pair", "get", *TEAM_READ),
    Row("share", "run", "get", *TEAM_READ),
    Row("share_preview", "run", "get", *TEAM_READ),
    Row("share_revoke", "link", "post", *TEAM_WRITE),
    Row("shared", "shared", "get", OK, OK, OK, OK),
    Row("wizard", "walked_run", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("wizard_end", "walked_run", "get", *TEAM_READ),
    Row("wizard_prove", "walked_run", "post", *TEAM_WRITE),
    Row("wizard_step", "step", "get", *TEAM_READ),
    Row("wizard_outcome", "step", "get", MOVED, MOVED, NOTHING, MOVED),
    Row("wizard_check", "step", "post", *TEAM_WRITE),
    Row("wizard_mark", "step", "post", MOVED, DENIED, NOTHING, MOVED, {"mark": "skipped"}),
    Row("wizard_apply", "step", "post", MOVED, DENIED, NOTHING, MOVED, {"value": "http://p.example.com:3128"}),
    Row("cases", "", "get", *OWN),
    Row("case", "case", "get", *TEAM_READ),
    Row("case_note", "case", "post", MOVED, DENIED, NOTHING, MOVED, {"text": "asked the network team"}),
    Row("case_close", "case", "post", MOVED, DENIED, NOTHING, MOVED, {"what_fixed": "a password"}),
    Row("case_reopen", "closed_case", "post", *TEAM_WRITE),
]
PUBLIC = {"probe"}  # a file, not a page: tested on its own


@pytest.fixture
def arguments(team: Team, owner: User, environment: Environment) -> dict[str, list[Any]]:
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
    return {
        "": [],
        "token": ["no-such-token"],
        "member": [Membership.objects.get(user=other, team=team).pk],
        "environment": [environment.pk],
        "practice": [practice.pk],
        "cause": ["key_rejected"],
        "guide": ["retries"],
        "provider": ["openrouter"],
        "client": ["claude-code"],
        "text": [texts.keep(owner, team, "some words").pk],
        "run": [run.pk],
        "pair": [run.pk, closed.pk],
        "walked_run": [walk.run_id],
        "step": [walk.run_id, "credentials"],
        "open_run": [factories.make_run(environment).pk],
        "waiting_run": [factories.make_run(environment, status=Run.Status.WAITING).pk],
        "link": [link.pk],
        "shared": [sharing.token(link)],
        "case": [Case.objects.get(runs=run).pk],
        "closed_case": [closed_case.pk],
    }


def test_the_table_names_every_address() -> None:
    pages = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
    assert {row.name for row in TABLE} | PUBLIC == pages


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
    wanted = row.member
    if role != Role.MEMBER and row.name in ("member_role", "member_remove"):
        wanted = MOVED
    assert _ask(client, row, arguments, team) == wanted


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
def test_writing_needs_a_post(client: Client, owner: User, row: Row, arguments: dict[str, list[Any]]) -> None:
    client.force_login(owner)
    assert client.get(reverse(row.name, args=arguments[row.argument])).status_code == NOT_SO


@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "post"], ids=lambda row: row.name)
def test_writing_needs_the_forms_token(owner: User, row: Row, arguments: dict[str, list[Any]]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(reverse(row.name, args=arguments[row.argument]), row.data)
    assert answer.status_code == DENIED
    assert b"This form is too old" in answer.content


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
