"""The practice range: three broken networks to learn on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.lab.practice import PRACTICES, Practice
from diagnostics.services import practice
from diagnostics.views import current
from diagnostics.views.http import SignedInRequest, signed_in


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """The practice environments with their stories."""
    place = current.membership(request)
    rows = {row.environment.practice: row for row in selectors.environments(request.user, place.team)}
    shown = [_card(about, rows[slug]) for slug, about in PRACTICES.items() if slug in rows]
    return render(request, "practice/index.html", {"shown": shown, "may": current.may(place)})


def _card(about: Practice, row: selectors.EnvironmentRow) -> dict[str, Any]:
    """A network with its story. What a run said before the settings were changed says nothing of how it stands now."""
    environment, run = row.environment, row.last_run
    stale = run is not None and run.queued_at < environment.updated_at
    return {"about": about, "row": row, "stale": stale, "broken": practice.is_broken(environment)}


@require_POST
@signed_in
def reset(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Break a practice environment again."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    if not environment.practice:
        raise Http404("This is no practice environment.")
    try:
        practice.reset(request.user, environment)
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{environment.name} is broken again.")
    return redirect("practice")
