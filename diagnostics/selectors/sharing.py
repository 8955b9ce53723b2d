"""Share links."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, Q, QuerySet, UUIDField
from django.utils import timezone

from diagnostics.models import (
    Run,
    ShareLink,
    Team,
    User,
)
from diagnostics.selectors.looking import LINKS, LINKS_ENDED, PAGE, Few, Page, few, narrowed, one, one_of, page, seen
from diagnostics.selectors.prepared import Prepared
from diagnostics.selectors.team import get_membership_or_404

_LISTED = ("team", "hides", "created_at", "expires_at", "revoked_at", "views", "last_viewed_at")
_MAKER = ("created_by__email", "created_by__first_name", "created_by__last_name")


class LinkSight(NamedTuple):
    """What decides how a shared report looks to whoever has the link."""

    pk: UUID
    team_id: UUID
    report_sha256: str
    hides: list[str]
    card_tells: bool


def link_sight_or_404(link_id: UUID) -> LinkSight:
    """Of a link that works now. There is no viewer: who has the link may look."""
    return LinkSight(*one_of(_LINK_SIGHT.rows(link=link_id, now=timezone.now())))


def _link_sight(link: UUID, now: datetime) -> QuerySet[ShareLink, Any]:
    columns = ("pk", "team_id", "run__report_sha256", "hides", "card_tells")
    return ShareLink.objects.filter(ShareLink.working(now), pk=link).values_list(*columns)


_LINK_SIGHT = Prepared(_link_sight, link=UUIDField(), now=DateTimeField())


def share_links(viewer: User, run: Run) -> Few[ShareLink]:
    """The links made for a run."""
    get_membership_or_404(viewer, run.team_id)
    return few(ShareLink.objects.filter(run=run).select_related("created_by"), LINKS, LINKS_ENDED)


def is_public(viewer: User, run: Run) -> bool:
    """Whether anybody who has the address of one of its links reads it, without an end."""
    get_membership_or_404(viewer, run.team_id)
    return ShareLink.objects.filter(ShareLink.working(timezone.now()), run=run, expires_at=None).exists()


def shares(
    viewer: User, team: Team, state: str = "", before: str | None = None, limit: int = PAGE, run: Run | None = None
) -> Page[ShareLink]:
    """All that a team shows or showed to outsiders, or of it what is of one run, newest first.

    `state` is "public", "link", "ended", or empty for what works.
    """
    get_membership_or_404(viewer, team)
    working = ShareLink.working(timezone.now())
    kinds = {"public": working & Q(expires_at=None), "link": working & Q(expires_at__isnull=False), "ended": ~working}
    found = narrowed(ShareLink.objects.filter(kinds.get(state, working), team=team), run=run)
    named = found.select_related("created_by", "run", "run__environment")
    columns = ("run__title", "run__cause", "run__queued_at", "run__environment__name")
    return page(named.only(*_LISTED, *columns, *_MAKER), "created_at", before, limit)


def get_share_link_or_404(viewer: User, link_id: UUID) -> ShareLink:
    """A share link of the viewer's teams."""
    return one(seen(ShareLink.objects.select_related("run", "team"), viewer).filter(pk=link_id))
