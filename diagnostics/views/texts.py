"""Texts that somebody kept for the team."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict
from diagnostics.models import Action
from diagnostics.services import access, cases, texts
from diagnostics.views import current, decoding
from diagnostics.views.http import SignedInRequest, signed_in


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """What the team has kept, newest first."""
    place = current.membership(request)
    page = selectors.texts(request.user, place.team, before=request.GET.get("before"))
    return render(request, "texts/index.html", {"page": page, "may": current.may(place)})


@require_safe
@signed_in
def detail(request: SignedInRequest, text_id: UUID) -> HttpResponse:
    """One kept text with its answer, as it was on that day."""
    kept = selectors.get_text_or_404(request.user, text_id)
    place = current.membership_in(request, kept.team_id)
    context = decoding.answered(request, kept.text, kept.answer)
    attached = selectors.cases_with(request.user, kept)
    open_cases = selectors.cases(request.user, kept.team, state="open", limit=20).rows
    context |= {
        "kept": kept,
        "attached": attached,
        "choices": [case for case in open_cases if case not in attached],
        "may": current.may(place),
    }
    return render(request, "texts/detail.html", context)


@require_POST
@signed_in
def delete(request: SignedInRequest, text_id: UUID) -> HttpResponse:
    """Forget it."""
    texts.delete(request.user, selectors.get_text_or_404(request.user, text_id))
    messages.success(request, "The text is deleted.")
    return redirect("texts")


@require_POST
@signed_in
def attach(request: SignedInRequest, text_id: UUID) -> HttpResponse:
    """Add it to an open case of the same team."""
    kept = selectors.get_text_or_404(request.user, text_id)
    access.require(request.user, kept.team, Action.WORK_CASES)
    case = selectors.get_case_or_404(request.user, _number(request.POST.get("case", "")))
    if case.team_id != kept.team_id:
        raise Http404("There is no such case in this team.")
    try:
        cases.attach(request.user, case, kept)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("text", kept.pk)
    return redirect("case", case.pk)


def _number(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Http404("There is no such case.") from None
