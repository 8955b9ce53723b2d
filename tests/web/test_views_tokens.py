"""The pages of tokens and of the machine that listens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from diagnostics.exceptions import CallRefused, NotAllowed
from diagnostics.models import AccessToken, Environment, Membership, Role, Run, Team, User
from diagnostics.services import runs, tokens, uploads, watching
from tests import factories

SECRET = re.compile(r"tsk_[A-Za-z0-9]{8}_[\w-]{43}")


@pytest.fixture
def machine(team: Team) -> Environment:
    """An environment that is run on its own machine."""
    return factories.make_environment(team, name="Ada's laptop", runs_from="machine")


def hear(environment: Environment, user: User) -> None:
    """As if a probe with a token of the user's had just asked."""
    tokens.make(user, environment.team, "probe", ["watch"], 7, environment)
    AccessToken.objects.update(heard_at=timezone.now())


def test_nothing_yet_says_what_tokens_are_for(member: Client) -> None:
    page = member.get("/account/tokens/").content.decode()
    assert "No token yet" in page
    assert "/account/tokens/new/" in page


def test_one_is_made_shown_once_and_revoked(member: Client, team: Team, colleague: User) -> None:
    sent = {"name": "Nightly build", "team": str(team.pk), "scopes": ["read", "run"], "environment": "", "days": "30"}
    made = member.post("/account/tokens/new/", sent, follow=True)
    secret = SECRET.search(made.content.decode())
    assert made.status_code == 200
    assert secret is not None
    assert "no-store" in made["Cache-Control"]
    assert tokens.open_token(secret.group()).name == "Nightly build"
    listed = member.get("/account/tokens/").content.decode()
    assert "Nightly build" in listed
    assert not SECRET.search(listed)
    row = AccessToken.objects.get()
    assert row.prefix in listed
    assert (row.scopes, row.membership.user) == (["read", "run"], colleague)
    assert f"Nightly build ({row.prefix}…)" in member.get("/account/").content.decode(), (
        "its person would miss one they did not make"
    )
    gone = member.post(f"/account/tokens/{row.pk}/revoke/", follow=True).content.decode()
    assert "Nightly build is revoked" in gone
    assert "revoked just now" in re.sub(r"<[^>]+>", "", gone)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Say what will use the token."),
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["everything"]}, "Choose what the token may do from the list."),
        ({"scopes": ["watch"]}, "Choose the environment whose machine will listen"),
        ({"days": "4000"}, "Choose 7, 30, 90 or 365 days."),
        ({"team": "0"}, "Choose one of your teams."),
    ],
)
def test_what_will_not_do_is_said_and_nothing_typed_is_lost(
    member: Client, team: Team, changes: dict[str, object], sentence: str
) -> None:
    sent = {"name": "Nightly", "team": str(team.pk), "scopes": ["read"], "environment": "", "days": "30"} | changes
    answer = member.post("/account/tokens/new/", sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "name" in changes or 'value="Nightly"' in answer.content.decode()
    assert not AccessToken.objects.exists()


def test_a_reader_is_offered_what_a_reader_may(client: Client, reader: User, team: Team) -> None:
    client.force_login(reader)
    form = client.get("/account/tokens/new/").context["form"]
    assert [value for value, _ in form.fields["scopes"].choices] == ["read"]
    assert "own machine" not in form.fields["environment"].help_text
    elsewhere = factories.make_team("Elsewhere")
    Membership.objects.create(team=elsewhere, user=reader, role=Role.MEMBER, joined_at=elsewhere.created_at)
    form = client.get("/account/tokens/new/").context["form"]
    assert [value for value, _ in form.fields["scopes"].choices] == ["read", "run", "watch"]
    assert [label for _, label in form.fields["team"].choices] == [
        "Elsewhere",
        f"{team.name} (there you are read-only)",
    ]
    sent = {"name": "x", "team": str(team.pk), "scopes": ["run"], "environment": "", "days": "30"}
    answer = client.post("/account/tokens/new/", sent)
    assert answer.status_code == 422
    assert "As read-only of this team you cannot start and stop runs" in answer.content.decode()
    assert not AccessToken.objects.exists()


def test_a_reader_makes_no_token_that_starts_runs(client: Client, reader: User, team: Team) -> None:
    client.force_login(reader)
    sent = {"name": "x", "team": str(team.pk), "scopes": ["run"], "environment": "", "days": "30"}
    answer = client.post("/account/tokens/new/", sent)
    assert answer.status_code == 422
    assert "Choose what the token may do from the list." in answer.content.decode()
    with pytest.raises(NotAllowed, match="As read-only of this team you cannot start"):
        tokens.make(reader, team, "x", ["run"], 30)


def test_an_environment_of_another_team_is_no_choice(member: Client, team: Team, colleague: User) -> None:
    second = factories.make_team("Second")
    factories.make_environment(second, name="Theirs", runs_from="machine")
    other = factories.make_environment(team, name="Here")
    second.memberships.create(user=colleague, role=Role.MEMBER, joined_at=timezone.now())
    sent = {"name": "x", "team": str(second.pk), "scopes": ["read"], "environment": str(other.pk), "days": "30"}
    answer = member.post("/account/tokens/new/", sent)
    assert answer.status_code == 422
    assert "Choose one of the team&#x27;s environments." in answer.content.decode()


def test_managers_see_and_revoke_the_teams_tokens(client: Client, owner: User, colleague: User, team: Team) -> None:
    row = tokens.make(colleague, team, "Forgotten script", ["read"], 30).token
    client.force_login(colleague)
    assert "Forgotten script" not in client.get("/team/").content.decode()
    client.force_login(owner)
    page = client.get("/team/").content.decode()
    assert "Forgotten script" in page
    assert colleague.email in page
    assert client.post(f"/account/tokens/{row.pk}/revoke/")["Location"] == "/team/"
    assert "Forgotten script" not in client.get("/team/").content.decode().replace("Forgotten script is revoked", "")


def test_the_lists_cost_the_same_at_any_length(client: Client, owner: User, team: Team, machine: Environment) -> None:
    client.force_login(owner)

    def cost(page: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    pages = ("/account/tokens/", "/team/", f"/environments/{machine.pk}/listen/")
    tokens.make(owner, team, "first", ["watch"], 30, machine)
    before = [cost(page) for page in pages]
    for _ in range(12):
        tokens.make(owner, team, "more", ["watch"], 30, machine)
    assert [cost(page) for page in pages] == before


def test_the_lines_that_keep_a_probe_listening(member: Client, machine: Environment) -> None:
    address = f"/environments/{machine.pk}/listen/"
    assert "Make a token and show the lines" in member.get(address).content.decode()
    page = member.post(address, {"days": "90"}, follow=True).content.decode()
    secret = SECRET.search(page)
    assert secret is not None
    row = tokens.open_token(secret.group())
    assert (row.scopes, row.environment) == (["watch"], machine)
    line = f"probe.pyz --watch 300 --upload http://127.0.0.1:8000 --token {secret.group()}"
    for whole in (f"python3 {line} &gt; /dev/null", f"py {line} &gt; $null", "curl.exe -fsSLO"):
        assert whole in page
    assert not SECRET.search(member.get(address).content.decode())


@pytest.mark.parametrize("how", ["worker", "practice", "archived"])
def test_only_a_machine_of_its_own_listens(member: Client, team: Team, how: str) -> None:
    one = factories.make_environment(team, runs_from="worker" if how == "worker" else "machine")
    if how == "practice":
        Environment.objects.filter(pk=one.pk).update(practice="corporate_proxy")
    if how == "archived":
        Environment.objects.filter(pk=one.pk).update(archived_at=timezone.now())
    assert "Keep the probe listening" not in member.get(f"/environments/{one.pk}/").content.decode()
    answer = member.post(f"/environments/{one.pk}/listen/", {"days": "90"}, follow=True)
    assert "Only an environment that is run on its own machine" in answer.content.decode()
    assert not AccessToken.objects.exists()


def test_pages_say_whether_the_machine_listens(member: Client, machine: Environment, colleague: User) -> None:
    address, poll = f"/environments/{machine.pk}/", f"/environments/{machine.pk}/listening/"
    run = runs.start(colleague, machine).run
    for page in (address, f"/runs/{run.pk}/"):
        assert "Nothing listens on that machine" in member.get(page).content.decode()
    hear(machine, colleague)
    for page in (address, f"/runs/{run.pk}/"):
        assert "The machine is listening" in member.get(page).content.decode()
    assert "The machine is listening" in member.get(poll, headers={"HX-Request": "true"}).content.decode()
    AccessToken.objects.update(heard_at=timezone.now() - timedelta(seconds=11))
    assert "Nothing listens" in member.get(poll, headers={"HX-Request": "true"}).content.decode()


def report_from(secret: str, machine: str, run: Run | None = None) -> None:
    """As if the probe that listens on that machine had sent a report."""
    report = factories.make_report()
    report["run"]["vantage"] = {"kind": "probe", "name": machine}
    report["run"]["id"] = f"{machine}-{timezone.now()}"
    try:
        uploads.receive(secret, run.pk if run is not None else None, report)
    except CallRefused:
        assert run is not None, "the other one was quicker"


def listening_page(browser: Client, machine: Environment, path: str = "listening/") -> str:
    answer = browser.get(f"/environments/{machine.pk}/{path}", headers={"HX-Request": "true"})
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().replace("<wbr>", "")).split())


