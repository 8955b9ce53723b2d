"""The first page: what this is for strangers, how things stand for members."""

from __future__ import annotations

from typing import cast

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from diagnostics import selectors
from diagnostics.drawing.samples import proxy_wants_credentials
from diagnostics.forms.decoding import TextForm
from diagnostics.selectors import Standing
from diagnostics.services import samples
from diagnostics.views import current, listing, reports
from diagnostics.views.http import HtmxHttpRequest, SignedInRequest

_SHOWN = 12  # environments; the rest is one click away


@require_safe
def home(request: HtmxHttpRequest) -> HttpResponse:
    """The team's environments with the path of each, its recent runs and its open cases."""
    if not request.user.is_authenticated:
        command = f"{reports.fetch_command()}\npython3 probe.pyz"
        context = {
            "command": command,
            "form": TextForm(),
            "samples": samples.samples(),
            "example": proxy_wants_credentials(),
        }
        return render(request, "home/welcome.html", context)
    signed = cast(SignedInRequest, request)
    if not current.memberships(signed):
        return render(request, "home/no_team.html")
    place = current.membership(signed)
    standings = selectors.standings(signed.user, place.team)
    standings.sort(key=lambda one: ("broken", "unknown", "works", "none").index(listing.state_by(one.cause)))
    own = [one for one in standings if not one.practice]
    shown = [one.environment_id for one in own[:_SHOWN]] + [one.environment_id for one in standings if one.practice]
    rows = {row.environment.pk: row for row in selectors.environments(signed.user, place.team, only=shown)}
    ordered = [rows[pk] for pk in shown if pk in rows]  # one may have gone in between
    context = {
        "state": _state(own),
        "rows": [row for row in ordered if not row.environment.practice],
        "more": len(own) - _SHOWN,
        "practice": [row for row in ordered if row.environment.practice],
        "runs": selectors.runs(signed.user, place.team, limit=6).rows,
        "cases": selectors.cases(signed.user, place.team, state="open", limit=6),
        "may": current.may(place),
    }
    return render(request, "home/dashboard.html", context)


def _state(own: list[Standing]) -> str:
    """For the tab's title and icon: broken while anything is, works when all of it does; nothing while nothing has run."""
    states = {listing.state_by(one.cause) for one in own}
    return "broken" if "broken" in states else "works" if states == {"works"} else ""
