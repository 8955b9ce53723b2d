"""How much a team has, and how much of it would go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from diagnostics.models import Case, Environment, Run, Team, User
from diagnostics.selectors.team import get_membership_or_404


@dataclass(frozen=True)
class Holdings:
    """Counts of a team's rows, and when its first run was asked for."""

    environments: int
    runs: int
    cases: int
    since: datetime | None


def holdings(viewer: User, team: Team) -> Holdings:
    """What a team owns, in three queries. It counts rows, so it stands on no page that people open all day."""
    get_membership_or_404(viewer, team)
    runs = Run.objects.filter(team=team)
    return Holdings(
        environments=Environment.objects.filter(team=team).count(),
        runs=runs.count(),
        cases=Case.objects.filter(team=team).count(),
        since=runs.aggregate(first=Min("queued_at"))["first"],
    )