@pytest.mark.usefixtures("sent")
def test_two_machines_with_a_token_each_are_told_by_name(
    member: Client, machine: Environment, colleague: User, owner: User, team: Team
) -> None:
    first = tokens.make(colleague, team, "Probe on A", ["watch"], 7, machine)
    second = tokens.make(owner, team, "Probe on B", ["watch"], 7, machine)
    report_from(first.secret, "ada-laptop")
    watching.hear(first.token)
    assert "The machine is listening" in listening_page(member, machine)
    watching.hear(second.token)
    page = listening_page(member, machine)
    assert "2 machines answer for this environment" in page
    assert "ada-laptop" in page
    assert f"one without a report yet, token {second.token.prefix}" in page
    report_from(second.secret, "build-7")
    assert f"build-7 , token {second.token.prefix}" in listening_page(member, machine)
    for path in ("", "listen/"):
        assert "2 machines answer for this environment" in listening_page(member, machine, path)
    assert "the same token" not in page
    assert "revoke its token" in page
    AccessToken.objects.update(machines={})
    for one in (first, second):
        report_from(one.secret, "ada-laptop")
    assert "2 probes on ada-laptop answer for this environment" in listening_page(member, machine)
    tokens.revoke(owner, second.token)
    assert "The machine is listening" in listening_page(member, machine)


