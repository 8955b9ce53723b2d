"""Environments."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery

from diagnostics.models import (
    Case,
    Environment,
    Run,
    Team,
    User,
)
from diagnostics.selectors.looking import one, seen
from diagnostics.selectors.run import LISTED_OF_RUN
from diagnostics.selectors.team import get_membership_or_404

# What lists show. A column more costs 200 rows a millisecond, and one left out here is asked for row by row.
_LISTED = ("name", "kind", "client", "base_url", "runs_from", "practice", "archived_at")


@dataclass(frozen=True)
class EnvironmentRow:
    """An environment as lists show it: with its latest full run, its runs under way and its open cases."""

    environment: Environment
    last_run: Run | None
    open_cases: int


def environments(viewer: User, team: Team, archived: bool = False) -> list[EnvironmentRow]:
    """A team's environments by name, in four queries at any number."""
    get_membership_or_404(viewer, team)
    latest = Run.objects.filter(environment=OuterRef("pk"), kind=Run.Kind.FULL).order_by("-queued_at", "-id")
    found = Environment.objects.filter(team=team, archived_at__isnull=not archived).only(*_LISTED)
    rows = list(found.annotate(last_run_id=Subquery(latest.values("pk")[:1])).order_by("name", "id"))
    last = Run.objects.filter(pk__in=[row.last_run_id for row in rows]).only(*LISTED_OF_RUN)
    runs = {run.pk: run for run in last}
    open_cases = Case.objects.filter(team=team, state=Case.State.OPEN).values_list("environment_id")
    counts = dict(open_cases.annotate(Count("pk")))
    return [EnvironmentRow(row, runs.get(row.last_run_id), counts.get(row.pk, 0)) for row in rows]


def environment_names(viewer: User, team: Team) -> list[Environment]:
    """A team's environments by name, to choose from: nothing but their names, and which are practice, is loaded."""
    get_membership_or_404(viewer, team)
    return list(Environment.objects.filter(team=team, archived_at=None).only("name", "practice").order_by("name", "id"))


def get_environment_or_404(viewer: User, environment_id: UUID) -> Environment:
    """An environment of the viewer's teams, archived or not."""
    return one(seen(Environment.objects.select_related("team", "created_by"), viewer).filter(pk=environment_id))


def environments_called(text: str, team: str = "") -> list[Environment]:
    """By id or name, of every team: only for the operator's shell on this host, so there is no viewer."""
    found = Environment.objects.filter(archived_at=None).select_related("team")
    try:
        found = found.filter(pk=UUID(text))
    except ValueError:
        found = found.filter(name__iexact=text.strip())
    return list(found.filter(team__slug=team) if team else found)
