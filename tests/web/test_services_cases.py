"""Cases: opened by failing runs, joined, turned green by healthy ones, closed with what fixed it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Case, CaseEvent, Environment, Run, Team, User
from diagnostics.services import cases, judging
from tests import factories


def finish(environment: Environment, cause: str = "proxy_auth_required", **columns: object) -> Run:
    run = factories.make_finished_run(environment, factories.make_report(cause), **columns)
    cases.record(run)
    return run


def lines(case: Case) -> list[str]:
    return [f"{event.kind}: {event.text}" for event in selectors.recent_events(case).rows]


def test_a_failing_run_opens_a_case_and_the_next_one_joins_it(environment: Environment) -> None:
    first, second = finish(environment), finish(environment)
    case = Case.objects.get()
    assert (first.case, second.case) == (case, case)
    assert (case.number, case.cause, case.title) == (1, "proxy_auth_required", "The proxy wants a password")
    assert lines(case) == ["run: The proxy wants a password"] * 2


def test_each_cause_and_environment_has_a_case_of_its_own_and_numbers_count_in_the_team(
    environment: Environment, team: Team
) -> None:
    finish(environment)
    finish(environment, "key_rejected")
    finish(factories.make_environment(team))
    finish(factories.make_environment(factories.make_team()))
    assert sorted(Case.objects.values_list("team__name", "number")) == [
        *[("Platform", 1), ("Platform", 2), ("Platform", 3)],
        *Case.objects.exclude(team=team).values_list("team__name", "number"),
    ]
    assert Case.objects.exclude(team=team).get().number == 1


def test_a_healthy_run_turns_the_open_cases_green_and_a_failing_one_takes_it_back(environment: Environment) -> None:
    finish(environment)
    healthy = finish(environment, "healthy")
    case = Case.objects.get()
    assert healthy.case is None
    assert case.green_since == healthy.finished_at
    assert case.state == Case.State.OPEN
    assert lines(case)[-1] == "run: The client works."
    finish(environment)
    case.refresh_from_db()
    assert case.green_since is None


def test_another_cause_is_told_to_the_open_case(environment: Environment) -> None:
    finish(environment)
    finish(environment, "key_rejected")
    case = Case.objects.get(cause="proxy_auth_required")
    assert lines(case)[-1].startswith("run: A later run names another cause")


def test_a_healthy_run_without_cases_leaves_no_trace(environment: Environment) -> None:
    finish(environment, "healthy")
    assert not Case.objects.exists()


def test_checks_of_a_step_open_nothing(environment: Environment) -> None:
    finish(environment, kind=Run.Kind.CHECK, plan=["proxy.connect"])
    assert not Case.objects.exists()


def _together(action: Callable[[Any], object], given: Sequence[Any]) -> list[str]:
    """One thread for each, all at once; what refused them."""
    ready = threading.Barrier(len(given))

    def act(one: Any) -> str:
        ready.wait(5)
        try:
            action(one)
        except Conflict as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(given)) as pool:
        return [told for told in pool.map(act, given) if told]


@pytest.mark.django_db(transaction=True)
def test_runs_of_several_causes_that_finish_together_tell_each_case(environment: Environment) -> None:
    """Each tells the cases of the others, in whatever order they come: on PostgreSQL that was a deadlock."""
    causes = ("proxy_auth_required", "dns_failure", "captive_portal", "no_internet")
    for cause in causes:
        finish(environment, cause)
    made = [factories.make_finished_run(environment, factories.make_report(cause)) for cause in causes * 3]
    _together(cases.record, made)
    assert [CaseEvent.objects.filter(case=case).count() for case in Case.objects.order_by("number")] == [16, 15, 14, 13]


@pytest.mark.django_db(transaction=True)
def test_of_those_who_contradict_a_verdict_at_once_one_is_kept(environment: Environment, owner: User) -> None:
    run = finish(environment)
    told = _together(lambda why: judging.contradict(owner, run, "dns_failure", why), [f"Seen {n}." for n in range(6)])
    assert len(told) == 5
    assert {one.partition(" has contradicted")[2] for one in told} == {" this verdict already: take that back first."}


@pytest.mark.django_db(transaction=True)
def test_runs_that_finish_together_share_one_case(environment: Environment) -> None:
    made = [factories.make_finished_run(environment) for _ in range(6)]
    _together(cases.record, made)
    case = Case.objects.get()
    assert case.number == 1
    assert CaseEvent.objects.filter(case=case).count() == 6
    assert Run.objects.filter(case=case).count() == 6


def test_notes_keep_words_and_lose_secrets(owner: User, team: Team) -> None:
    environment = factories.make_environment(team, credential="a-plain-looking-password")
    case = finish(environment).case
    assert case is not None
    note = cases.add_note(owner, case, f" tried {factories.KEY} and a-plain-looking-password ")
    assert note.author == owner
    assert factories.KEY not in note.text
    assert "a-plain-looking-password" not in note.text
    with pytest.raises(InvalidInput, match="Write what you saw"):
        cases.add_note(owner, case, "  ")
    with pytest.raises(InvalidInput, match="too long"):
        cases.add_note(owner, case, "x" * 10_001)


def test_closing_asks_what_fixed_it_and_tells_the_next_one(owner: User, environment: Environment, team: Team) -> None:
    case = finish(environment).case
    assert case is not None
    with pytest.raises(InvalidInput, match="what fixed it"):
        cases.close(owner, case, " ")
    cases.close(owner, case, "Asked IT for a proxy user.")
    assert (case.state, case.closed_by) == (Case.State.CLOSED, owner)
    with pytest.raises(Conflict, match="closed already"):
        cases.close(owner, case, "Again")
    again = finish(environment).case
    assert again is not None
    assert again.number == 2
    assert selectors.similar_cases(owner, team, "proxy_auth_required", besides=again) == [case]


def test_reopening_goes_on_in_the_newer_case_if_there_is_one(owner: User, environment: Environment) -> None:
    case = finish(environment).case
    assert case is not None
    with pytest.raises(Conflict, match="open already"):
        cases.reopen(owner, case)
    cases.close(owner, case, "It went away.")
    finish(environment)
    with pytest.raises(Conflict, match="Case 2 is open"):
        cases.reopen(owner, case)
    cases.close(owner, Case.objects.get(number=2), "It went away again.")
    cases.reopen(owner, case)
    assert (case.state, case.closed_at, case.closed_by) == (Case.State.OPEN, None, None)
    assert lines(case)[-1] == "state: Opened again."