@pytest.mark.usefixtures("sent")
def test_two_machines_with_one_token_are_told_once_they_took_turns(
    member: Client, machine: Environment, colleague: User, team: Team
) -> None:
    made = tokens.make(colleague, team, "Probe", ["watch"], 7, machine)
    now = timezone.now()

    def told(at: timedelta, *names: str) -> str:
        for number, name in enumerate(names):
            with time_machine.travel(now + at + timedelta(seconds=number), tick=False):
                report_from(made.secret, name)
        with time_machine.travel(now + at + timedelta(seconds=len(names)), tick=False):
            AccessToken.objects.update(heard_at=timezone.now())
            return listening_page(member, machine)

    alone = "The machine is listening"
    assert alone in told(timedelta(), "ada-laptop", "ada-laptop.local", "ada-laptop"), "another network, another domain"
    assert alone in told(timedelta(minutes=1), "build-7"), "it may have moved there"
    page = told(timedelta(minutes=2), "ada-laptop")
    assert "2 machines answer for this environment" in page
    assert "which came in turn" in page
    assert "revoke its token" not in page, "that would end both"
    assert "2 machines" in told(timedelta(minutes=62), "ada-laptop")
    assert alone in told(timedelta(minutes=80)), "build-7 has been silent for longer than a probe that listens is"
    assert alone in told(timedelta(minutes=81), "build-7"), "what it said long ago is forgotten"


@pytest.mark.usefixtures("sent")
def test_of_two_machines_that_make_one_run_the_slower_one_shows_that_there_are_two(
    member: Client, machine: Environment, colleague: User, team: Team
) -> None:
    made = tokens.make(colleague, team, "Probe", ["watch"], 7, machine)
    watching.hear(made.token)
    for name in ("ada-laptop", "build-7"):
        report_from(made.secret, name)
    run = runs.start(colleague, machine).run
    for name in ("ada-laptop", "build-7"):
        report_from(made.secret, name, run)
    assert "2 machines answer for this environment" in listening_page(member, machine)
    run.refresh_from_db()
    assert run.vantage_name == "ada-laptop"


@pytest.mark.usefixtures("sent")
def test_many_that_listen_cost_as_many_queries_as_one(
    member: Client, machine: Environment, colleague: User, team: Team
) -> None:
    def queries() -> int:
        AccessToken.objects.update(heard_at=timezone.now())
        with CaptureQueriesContext(connection) as asked:
            assert "answer" in listening_page(member, machine)
        return len(asked)

    made = [tokens.make(colleague, team, "Probe", ["watch"], 7, machine).secret for _ in range(2)]
    few = queries()
    made += [tokens.make(colleague, team, "Probe", ["watch"], 7, machine).secret for _ in range(4)]
    for number, secret in enumerate(made):
        report_from(secret, f"machine-{number}")
    assert queries() == few


def test_what_waits_shows_no_line_while_somebody_listens(member: Client, machine: Environment, colleague: User) -> None:
    hear(machine, colleague)
    started = member.post(f"/environments/{machine.pk}/run/", follow=True)
    page = started.content.decode()
    assert "Start it there by hand" in page  # the line is a click away, should the machine go
    assert "1. Fetch the probe" not in page
    assert Run.objects.get().status == Run.Status.WAITING


def test_the_steps_of_the_wizard_say_that_the_machine_listens(
    member: Client, machine: Environment, colleague: User
) -> None:
    hear(machine, colleague)
    run = factories.make_finished_run(machine)
    member.get(f"/runs/{run.pk}/fix/")
    step = member.post(f"/runs/{run.pk}/fix/credentials/check/", follow=True).content.decode()
    assert "The machine is listening: it checks now" in step
    assert "python3 probe.pyz" not in step
    proof = member.post(f"/runs/{run.pk}/fix/proof/start/", follow=True).content.decode()
    assert "The machine is listening: it measures the whole path now" in proof
