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
from diagnostics.services import cases, proving, sweep, wizards
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
def test_environments_come_with_run_and_cases_in_three_queries(
    owner: User, team: Team, size: int, django_assert_num_queries: Any
) -> None:
    fill(team, size, 3)
    with django_assert_num_queries(3):  # the viewer's teams, environments with their cases counted, runs
        rows = selectors.environments(owner, team)
        assert [row.open_cases for row in rows] == [1] * size
        assert all(row.last_run is not None and row.last_run.path == [] for row in rows)
        newest = Run.objects.filter(environment=rows[0].environment).order_by("-queued_at")[:1]
    assert rows[0].last_run == newest.get()


def test_standings_tell_the_same_in_one_query(owner: User, team: Team, django_assert_num_queries: Any) -> None:
    fill(team, 3, 2)
    never = factories.make_environment(team, name="Never run")
    rows = selectors.environments(owner, team)
    with django_assert_num_queries(1):
        told = selectors.standings(owner, team)
    assert [one.environment_id for one in told] == [row.environment.pk for row in rows]
    assert [one.cause for one in told] == [row.last_run.cause if row.last_run else None for row in rows]
    some = {told[1].environment_id, never.pk}
    assert {row.environment.pk for row in selectors.environments(owner, team, only=some)} == some


@pytest.mark.parametrize("size", [1, 12])
def test_runs_and_cases_come_in_a_query_each(
    owner: User, team: Team, size: int, django_assert_num_queries: Any
) -> None:
    fill(team, size, 2)
    with django_assert_num_queries(2):  # the first one asks for the viewer's teams too
        assert all(run.environment.name for run in selectors.runs(owner, team).rows)
    with django_assert_num_queries(1):
        assert all(case.environment and case.environment.name for case in selectors.cases(owner, team).rows)


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
        wizards.mark(owner, walk, proving.steps(walk, {})[0].step.name, "done")
    case = Case.objects.get()
    with django_assert_num_queries(1):
        assert [event.run and event.run.title for event in selectors.recent_events(case).rows]
    with django_assert_num_queries(1):
        assert [check.by.email for check in selectors.walk_checks(walk) if check.by]


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
        assert selectors.share_links(owner, run) == selectors.Few([], [], 0, 0)


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


@pytest.mark.optional
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts its rows and chooses by that")
def test_few_cases_among_very_many_are_read_along_an_index(owner: User, team: Team, environment: Environment) -> None:
    """The open ones of an environment that has had thousands, and those of the practice range beside thousands that are not."""
    rows = Case.objects.filter(team=team, environment=environment, state="open").order_by("-changed_at", "-id")
    assert "case_open_by_environment (environment_id=? AND state=?)" in rows[:50].explain()
    with CaptureQueriesContext(connection) as asked:
        selectors.alike(owner, team, "key_rejected", {}, practice=True)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[-1]['sql']}")
        assert "case_open_by_environment (environment_id=? AND state=?)" in str(cursor.fetchall())


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
        about = "environment_doomed" if 'FROM "diagnostics_environment"' in query["sql"] else "run_sweep"
        assert about in plan or 'FROM "diagnostics_team"' in query["sql"], plan  # of teams there are few


_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}
