"""Hand-offs, with what came of them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from diagnostics.models import HandOff, HandOffChange, Run, Team, User
from diagnostics.selectors.looking import LINKS, LINKS_ENDED, PAGE, Few, Page, few, narrowed, one, page, seen
from diagnostics.selectors.team import get_membership_or_404


def hand_offs(
    viewer: User, team: Team, before: str | None = None, limit: int = PAGE, run: Run | None = None
) -> Page[HandOff]:
    """A team's hand-offs, or of them those of one run, newest first, each with its changes."""
    get_membership_or_404(viewer, team)
    found = narrowed(HandOff.objects.filter(team=team), run=run)
    return page(_with_changes(found), "created_at", before, limit)


def hand_offs_of_run(viewer: User, run: Run) -> Few[HandOff]:
    """What was handed over of one run, each with its changes."""
    get_membership_or_404(viewer, run.team_id)
    return few(_with_changes(HandOff.objects.filter(run=run)), LINKS, LINKS_ENDED)


def get_hand_off_or_404(viewer: User, hand_off_id: UUID) -> HandOff:
    """A hand-off of the viewer's teams."""
    return one(seen(HandOff.objects.select_related("run", "team"), viewer).filter(pk=hand_off_id))


def _with_changes(rows: QuerySet[HandOff]) -> QuerySet[HandOff]:
    light = ("run__report", "run__upload", "run__snapshot")
    changes = HandOffChange.objects.select_related("run").defer(*light).order_by("-at", "-id")
    named = rows.select_related("created_by", "run", "run__environment").defer(*light)
    return named.prefetch_related(Prefetch("changes", changes))
