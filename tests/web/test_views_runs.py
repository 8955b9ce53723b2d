"""The live page: what is there, what is waited for, never a cause; and what a poll brings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine.probes import PROBES
from diagnostics.models import Attempt, Environment, Membership, Run, Team, User
from diagnostics.services import cases, dispatch, environments, freezing
from tests import factories
from tests.web.engines import CONFIG, CONNECT, concluded

ALL = sum(not probe.billed for probe in PROBES)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Wake-up calls; nobody answers them here."""
    calls: list[UUID] = []
    monkeypatch.setattr(dispatch, "wake", calls.append)
    return calls


@pytest.fixture
def going(environment: Environment) -> Run:
    """A run under way whose first check has ended."""
    now = timezone.now()
    run = factories.make_run(
        environment,
        status=Run.Status.RUNNING,
        lease_owner="worker",
        lease_until=now + timedelta(seconds=30),
        started_at=now,
        tries=1,
    )
    attempt(run, "config", {"config.proxy.present": True, "config.proxy.url": "http://proxy.example:3128"})
    return run


def attempt(run: Run, probe: str, facts: dict[str, Any], status: str = "done", reason: str = "") -> None:
    """One probe has ended."""
    position = Attempt.objects.filter(run=run).count()
    Attempt.objects.create(
        team_id=run.team_id,
        run=run,
        try_number=run.tries,
        position=position,
        probe=probe,
        status=status,
        reason=reason,
        started=0.01 * position,
        seconds=0.01,
        facts=facts,
    )
    Run.objects.filter(pk=run.pk).update(probes_done=position + 1)


def _since(page: Any) -> str:
    found = re.search(r"progress/\?since=([\w-]+)", page.content.decode())
    assert found
    return found.group(1)


def _poll(client: Client, run: Run, since: str) -> Any:
    return client.get(reverse("run_progress", args=[run.pk]), {"since": since}, headers=HTMX)


def test_starting_leads_to_the_permalink(member: Client, colleague: User, environment: Environment) -> None:
    environments.edit(colleague, environment, runs_from="worker")
    response = member.post(reverse("run_start", args=[environment.pk]))
    run = Run.objects.get()
    assert response["Location"] == reverse("run", args=[run.pk])
    assert member.get(response["Location"]).status_code == 200


def test_a_page_shows_every_check_and_no_cause(member: Client, going: Run) -> None:
    attempt(going, "proxy.connect", {"proxy.connect.status": 407, "proxy.connect.schemes": ["basic"]})
    page = member.get(reverse("run", args=[going.pk])).content.decode()
    assert page.count('class="check check-') == ALL
    assert f"2 of {ALL} checks done, 1 problem so far." in page
    assert "answered 407" in page
    assert "proxy_auth_required" not in page
    assert 'http-equiv="refresh"' in page
    assert "progress/?since=" in page


def test_a_poll_without_news_is_empty(member: Client, going: Run, django_assert_num_queries: Any) -> None:
    since = _since(member.get(reverse("run", args=[going.pk])))
    with django_assert_num_queries(3):  # session, person, pulse
        answer = _poll(member, going, since)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_poll_brings_the_rows_that_are_new_and_leaves_the_others(member: Client, going: Run) -> None:
    since = _since(member.get(reverse("run", args=[going.pk])))
    attempt(going, "proxy.connect", {"proxy.connect.status": 407, "proxy.connect.schemes": ["basic"]})
    page = _poll(member, going, since).content.decode()
    assert 'id="probe-proxy-connect" hx-swap-oob="true"' in page
    assert 'id="probe-config"' not in page
    assert f"2 of {ALL} checks done" in page
    assert 'data-milestone="Whether the proxy lets the API through: ' in page


def test_another_worker_starts_the_rows_anew(member: Client, going: Run) -> None:
    since = _since(member.get(reverse("run", args=[going.pk])))
    Run.objects.filter(pk=going.pk).update(tries=2, probes_done=0)
    page = _poll(member, going, since).content.decode()
    assert f"0 of {ALL} checks done" in page
    assert 'id="probe-config" hx-swap-oob="true"' in page


def test_the_page_says_for_how_long_it_waits_and_for_what(member: Client, going: Run) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=4), tick=False):
        page = member.get(reverse("run", args=[going.pk])).content.decode()
    waiting = page.partition('id="probe-proxy-dns"')[2][:900]
    assert "Still waiting." in waiting
    assert re.search(r"4\.0 s of \d", waiting)


