"""Cases and their timelines."""

from __future__ import annotations

from uuid import UUID

from diagnostics.models import (
    Case,
    CaseEvent,
    Environment,
    Team,
    User,
)
from diagnostics.selectors.looking import PAGE, Page, narrowed, one, page, seen
from diagnostics.selectors.team import get_membership_or_404


def cases(
    viewer: User,
    team: Team,
    *,
    state: str = "",
    cause: str = "",
    environment: Environment | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> Page[Case]:
    """Cases, the ones that changed last first."""
    get_membership_or_404(viewer, team)
    found = Case.objects.filter(team=team).select_related("environment", "closed_by")
    found = narrowed(found, state=state, cause=cause, environment=environment)
    return page(found, "changed_at", before, limit)


def open_cases(viewer: User, environment: Environment) -> list[Case]:
    """The open cases of one environment, the ones that changed last first; one a cause at most."""
    get_membership_or_404(viewer, environment.team_id)
    found = Case.objects.filter(environment=environment, state=Case.State.OPEN)
    return list(found.select_related("environment").order_by("-changed_at", "-id"))


def get_case_or_404(viewer: User, case_id: UUID) -> Case:
    """A case of the viewer's teams."""
    return one(seen(Case.objects.select_related("environment", "team", "closed_by"), viewer).filter(pk=case_id))


def timeline(case: Case) -> list[CaseEvent]:
    """A case's events, oldest first, with their authors and runs."""
    found = CaseEvent.objects.filter(case=case).select_related("author", "run", "pasted").order_by("at", "id")
    return list(found.defer("run__report", "run__upload", "run__snapshot", "pasted__text", "pasted__answer"))


def similar_cases(viewer: User, team: Team, cause: str, besides: Case | None = None, limit: int = 3) -> list[Case]:
    """Closed cases of the same cause in the team, the latest first: what fixed it then may fix it now."""
    get_membership_or_404(viewer, team)
    found = Case.objects.filter(team=team, cause=cause, state=Case.State.CLOSED).exclude(what_fixed="")
    if besides is not None:
        found = found.exclude(pk=besides.pk)
    return list(found.select_related("environment").order_by("-changed_at")[:limit])
