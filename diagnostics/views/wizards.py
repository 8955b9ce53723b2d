"""The wizard: one instruction at a time, each proven by its probes, ending with a healthy run."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.cases import CloseForm
from diagnostics.forms.fixes import FixForm
from diagnostics.lab.practice import PRACTICES
from diagnostics.models import Run, WizardWalk
from diagnostics.services import wizards
from diagnostics.views import current, live, upload_tokens, walking
from diagnostics.views.http import SignedInRequest, signed_in

_POLL = "wizards/_outcome.html"


@require_safe
@signed_in
def begin(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Go to the first step that is not proven yet."""
    run = selectors.get_run_or_404(request.user, run_id)
    try:
        walk = wizards.begin(request.user, run)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("run", run.pk)
    shown = walking.read(walk, run, current.membership_in(request, run.team_id))
    following = shown.first_open
    return redirect("wizard_step", run.pk, following.name) if following else redirect("wizard_end", run.pk)


@never_cache
@require_safe
@signed_in
def step(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """One step."""
    shown = _walk(request, run_id)
    return _step_page(request, shown, shown.get(name), None)


@never_cache
@require_safe
@signed_in
def outcome(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """What a check has found, polled while it runs; 204 while there is nothing new."""
    shown = _walk(request, run_id)
    chosen = shown.get(name)
    if not request.htmx:
        return redirect("wizard_step", run_id, name)
    if chosen.state == "checking" and request.GET.get("since") == chosen.since:
        return HttpResponse(status=204)
    return render(request, _POLL, {"walk": shown, "step": chosen, "may": _may(request, shown), "swap": True})


@require_POST
@signed_in
def check(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """Run just this step's probes."""
    shown = _walk(request, run_id)
    return _carry_out(request, shown, name, lambda: _check(request, shown.walk, name))


@require_POST
@signed_in
def mark(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """A person's word: not needed, could not be done."""
    shown = _walk(request, run_id)

    def carry_out() -> HttpResponse:
        wizards.mark(request.user, shown.walk, name, request.POST.get("mark", ""))
        following = shown.after(name)
        return redirect("wizard_step", run_id, following.name) if following else redirect("wizard_end", run_id)

    return _carry_out(request, shown, name, carry_out)


@sensitive_post_parameters("value")
@require_POST
@signed_in
def apply(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """Change the registered environment as the step says, and check at once."""
    shown = _walk(request, run_id)
    chosen = shown.get(name)
    form = FixForm(request.POST, field=chosen.fix or "", environment=shown.run.environment)
    if not form.is_valid():
        return _step_page(request, shown, chosen, form)
    try:
        wizards.apply_fix(request.user, shown.walk, name, form.cleaned_data["value"])
    except InvalidInput as refused:
        for sentence in refused.errors.values():
            form.add_error("value", sentence)
        return _step_page(request, shown, chosen, form)
    return _carry_out(request, shown, name, lambda: _check(request, shown.walk, name))


@never_cache
@require_safe
@signed_in
def end(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The proof: the full run again, the red one beside it."""
    shown = _walk(request, run_id)
    context = _end_context(request, shown)
    if request.htmx:
        if request.GET.get("since") == context["since"]:
            return HttpResponse(status=204)
        return render(request, "wizards/_proof.html", context | {"swap": True})
    return render(request, "wizards/end.html", context)


@require_POST
@signed_in
def prove(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Repeat the full run."""
    shown = _walk(request, run_id)
    try:
        started = wizards.prove(request.user, shown.walk)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("wizard_end", run_id)
    response = redirect("wizard_end", run_id)
    upload_tokens.keep(response, started.run, started.upload_token, reverse("wizard_end", args=[run_id]))
    return response


def _walk(request: SignedInRequest, run_id: UUID) -> walking.Walk:
    run = selectors.get_run_or_404(request.user, run_id)
    try:
        walk = wizards.begin(request.user, run)
    except Conflict:
        raise Http404("There are no steps for this run.") from None
    return walking.read(walk, run, current.membership_in(request, run.team_id))


def _check(request: SignedInRequest, walk: WizardWalk, name: str) -> HttpResponse:
    started = wizards.check(request.user, walk, name)
    page = reverse("wizard_step", args=[walk.run_id, name])
    response = redirect(f"{page}#outcome")
    if started.check.run is not None:
        upload_tokens.keep(response, started.check.run, started.upload_token, page)
    return response


def _carry_out(
    request: SignedInRequest, shown: walking.Walk, name: str, action: Callable[[], HttpResponse]
) -> HttpResponse:
    """Do it, or come back to the step with the sentence that says why not."""
    shown.get(name)
    try:
        return action()
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
        return redirect("wizard_step", shown.run.pk, name)


def _step_page(
    request: SignedInRequest, shown: walking.Walk, chosen: walking.Step, form: FixForm | None
) -> HttpResponse:
    offered = chosen.fix is not None and shown.is_run_here
    if form is None and offered:
        form = FixForm(field=chosen.fix or "", environment=shown.run.environment)
    context = {
        "walk": shown,
        "step": chosen,
        "form": form,
        "practice_value": _practice_value(shown, chosen) if offered else None,
        "may": _may(request, shown),
        "command": upload_tokens.command_for(request, chosen.check_run),
    }
    return render(request, "wizards/step.html", context, status=422 if form is not None and form.errors else 200)


def _practice_value(shown: walking.Walk, chosen: walking.Step) -> str | None:
    """What heals a practice environment in the field that this step edits; None where nothing does."""
    about = PRACTICES.get(shown.run.environment.practice or "")
    return about.fixes.get(chosen.fix or "") if about is not None else None


def _end_context(request: SignedInRequest, shown: walking.Walk) -> dict[str, object]:
    proof = shown.walk.proof
    place = current.membership_in(request, shown.run.team_id)
    going = live.read(proof, place) if proof is not None and proof.report is None else None
    case = shown.run.case
    return {
        "walk": shown,
        "proof": proof,
        "live": going,
        "since": going.since if going is not None else "",
        "green": proof is not None and proof.report is not None and proof.cause == "healthy",
        "seconds": _elapsed(shown, proof),
        "case": case if case is not None and case.state == "open" else None,
        "close_form": CloseForm(initial={"what_fixed": shown.what_was_done}),
        "may": current.may(place),
        "command": upload_tokens.command_for(request, proof),
    }


def _elapsed(shown: walking.Walk, proof: Run | None) -> float | None:
    if proof is None or proof.finished_at is None or shown.run.finished_at is None:
        return None
    return (proof.finished_at - shown.run.finished_at).total_seconds()


def _may(request: SignedInRequest, shown: walking.Walk) -> dict[str, bool]:
    return current.may(current.membership_in(request, shown.run.team_id))
