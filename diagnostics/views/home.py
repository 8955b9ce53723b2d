"""The first page: what this is for strangers, how things stand for members."""

from __future__ import annotations

from typing import cast

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from diagnostics import selectors
from diagnostics.forms.decoding import TextForm
from diagnostics.selectors import EnvironmentRow
from diagnostics.services import samples
from diagnostics.views import current, listing, reports
from diagnostics.views.http import HtmxHttpRequest, SignedInRequest

_SHOWN = 12  # environments; the rest is one click away


@require_safe
def home(request: HtmxHttpRequest) -> HttpResponse:
    """The team's environments with the path of each, its recent runs and its open cases."""
    if not request.user.is_authenticated:
        command = f"{reports.fetch_command()}\npython3 probe.pyz"
        context = {"command": command, "form": TextForm(), "samples": samples.samples()}
        return render(request, "home/welcome.html", context)
    signed = cast(SignedInRequest, request)
    if not current.memberships(signed):
        return render(request, "home/no_team.html")
    place = current.membership(signed)
    rows = selectors.environments(signed.user, place.team)
    rows.sort(key=lambda row: ("broken", "unknown", "works", "none").index(listing.state_of(row)))
    own = [row for row in rows if not row.environment.practice]
    context = {
        "state": _state(own),
        "rows": own[:_SHOWN],
        "more": len(own) - _SHOWN,
        "practice": [row for row in rows if row.environment.practice],
        "runs": selectors.runs(signed.user, place.team, limit=6).rows,
        "cases": selectors.cases(signed.user, place.team, state="open", limit=6).rows,
        "may": current.may(place),
    }
    return render(request, "home/dashboard.html", context)


def _state(rows: list[EnvironmentRow]) -> str:
    """For the tab's title and icon: broken while anything is, works when all of it does; nothing while nothing has run."""
    states = {listing.state_of(row) for row in rows}
    return "broken" if "broken" in states else "works" if states == {"works"} else ""
