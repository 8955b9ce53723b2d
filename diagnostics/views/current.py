"""Which of their teams a person is looking at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse

from diagnostics import selectors
from diagnostics.models import Action, Membership
from diagnostics.views.http import SignedInRequest

_SESSION_KEY = "team"


def memberships(request: HttpRequest) -> list[Membership]:
    """The person's places in teams."""
    return selectors.memberships(request.user) if request.user.is_authenticated else []


def membership(request: SignedInRequest) -> Membership:
    """The place in the team chosen last, else in the first one."""
    mine = memberships(request)
    if not mine:
        raise Http404("You are in no team.")
    chosen = request.session.get(_SESSION_KEY)
    return next((place for place in mine if str(place.team_id) == chosen), mine[0])


def membership_in(request: SignedInRequest, team_id: UUID) -> Membership:
    """The place in the team that a row belongs to; the row was found, so there is one."""
    for place in memberships(request):
        if place.team_id == team_id:
            return place
    raise Http404("There is nothing here.")


def choose(request: SignedInRequest, team_id: UUID) -> None:
    """Look at this team from now on."""
    request.session[_SESSION_KEY] = str(membership_in(request, team_id).team_id)


def viewer(request: HttpRequest) -> dict[str, Any]:
    """For every template: the current team, the others, what the account menu offers and what one may do."""
    mine = memberships(request)
    if not mine:
        return {"team": None, "teams": [], "account_links": _links() if request.user.is_authenticated else []}
    place = membership(request)  # type: ignore[arg-type]
    return {"team": place.team, "teams": [other.team for other in mine], "account_links": _links()}


def may(place: Membership) -> dict[str, bool]:
    """What a role allows, for the buttons of a page: `may.run`, `may.share`, ..."""
    return {action.value: place.allows(action) for action in Action}


def _links() -> list[dict[str, str]]:
    return [{"href": reverse("team"), "label": "Team"}, {"href": reverse("account"), "label": "Your account"}]
