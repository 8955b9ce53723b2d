"""What people do in a wizard: check a step, say a word about it, change the setting, choose whose lines to see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.fixes import CannotForm, FixForm
from diagnostics.models import Action
from diagnostics.services import access, wizards
from diagnostics.views import lines, upload_tokens, walking
from diagnostics.views.http import SignedInRequest, polled, signed_in
from diagnostics.views.wizards import MOST_LOOKS, may, rail, read_walk, step_page


@require_POST
@signed_in
def check(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """Run just this step's probes."""
    shown = read_walk(request, run_id)
    return _carry_out(request, shown, name, lambda: _check(request, shown, name))


@require_POST
@signed_in
@polled
def look(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """An open page looks by itself whether the step is done; what it finds arrives as all news do."""
    shown = read_walk(request, run_id)
    chosen = shown.get(name)
    left = request.POST.get("left", "")
    looks = min(int(left[:3]), MOST_LOOKS) if left.isdecimal() else 0
    try:
        if looks and chosen.state == "todo" and not chosen.said:
            wizards.look(request.user, shown.walk, name, shown.answers)
    except Conflict:
        looks = 1  # archived meanwhile, or the team's workers are busy: nobody asked, so nobody is told
    open_still = shown.is_run_here and chosen.state == "todo" and not chosen.said
    context = {"walk": shown, "step": chosen, "may": may(request, shown), "looks": looks - 1, "watched": open_still}
    return render(request, "wizards/_watch.html", context)


@require_POST
@signed_in
def mark(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """A person's word: not needed, done all the same, or that taken back."""
    shown = read_walk(request, run_id)
    word = request.POST.get("mark", "")

    def carry_out() -> HttpResponse:
        wizards.mark(request.user, shown.walk, name, word, shown.answers)
        return redirect(shown.get(name).href if word in ("could_not", "reopened") else shown.get(name).next_href)

    return _carry_out(request, shown, name, carry_out)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cannot(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """Say that one cannot do this step, and why; the step's page then tells what to do instead."""
    shown = read_walk(request, run_id)
    chosen = shown.get(name)
    access.require(request.user, shown.walk.team, Action.RUN)
    form = CannotForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            wizards.mark(request.user, shown.walk, name, "could_not", shown.answers, reason=form.cleaned_data["reason"])
        except InvalidInput as refused:
            for sentence in refused.errors.values():
                form.add_error("reason", sentence)
        else:
            return redirect(chosen.href)
    context = {"walk": shown, "step": chosen, "form": form, **rail(request, shown, name)}
    return render(request, "wizards/cannot.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters("value")
@require_POST
@signed_in
def apply(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """Change the registered environment as the step says, and check at once."""
    shown = read_walk(request, run_id)
    chosen = shown.get(name)
    access.require(request.user, shown.walk.team, Action.EDIT_ENVIRONMENTS)
    form = FixForm(request.POST, field=chosen.fix or "", environment=shown.run.environment)
    if not form.is_valid():
        return step_page(request, shown, chosen, form)
    seen: datetime | None = parse_datetime(request.POST.get("seen", "")[:40])
    try:
        if form.changes:
            wizards.apply_fix(request.user, shown.walk, name, form.cleaned_data["value"], shown.answers, seen)
    except (Conflict, InvalidInput) as refused:
        for sentence in refused.errors.values() if isinstance(refused, InvalidInput) else [str(refused)]:
            form.add_error("value", sentence)
        return step_page(request, shown, chosen, form)
    return _carry_out(request, shown, name, lambda: _check(request, shown, name, form.changes))


@require_POST
@signed_in
def choose_lines(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """Whose lines this environment's wizards show from now on: the system, the shell, the client, for good or not."""
    shown = read_walk(request, run_id)
    chosen = shown.get(name)
    wizards.choose_lines(request.user, shown.run.environment, lines.valid(request.POST.dict()))
    unfolded = f"{'&' if shown.query else '?'}{lines.UNFOLDED}=1" if chosen.fix and shown.is_run_here else ""
    return redirect(f"{chosen.href}{unfolded}#commands")


@require_POST
@signed_in
def prove(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Repeat the full run."""
    shown = read_walk(request, run_id)
    try:
        started = wizards.prove(request.user, shown.walk)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect(shown.end_href)
    response = redirect(shown.end_href)
    upload_tokens.keep(response, started.run, started.upload_token, reverse("wizard", args=[run_id]))
    return response


def _check(request: SignedInRequest, shown: walking.Walk, name: str, changed: bool = False) -> HttpResponse:
    started = wizards.check(request.user, shown.walk, name, shown.answers, changed)
    response = redirect(shown.get(name).href)
    if started.check.run is not None:
        pages = reverse("wizard", args=[shown.run.pk])  # the step's page, and the one that tells open pages the news
        upload_tokens.keep(response, started.check.run, started.upload_token, pages)
    return response


def _carry_out(
    request: SignedInRequest, shown: walking.Walk, name: str, action: Callable[[], HttpResponse]
) -> HttpResponse:
    """Do it, or come back to the step with the sentence that says why not."""
    chosen = shown.get(name)
    try:
        return action()
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
        return redirect(chosen.href)
