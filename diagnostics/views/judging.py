"""What a person says of a run's verdict."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.cases import CauseForm
from diagnostics.models import Action
from diagnostics.services import access, judging
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.once import once


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def contradict(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """It was something else."""
    run = selectors.get_run_or_404(request.user, run_id)
    access.require(request.user, run.team, Action.WORK_CASES)
    if run.report is None:
        messages.error(request, "This run has given no verdict.")
        return redirect("run", run.pk)
    form = CauseForm(request.POST if request.method == "POST" else None, healthy=True)
    if request.method == "POST" and form.is_valid():
        try:
            judging.contradict(request.user, run, form.cleaned_data["cause"], form.cleaned_data["why"])
        except (Conflict, InvalidInput) as refused:
            refusing.tell(form, refused)
        else:
            messages.success(request, "Kept beside the verdict. It counts in how often we are right.")
            return redirect("run", run.pk)
    return render(request, "runs/contradict.html", {"run": run, "form": form}, status=422 if form.errors else 200)


@require_POST
@signed_in
def take_back(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Nobody contradicts it any more."""
    run = selectors.get_run_or_404(request.user, run_id)
    try:
        judging.take_back(request.user, run)
    except Conflict as refused:
        messages.error(request, str(refused))
    return redirect("run", run.pk)
