"""Which of their teams a person is looking at."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse

from diagnostics import selectors
from diagnostics.models import Action, Membership, Run, Team
from diagnostics.views.http import TEAM, SignedInRequest

_OF_TEAM = "of_team"  # components/of_team.html: the team that a form was filled in for


def memberships(request: HttpRequest) -> list[Membership]:
    """The person's places in teams."""
    return selectors.memberships(request.user) if request.user.is_authenticated else []


def membership(request: SignedInRequest) -> Membership:
    """The place in the team chosen last, else in the first one; a form acts on the team whose page it stood on.

    Another tab may have switched since. What acts on a team is then the one looked at, so that the answer shows it.
    """
    mine = memberships(request)
    if not mine:
        raise Http404("You are in no team.")
    named = request.POST.get(_OF_TEAM, "")
    if named and named != request.session.get(TEAM):
        if named not in [str(place.team_id) for place in mine]:
            raise Http404("There is nothing here.")
        request.session[TEAM] = named
    return _chosen(request, mine)


def _chosen(request: HttpRequest, mine: list[Membership]) -> Membership:
    chosen = request.session.get(TEAM)
    return next((place for place in mine if str(place.team_id) == chosen), mine[0])


def membership_in(request: SignedInRequest, team_id: UUID) -> Membership:
    """The place in the team that a row belongs to; the row was found, so there is one.

    Whoever opens its page looks at that team from then on, or the header would name another; what a page asks by itself changes nothing.
    """
    mine = memberships(request)
    for place in mine:
        if place.team_id == team_id:
            if not request.htmx and _chosen(request, mine) is not place:
                request.session[TEAM] = str(team_id)
            return place
    raise Http404("There is nothing here.")


def membership_and_run(request: SignedInRequest) -> tuple[Membership, Run | None]:
    """For a list that its address may narrow to one run: that one's team is looked at then."""
    named = request.GET.get("run", "")
    if not named:
        return membership(request), None
    try:
        run = selectors.get_run_or_404(request.user, UUID(named))
    except ValueError:
        raise Http404("There is nothing here.") from None
    return membership_in(request, run.team_id), run


def choose(request: SignedInRequest, team_id: UUID) -> None:
    """Look at this team from now on."""
    request.session[TEAM] = str(membership_in(request, team_id).team_id)


def viewer(request: HttpRequest) -> dict[str, Any]:
    """For every template: the current team, the others, what the account menu offers and what one may do."""
    mine = memberships(request)
    if not mine:
        return {"team": None, "teams": [], "account_links": _links(_OWN) if request.user.is_authenticated else []}
    place = _chosen(request, mine)
    links = _links(_TEAMS + _OWN)
    return {"team": place.team, "teams": _told_apart([other.team for other in mine]), "account_links": links}


class Choice(NamedTuple):
    """One of a person's teams, to switch to."""

    pk: UUID
    name: str


def _told_apart(teams: list[Team]) -> list[Choice]:
    """The teams to choose from; whoever was invited into a second one of the same name sees what their addresses differ in."""
    names = [team.name.casefold() for team in teams]
    doubled = {name for name in names if names.count(name) > 1}
    return [
        Choice(team.pk, f"{team.name} ({team.slug})" if team.name.casefold() in doubled else team.name)
        for team in teams
    ]


def may(place: Membership) -> dict[str, bool]:
    """What a role allows, for the buttons of a page: `may.run`, `may.share`, ..."""
    return {action.value: place.allows(action) for action in Action}


_TEAMS = (("team", "Team"), ("shares", "Shown to outsiders"), ("hand_offs", "Hand-offs"))
_OWN = (("account", "Your account"), ("tokens", "Tokens"))  # also of who is in no team


@cache
def _links(pages: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"href": reverse(page), "label": label} for page, label in pages]
