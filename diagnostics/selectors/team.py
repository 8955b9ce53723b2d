"""Teams and who is in them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404

from diagnostics.models import (
    Membership,
    Team,
    User,
)
from diagnostics.selectors.looking import one, seen


def memberships(viewer: User) -> list[Membership]:
    """The viewer's teams with the role in each, by name; asked once and kept on the viewer, who lives for one request."""
    places = Membership.objects.select_related("team").order_by("team__name", "team_id")
    prefetch_related_objects([viewer], Prefetch("memberships", places))
    return list(viewer.memberships.all())


def get_membership_or_404(viewer: User, team: Team | UUID) -> Membership:
    """The viewer's place in a team: its `allows()` says which buttons to show."""
    wanted = team.pk if isinstance(team, Team) else team
    for place in memberships(viewer):
        if place.team_id == wanted:
            return place
    raise Http404("There is nothing here.")


def members(viewer: User, team: Team) -> list[Membership]:
    """Everybody in a team, longest-standing first."""
    get_membership_or_404(viewer, team)
    return list(Membership.objects.filter(team=team).select_related("user").order_by("joined_at", "id"))


def get_member_or_404(viewer: User, membership_id: UUID) -> Membership:
    """Another person's place in a team of the viewer's."""
    return one(seen(Membership.objects.select_related("team", "user"), viewer).filter(pk=membership_id))
