"""Cases that are alike: by cause, and by what was measured when they were opened. No report is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from diagnostics import likeness
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.models import Case, Environment, Team, User
from diagnostics.selectors.looking import standing
from diagnostics.selectors.team import get_membership_or_404

_LOOKED_AT = 150  # closed cases of the cause, and as many of the most telling trait: the ranking is among them
_SAME_CAUSE = 3
_COMPARED = (
    *("team_id", "number", "environment_id", "cause", "title", "what_fixed", "took", "closed_at", "traits"),
    *("environment__name", "closed_by__first_name", "closed_by__last_name", "closed_by__email"),
)  # up to 300 rows are compared for a page


@dataclass(frozen=True)
class Similar:
    """A closed case and the traits that it shares with the one at hand, the weightiest first."""

    case: Case
    same: tuple[str, ...]
    same_cause: bool
    score: int


def similar_cases(viewer: User, team: Team, cause: str, besides: Case | None = None, limit: int = 3) -> list[Case]:
    """Closed cases of the same cause in the team, the latest first: what fixed it then may fix it now."""
    get_membership_or_404(viewer, team)
    found = _closed(team, practice=False, besides=besides).filter(cause=cause)
    return list(found.select_related("environment").defer("traits")[:limit])


def alike(
    viewer: User,
    team: Team,
    cause: str,
    traits: likeness.Traits,
    *,
    telling: str | None = None,
    besides: Case | None = None,
    practice: bool = False,
    limit: int = 5,
) -> list[Similar]:
    """Closed cases that are most like this, best first; of those that are as much alike the latest.

    `telling`: which of the traits tells most, where they come from a case; those of a report say it themselves.
    `practice`: this was measured on the practice range, whose cases are compared with each other and with no others.
    """
    get_membership_or_404(viewer, team)
    closed = _closed(team, practice, besides).select_related("environment", "closed_by").only(*_COMPARED)
    telling = likeness.telling(traits) if telling is None else telling
    near = list(closed.filter(telling=telling)[:_LOOKED_AT]) if telling else []
    named = list(closed.filter(cause=cause)[:_LOOKED_AT]) if cause != UNKNOWN else []
    found = [_compared(case, cause, traits) for case in _once((*near, *named))]
    kept = [one for one in found if one.same_cause or likeness.telling_ones(one.same)]
    kept.sort(key=lambda one: (one.score, one.case.closed_at), reverse=True)
    return kept[:limit]


def _compared(case: Case, cause: str, traits: likeness.Traits) -> Similar:
    score, same = likeness.agreement(traits, case.traits)
    same_cause = case.cause == cause and cause != UNKNOWN
    return Similar(case, same, same_cause, score + _SAME_CAUSE * same_cause)


def _once(found: Iterable[Case]) -> Iterable[Case]:
    return {case.pk: case for case in found}.values()


def _closed(team: Team, practice: bool, besides: Case | None) -> QuerySet[Case]:
    found = standing(Case.objects.filter(state=Case.State.CLOSED)).exclude(what_fixed="").order_by("-closed_at")
    found = found.exclude(pk=besides.pk) if besides is not None else found
    if practice:
        # By environment alone: beside the team, SQLite would read every closed case of the cause for these few.
        return found.filter(environment__in=Environment.objects.filter(team=team, practice__isnull=False))
    return found.filter(not_practice(team), team=team)


def not_practice(team: Team) -> Q:
    """Cases that are somebody's trouble, and no exercise."""
    ranges = Environment.objects.filter(team=team, practice__isnull=False)
    return Q(environment=None) | ~Q(environment__in=ranges.values("pk"))
