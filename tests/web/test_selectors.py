"""Reads: constant numbers of queries, pages by key, and nothing large in lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from diagnostics import selectors
from diagnostics.models import Case, Environment, Run, Team, User
from diagnostics.services import cases, sweep, wizards
from tests import factories


def fill(team: Team, environments: int, runs: int) -> None:
    """Environments with runs, one of them failing with a case."""
    for _ in range(environments):
        environment = factories.make_environment(team)
        for number in range(runs):
            at = timezone.now() - timedelta(minutes=number)
            run = factories.make_finished_run(environment, queued_at=at)
            cases.record(run)


@pytest.mark.parametrize("size", [1, 12])
def test_environments_come_with_run_and_cases_in_four_queries(
    owner: User, team: Team, size: int, django_assert_num_queries: Any
) -> None:
    fill(team, size, 3)
    with django_assert_num_queries(4):
        rows = selectors.environments(owner, team)
        assert [row.open_cases for row in rows] == [1] * size
        assert all(row.last_run is not None and row.last_run.path == [] for row in rows)
        newest = Run.objects.filter(environment=rows[0].environment).order_by("-queued_at")[:1]
    assert rows[0].last_run == newest.get()


@pytest.mark.parametrize("size", [1, 12])
def test_runs_and_cases_come_in_a_query_each(
    owner: User, team: Team, size: int, django_assert_num_queries: Any
) -> None:
    fill(team, size, 2)
    with django_assert_num_queries(2):  # the first one asks for the viewer's teams too
        assert all(run.environment.name for run in selectors.runs(owner, team).rows)
    with django_assert_num_queries(1):
        assert all(case.environment.name for case in selectors.cases(owner, team).rows)


def test_lists_do_not_load_reports(owner: User, team: Team) -> None:
    fill(team, 1, 1)
    row = selectors.environments(owner, team)[0].last_run
    listed = selectors.runs(owner, team).rows[0]
    assert row is not None
    for run in (row, listed):
        assert {"report", "upload", "snapshot"} <= run.get_deferred_fields()


def test_pages_by_key_give_every_run_once_newest_first(owner: User, team: Team, environment: Environment) -> None:
    at = timezone.now()
    moments = [at - timedelta(seconds=number // 3) for number in range(11)]  # three at the same moment
    made = {factories.make_run(environment, queued_at=moment).pk for moment in moments}
    seen: list[Run] = []
    before = None
    while True:
        page = selectors.runs(owner, team, before=before, limit=4)
        seen += page.rows
        before = page.next
        if before is None:
            break
    assert [run.queued_at for run in seen] == sorted(moments, reverse=True)
    assert {run.pk for run in seen} == made
    assert len(seen) == 11


@pytest.mark.parametrize("before", ["", "x", "2026-01-01~x", "~", "9999~00000000-0000-0000-0000-000000000000"])
def test_a_page_somebody_made_up_is_the_first_one(
    owner: User, team: Team, environment: Environment, before: str
) -> None:
    run = factories.make_run(environment)
    assert selectors.runs(owner, team, before=before).rows == [run]


def test_filters_narrow_the_list(owner: User, team: Team, environment: Environment) -> None:
    other = factories.make_environment(team)
    failing = factories.make_finished_run(environment)
    healthy = factories.make_finished_run(other, factories.make_report("healthy"))
    waiting = factories.make_run(other, status=Run.Status.WAITING)
    factories.make_run(environment, kind=Run.Kind.CHECK)
    cases.record(failing)
    assert selectors.runs(owner, team, environment=environment).rows == [failing]
    assert selectors.runs(owner, team, cause="healthy").rows == [healthy]
    assert selectors.runs(owner, team, status="waiting").rows == [waiting]
    assert len(selectors.runs(owner, team).rows) == 3
    assert selectors.cases(owner, team, state="closed").rows == []
    assert len(selectors.cases(owner, team, cause="proxy_auth_required", environment=environment).rows) == 1
    assert selectors.open_cases(owner, other) == []


@pytest.mark.parametrize("size", [1, 9])
def test_a_case_s_timeline_and_a_walk_s_checks_cost_the_same_at_any_length(
    owner: User, environment: Environment, size: int, django_assert_num_queries: Any
) -> None:
    for _ in range(size):
        run = factories.make_finished_run(environment)
        cases.record(run)
    walk = wizards.begin(owner, run)
    for _ in range(size):
        wizards.mark(owner, walk, wizards.steps(walk)[0].step.name, "done")
    case = Case.objects.get()
    with django_assert_num_queries(1):
        assert [event.run and event.run.title for event in selectors.timeline(case)]
    with django_assert_num_queries(1):
        assert [[check.by.email for check in row if check.by] for row in selectors.walk_checks(walk).values()]


def test_a_run_s_page_needs_one_query_and_so_does_its_pulse(
    owner: User, environment: Environment, django_assert_num_queries: Any
) -> None:
    run = factories.make_finished_run(environment, requested_by=owner)
    cases.record(run)
    with django_assert_num_queries(1):
        found = selectors.get_run_or_404(owner, run.pk)
        assert found.environment.name
        assert found.team.name
        assert found.requested_by == owner
        assert found.case is not None
        assert found.report
    with django_assert_num_queries(1):
        assert selectors.pulse_or_404(owner, run.pk) == ("finished", 0, False)
    with django_assert_num_queries(2):
        assert selectors.share_links(owner, run) == []


def test_lists_are_read_along_an_index(team: Team, environment: Environment) -> None:
    """Long lists must not be sorted: the first page at a million rows costs what it costs at fifty."""
    if connection.vendor == "postgresql":  # which would rather sort a table as small as this one
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
            )
    runs = Run.objects.filter(team=team, kind="full").order_by("-queued_at", "-id")
    lists: list[QuerySet[Any]] = [
        runs,
        runs.filter(cause="key_rejected"),
        runs.filter(status="failed"),
        Run.objects.filter(environment=environment, kind="full").order_by("-queued_at", "-id"),
        Case.objects.filter(team=team).order_by("-changed_at", "-id"),
        Case.objects.filter(team=team, state="open").order_by("-changed_at", "-id"),
        Case.objects.filter(team=team, cause="x").order_by("-changed_at", "-id"),
        Case.objects.filter(environment=environment).order_by("-changed_at", "-id"),
    ]
    for rows in lists:
        plan = rows[:50].explain()
        assert "INDEX" in plan.upper(), plan
        assert "TEMP B-TREE" not in plan, plan
        assert "Sort" not in plan, plan


def test_the_sweep_finds_what_is_open_along_an_index(environment: Environment) -> None:
    """It runs every few seconds, so it must not read a million finished runs each time."""
    with CaptureQueriesContext(connection) as asked:
        sweep.sweep()
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"{_EXPLAIN[connection.vendor]} {query['sql']}")
            plan = str(cursor.fetchall())
        assert "run_sweep" in plan, plan


_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}
