"""Cases: from the first failing run to what fixed it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.cases import CloseForm, NoteForm
from diagnostics.models import Case
from diagnostics.services import cases
from diagnostics.views import current, listing
from diagnostics.views.http import SignedInRequest, signed_in


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """The team's cases, those that changed last first."""
    place = current.membership(request)
    chosen = listing.CaseFilter.of(request.GET)
    environments = selectors.environment_names(request.user, place.team)
    page = selectors.cases(
        request.user,
        place.team,
        state=chosen.state,
        cause=chosen.cause,
        environment=next((one for one in environments if str(one.pk) == chosen.environment), None),
        before=request.GET.get("before"),
    )
    context = {"page": page, "filter": chosen, "selects": chosen.selects(environments), "may": current.may(place)}
    return render(request, "cases/index.html", context)


@require_safe
@signed_in
def detail(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """One case with its timeline."""
    return _page(request, selectors.get_case_or_404(request.user, case_id), NoteForm(), CloseForm())


@require_POST
@signed_in
def note(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Add a note to the timeline."""
    case = selectors.get_case_or_404(request.user, case_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            cases.add_note(request.user, case, form.cleaned_data["text"])
        except InvalidInput as refused:
            form.add_error("text", refused.errors["text"])
        else:
            return redirect("case", case.pk)
    return _page(request, case, form, CloseForm())


@require_POST
@signed_in
def close(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Close it with what fixed it."""
    case = selectors.get_case_or_404(request.user, case_id)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            cases.close(request.user, case, form.cleaned_data["what_fixed"])
        except InvalidInput as refused:
            form.add_error("what_fixed", refused.errors["what_fixed"])
        except Conflict as refused:
            messages.error(request, str(refused))
            return redirect("case", case.pk)
        else:
            messages.success(
                request, f"Case {case.number} is closed. Whoever meets this cause next sees what fixed it."
            )
            return redirect("case", case.pk)
    return _page(request, case, NoteForm(), form)


@require_POST
@signed_in
def reopen(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Open a closed case again."""
    case = selectors.get_case_or_404(request.user, case_id)
    try:
        cases.reopen(request.user, case)
    except Conflict as refused:
        messages.error(request, str(refused))
    return redirect("case", case.pk)


def _page(request: SignedInRequest, case: Case, note_form: NoteForm, close_form: CloseForm) -> HttpResponse:
    place = current.membership_in(request, case.team_id)
    context = {
        "case": case,
        "open_for": (case.closed_at - case.opened_at).total_seconds() if case.closed_at else None,
        "timeline": selectors.timeline(case),
        "similar": selectors.similar_cases(request.user, case.team, case.cause, besides=case),
        "note_form": note_form,
        "close_form": close_form,
        "may": current.may(place),
    }
    failed = note_form.errors or close_form.errors
    return render(request, "cases/detail.html", context, status=422 if failed else 200)
