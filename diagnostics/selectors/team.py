"""Teams and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, UUIDField
from django.http import Http404

from diagnostics.models import (
    Membership,
    Team,
    User,
)
from diagnostics.selectors.looking import one, seen
from diagnostics.selectors.prepared import Prepared


def memberships(viewer: User) -> list[Membership]:
    """The viewer's teams with the role in each, by name; asked once and kept on the viewer, who lives for one request."""
    if viewer.places is None:
        viewer.places = [_place(viewer, row) for row in _PLACES.rows(viewer=viewer.pk)]
    return viewer.places


_OF_PLACE, _OF_TEAM = ([field.attname for field in model._meta.concrete_fields] for model in (Membership, Team))


def _places(viewer: UUID) -> QuerySet[Membership, Any]:
    columns = (*_OF_PLACE, *(f"team__{name}" for name in _OF_TEAM))
    return Membership.objects.filter(user=viewer).order_by("team__name", "team_id").values_list(*columns)


_PLACES = Prepared(_places, viewer=UUIDField())


def _place(viewer: User, row: Sequence[Any]) -> Membership:
    place = Membership.from_db(connection.alias, _OF_PLACE, row[: len(_OF_PLACE)])
    place.team = Team.from_db(connection.alias, _OF_TEAM, row[len(_OF_PLACE) :])
    place.user = viewer
    return place


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
