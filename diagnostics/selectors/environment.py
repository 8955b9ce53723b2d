"""Environments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, UUIDField

from diagnostics.models import (
    Case,
    Environment,
    Run,
    Team,
    User,
)
from diagnostics.selectors.looking import one, seen
from diagnostics.selectors.prepared import Prepared
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


class Standing(NamedTuple):
    """The little that tells how an environment stands. `cause` is its latest full run's, None where there is no run."""

    environment_id: UUID
    practice: str | None
    cause: str | None


def standings(viewer: User, team: Team) -> list[Standing]:
    """All of a team's environments by name: for a page that counts them and shows a few."""
    get_membership_or_404(viewer, team)
    return [Standing(*row) for row in _STANDINGS.rows(team=team.pk)]


def _standings(team: UUID) -> QuerySet[Environment, Any]:
    found = _listed(team, archived=False)
    return found.annotate(cause=Subquery(_latest().values("cause")[:1])).values_list("pk", "practice", "cause")


_STANDINGS = Prepared(_standings, team=UUIDField())


def environments(
    viewer: User, team: Team, archived: bool = False, only: Collection[UUID] | None = None
) -> list[EnvironmentRow]:
    """A team's environments by name, in two queries at any number; of all those `only` the ones with these ids."""
    get_membership_or_404(viewer, team)
    found = _listed(team.pk, archived).only(*_LISTED)
    if only is not None:
        found = found.filter(pk__in=only)
    open_cases = Case.objects.filter(environment=OuterRef("pk"), state=Case.State.OPEN).order_by()
    counted = open_cases.values("environment").annotate(number=Count("pk")).values("number")
    rows = list(found.annotate(last_run_id=Subquery(_latest().values("pk")[:1]), open_cases=Subquery(counted)))
    last = Run.objects.filter(pk__in=[row.last_run_id for row in rows]).only(*LISTED_OF_RUN)
    runs = {run.pk: run for run in last}
    return [EnvironmentRow(row, runs.get(row.last_run_id), row.open_cases or 0) for row in rows]


def _listed(team: UUID, archived: bool) -> QuerySet[Environment]:
    found = Environment.objects.filter(team=team, archived_at__isnull=not archived, doomed_at=None)
    return found.order_by("name", "id")


def _latest() -> QuerySet[Run]:
    return Run.objects.filter(environment=OuterRef("pk"), kind=Run.Kind.FULL).order_by("-queued_at", "-id")


def environment_names(
    viewer: User, team: Team, archived: bool = False, besides: UUID | None = None
) -> list[Environment]:
    """A team's environments by name, to choose from: nothing but their names, and which are practice, is loaded.

    `archived`: those that are archived as well; `besides`: this one even if it is archived.
    """
    get_membership_or_404(viewer, team)
    found = Environment.objects.filter(team=team)
    if not archived:
        found = found.filter(Q(archived_at=None) | Q(pk=besides))
    return list(found.only("name", "practice").order_by("name", "id"))


def environments_of_teams(viewer: User) -> list[Environment]:
    """The environments of all of the viewer's teams that a token may be for: no practice, none put away; by name."""
    found = seen(Environment.objects.filter(archived_at=None, practice=None), viewer)
    return list(found.only("name", "team", "practice", "runs_from", "archived_at").order_by("name", "id"))


def get_environment_or_404(viewer: User, environment_id: UUID) -> Environment:
    """An environment of the viewer's teams, archived or not."""
    found = Environment.objects.select_related("team", "created_by").filter(pk=environment_id, doomed_at=None)
    return one(seen(found, viewer))


def environments_called(text: str, team: str = "") -> list[Environment]:
    """By id or name, of every team: only for the operator's shell on this host, so there is no viewer."""
    found = Environment.objects.filter(archived_at=None).select_related("team")
    try:
        found = found.filter(pk=UUID(text))
    except ValueError:
        found = found.filter(name__iexact=text.strip())
    return list(found.filter(team__slug=team) if team else found)
