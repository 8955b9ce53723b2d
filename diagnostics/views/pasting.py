"""A report that could not be sent: somebody pastes it."""

from __future__ import annotations

import shlex
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from diagnostics import selectors
from diagnostics.exceptions import Conflict, UploadRefused
from diagnostics.forms.pasting import PasteForm
from diagnostics.models import Action, Environment, Run
from diagnostics.services import access, environments, uploads
from diagnostics.views import reports
from diagnostics.views.http import SignedInRequest, moved, signed_in
from diagnostics.views.once import once


@sensitive_post_parameters("pasted")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def for_environment(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """A report becomes a run of this environment, or ends the one that waits for it."""
    return _page(request, selectors.get_environment_or_404(request.user, environment_id), None)


@sensitive_post_parameters("pasted")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def for_run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """A run that waits gets its report."""
    run = selectors.get_run_or_404(request.user, run_id)
    if request.method != "POST" and run.status != Run.Status.WAITING:
        return redirect("run", run.pk)
    return _page(request, run.environment, run)


def _page(request: SignedInRequest, environment: Environment, run: Run | None) -> HttpResponse:
    access.require(request.user, environment.team, Action.RUN)
    form = PasteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = uploads.paste(request.user, environment, form.cleaned_data["pasted"], run)
        except (UploadRefused, Conflict) as refused:
            form = PasteForm.refused(str(refused))
        else:
            return moved(request, "run", taken.pk)
    context = {"form": form, "environment": environment, "run": run, "command": _command(environment, run)}
    return render(request, "runs/paste.html", context, status=422 if form.errors else 200)


def _command(environment: Environment, run: Run | None) -> str:
    """The line that prints the block, for the machine where it hurts."""
    words = ["python3", "probe.pyz", "--paste", *(["--run", str(run.pk)] if run else [])]
    return shlex.join(words + reports.client_words(run.snapshot if run else environments.snapshot(environment)))
