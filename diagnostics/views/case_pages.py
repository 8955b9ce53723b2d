"""Pages beside the cases: how long they take, and the worked examples of the practice range."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from diagnostics import selectors
from diagnostics.examples_schema import ExampleEvent, examples
from diagnostics.models import Action, CaseEvent, Run, Team
from diagnostics.services import access, case_examples
from diagnostics.services.case_words import title_of
from diagnostics.views import current, notes
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.listing import select

_FEW_SHOWN = 5
_DAYS = (("30", "In the last 30 days"), ("90", "In the last 90 days"))


@require_safe
@signed_in
def times(request: SignedInRequest) -> HttpResponse:
    """How long cases stay open, by cause and by environment."""
    place = current.membership(request)
    asked = request.GET.get("days", "")
    days = asked if any(asked == known for known, _ in _DAYS) else ""
    since = timezone.now() - timedelta(days=int(days)) if days else None
    places = selectors.environment_names(request.user, place.team, archived=True)
    names = {None: "None of them"} | {one.pk: one.name for one in places}
    found = selectors.times(request.user, place.team, since)
    span = {"age": f"closed{days}"} if days else {}  # what a figure is made of is what its link lists
    context = {
        "whole": found.whole,
        "groups": [
            _group(
                "cause", "By cause", "Cause", _rows({"environment": "own"} | span, "cause", found.by_cause, title_of)
            ),
            _group(
                "environment",
                "By environment",
                "Environment",
                _rows(
                    span,
                    "environment",
                    [one for one in found.by_environment if one.key in names],  # figures are kept; it may be gone
                    names.__getitem__,
                ),
            ),
        ],
        "selects": [select("days", "Closed", _DAYS, days, unasked="At any time")],
        "days": days,
    }
    return render(request, "cases/times.html", context)


def _group(key: str, title: str, head: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A table; what was closed only once or twice stands folded below it, where there is more to show."""
    most = [row for row in rows if row["times"].median is not None]
    few = [row for row in rows if row["times"].median is None]
    parts = [(most, few)] if most and len(few) > _FEW_SHOWN else [(rows, [])]
    return {"id": key, "title": title, "head": head, "parts": [part for part in parts[0] if part]}


def _rows(among: dict[str, str], filtered: str, found: list[selectors.Times], name: Any) -> list[dict[str, Any]]:
    longest = max((one.p90 or one.median or one.slowest for one in found), default=0) or 1
    return [
        {
            "times": one,
            "name": name(one.key),
            "query": urlencode({"state": "closed", **among, filtered: one.key or "none"}),
            "share": (one.median or 0) / longest,
            "tail": min(1.0, (one.p90 or 0) / longest),
        }
        for one in found
    ]


@require_safe
@signed_in
def example(request: SignedInRequest, slug: str) -> HttpResponse:
    """A closed case of the practice range, written down; with this team's own runs where there are such."""
    place = current.membership(request)
    found = next((one for one in examples() if one.practice == slug), None)
    if found is None:
        raise Http404("There is no such example.")
    environment, red, green = selectors.practice_runs(request.user, place.team, slug, found.cause)
    context = {
        "example": found,
        "lines": [_line(event, red, green) for event in found.event],
        "environment": environment,
        "was": notes.render(found.what_it_was),
        "red": red,
        "green": green,
        "cause_title": title_of(found.cause),
        "others": [one for one in examples() if one is not found],
        "may": current.may(place),
    }
    return render(request, "cases/example.html", context)


def _line(event: ExampleEvent, red: Run | None, green: Run | None) -> dict[str, Any]:
    """A line of the timeline; the first run is the red one of the pair, the last the green one."""
    run = None if event.kind != "run" else red if event.at == 0 else green
    html = notes.render(event.text) if event.kind == "note" else ""
    return {"event": event, "html": html, "kind": CaseEvent.Kind(event.kind).label, "run": run}


@require_POST
@signed_in
def show_examples(request: SignedInRequest) -> HttpResponse:
    """Hide the examples for the team, or show them again."""
    team: Team = current.membership(request).team
    access.require(request.user, team, Action.WORK_CASES)
    case_examples.show(request.user, team, request.POST.get("show") == "1")
    return redirect("cases")