@pytest.mark.parametrize("since", ["", "running", "running-1-99-0", "x-1-1-1-1", "running-1-1-99999999999999999999"])
def test_an_odd_address_brings_everything(member: Client, going: Run, since: str) -> None:
    assert _poll(member, going, since).status_code == 200


def test_the_end_replaces_the_page_and_stops_the_poll(member: Client, going: Run, environment: Environment) -> None:
    since = _since(member.get(reverse("run", args=[going.pk])))
    done = factories.make_finished_run(environment)
    answer = _poll(member, done, since)
    assert answer.status_code == 286
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#run", "outerHTML")
    page = answer.content.decode()
    assert 'data-milestone="The run is finished. The proxy wants a password."' in page
    assert 'data-page-title="✕ The proxy wants a password' in page
    assert "<html" not in page


def test_a_run_that_ends_while_its_page_is_asked_for_shows_its_report(
    member: Client, going: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live page that is drawn when it is over asks for nothing more, and would stand there for good."""
    look = selectors.sight_or_404

    def looked_and_ended(viewer: User, run_id: UUID) -> selectors.Sight:
        seen = look(viewer, run_id)
        if not seen.report_sha256:
            assert freezing.freeze(Run.objects.get(pk=run_id), concluded(CONFIG, CONNECT))
        return seen

    monkeypatch.setattr(selectors, "sight_or_404", looked_and_ended)
    page = member.get(reverse("run", args=[going.pk])).content.decode()
    assert "Take it along" in page
    assert "stopped before it was finished" not in page


def test_without_script_a_poll_leads_to_the_page(member: Client, going: Run) -> None:
    response = member.get(reverse("run_progress", args=[going.pk]))
    assert response["Location"] == reverse("run", args=[going.pk])


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0, "Starting."),
        (5, "Waiting for a worker, 5 s so far."),
        (30, "No worker has taken this run yet, 30 s so far."),
    ],
)
def test_a_run_that_nobody_takes_says_so(member: Client, environment: Environment, seconds: int, says: str) -> None:
    run = factories.make_run(environment, queued_at=timezone.now())
    with time_machine.travel(run.queued_at + timedelta(seconds=seconds), tick=False):
        page = member.get(reverse("run", args=[run.pk])).content.decode()
    assert says in page
    assert "check-running" not in page


def test_a_probe_that_broke_is_our_fault_and_no_finding(member: Client, going: Run) -> None:
    attempt(going, "dns.system", {}, status="failed", reason="internal_error")
    page = member.get(reverse("run", args=[going.pk])).content.decode()
    row = page.partition('id="probe-dns-system"')[2][:900]
    assert "Our fault" in row
    assert "no problem so far" in page


def test_a_run_that_failed_on_our_side_says_so(member: Client, environment: Environment) -> None:
    run = factories.make_run(
        environment, status="failed", error="The worker was lost three times.", finished_at=timezone.now()
    )
    page = member.get(reverse("run", args=[run.pk])).content.decode()
    assert "The worker was lost three times." in page
    assert "our fault, not your connection" in page.replace("&#x27;", "'")
    assert "progress/?since=" not in page


def test_stopping(member: Client, environment: Environment) -> None:
    run = factories.make_run(environment)
    member.post(reverse("run_stop", args=[run.pk]))
    page = member.get(reverse("run", args=[run.pk])).content.decode()
    assert "Stopped" in page
    assert "Run again" in page


@pytest.fixture
def at_machine(member: Client, owner: User, environment: Environment) -> Callable[[], str]:
    """Start a run of an environment that is run on its own machine; gives the page's address."""
    environments.edit(owner, environment, runs_from="machine")
    return lambda: str(member.post(reverse("run_start", args=[environment.pk]))["Location"])


def test_the_line_to_paste_is_shown_to_its_starter_alone(
    member: Client, owner: User, at_machine: Callable[[], str]
) -> None:
    address = at_machine()
    page = member.get(address).content.decode()
    token = re.search(r"--token (tsu_[\w-]+)", page)
    assert token
    assert f"--run {Run.objects.get().pk}" in page
    assert "/probe.pyz" in page
    other = Client()
    other.force_login(owner)
    assert "tsu_" not in other.get(address).content.decode()
    assert token.group(1) not in str([session.get_decoded() for session in Session.objects.all()])


@pytest.mark.parametrize(
    ("chosen", "agent", "windows"),
    [
        ("", "Mozilla/5.0 (X11; Linux x86_64)", False),
        ("", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", True),
        ("linux", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", False),
        ("windows", "Mozilla/5.0 (X11; Linux x86_64)", True),
    ],
)
def test_a_machine_s_lines_are_those_of_its_system(
    member: Client, at_machine: Callable[[], str], chosen: str, agent: str, windows: bool
) -> None:
    address = at_machine()
    Environment.objects.update(lines_system=chosen)
    page = member.get(address, headers={"User-Agent": agent}).content.decode()
    for line in ("py probe.pyz --upload", "curl.exe -fsSLO"):
        assert (f">{line}" in page) is windows
    for line in ("python3 probe.pyz --upload", "curl -fsSLO"):
        assert (f">{line}" in page) is not windows


def test_the_token_goes_to_that_page_alone(member: Client, at_machine: Callable[[], str]) -> None:
    address = at_machine()
    cookie = next(morsel for name, morsel in member.cookies.items() if name.startswith("upload-"))
    assert cookie["path"] == address
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_report_that_arrives_brings_the_whole_page(member: Client, at_machine: Callable[[], str]) -> None:
    address = at_machine()
    since = _since(member.get(address))
    run = Run.objects.get()
    assert _poll(member, run, since).status_code == 204
    Run.objects.update(status=Run.Status.QUEUED)
    answer = _poll(member, run, since)
    assert (answer.status_code, answer["HX-Retarget"]) == (200, "#run")


def test_the_list_is_filtered_and_paged_by_its_address(member: Client, team: Team, environment: Environment) -> None:
    now = timezone.now()
    for number in range(60):
        factories.make_finished_run(environment, queued_at=now - timedelta(minutes=number))
    green = factories.make_finished_run(
        environment, factories.make_report("healthy"), queued_at=now - timedelta(hours=3)
    )

    first = member.get("/runs/").context["page"]
    assert len(first.rows) == 50
    second = member.get("/runs/", {"before": first.next}).context["page"]
    assert len(second.rows) == 11
    assert second.rows[-1].pk == green.pk
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert [row.pk for row in member.get("/runs/?cause=healthy").context["page"].rows] == [green.pk]
    assert "Nothing matches" in member.get("/runs/?status=expired").content.decode()
    assert member.get("/runs/?before=nonsense&environment=nonsense").status_code == 200
    assert member.get(f"/runs/?environment={environment.pk}&cause=healthy").context["page"].rows[0].pk == green.pk
    other = factories.make_environment(team)
    assert not member.get(f"/runs/?environment={other.pk}").context["page"].rows
    elsewhere = factories.make_environment(factories.make_team())
    assert member.get(f"/runs/?environment={elsewhere.pk}").status_code == 404


@pytest.mark.parametrize("address", ["/", "/runs/", "/cases/"])
def test_lists_take_the_same_queries_at_any_length(
    member: Client, team: Team, address: str, django_assert_max_num_queries: Any
) -> None:
    def grow(rows: int) -> None:
        for _ in range(rows):
            run = factories.make_finished_run(factories.make_environment(team), path=[["config", "ok"]])
            cases.record(run)

    grow(2)
    with django_assert_max_num_queries(12) as few:
        member.get(address)
    grow(20)
    with django_assert_max_num_queries(12) as many:
        member.get(address)
    assert len(many) == len(few)


def test_a_filter_that_nobody_offers_counts_as_not_asked(member: Client, environment: Environment) -> None:
    factories.make_finished_run(environment)
    for asked in ("cause=%00", "status=%00", "cause=proxy&status=done", "before=%00~%00"):
        answer = member.get(f"/runs/?{asked}")
        assert (answer.status_code, len(answer.context["page"].rows), answer.context["filtered"]) == (200, 1, False)


def test_one_environments_runs_are_shown_as_its_team_may(client: Client, owner: User, environment: Environment) -> None:
    elsewhere = factories.make_team("A first one")
    Membership.objects.create(team=elsewhere, user=owner, role="readonly", joined_at=elsewhere.created_at)
    client.force_login(owner)
    assert client.get("/").context["team"] == elsewhere
    answer = client.get(f"/runs/?environment={environment.pk}")
    assert answer.context["may"]["run"]
    assert answer.context["team"] == environment.team
