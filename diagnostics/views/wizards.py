"""The wizard's pages: one instruction or one question at a time, and the proof at the end."""

from __future__ import annotations

import re
import time
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from diagnostics import selectors
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.cases import CloseForm
from diagnostics.forms.fixes import FixForm
from diagnostics.lab.practice import PRACTICES
from diagnostics.models import Case, Run
from diagnostics.services import watching, wizards
from diagnostics.views import case_reading, current, lines, live, upload_tokens, walking
from diagnostics.views.http import SignedInRequest, polled, signed_in
from diagnostics.views.walk_items import Step

MOST_LOOKS = 24  # of one page by itself; then it waits to be asked
# What a page shows of a run that nobody has begun.
_UNBEGUN = re.compile(r"-(queued(-[0-9]+)?|waiting(-[0-9]+)?-heard)$")
_MUTE_SECONDS = {Run.Kind.CHECK: 10, Run.Kind.FULL: 40}  # by then a probe that listens has answered
_NOT_HERE = (
    "That step is not on this way: what the run measured, an answer, or a newer version of these steps rules it out."
)
_SLOW_AFTER = 600  # seconds without news, after which a page that is still open asks once a minute


@require_safe
@signed_in
def begin(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Go to the first step or question that is open."""
    run = selectors.get_run_or_404(request.user, run_id)
    try:
        walk = wizards.begin(request.user, run)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("run", run.pk)
    shown = walking.read(walk, run, current.membership_in(request, run.team_id), request.GET)
    following = shown.first_open
    return redirect(following.href if following else shown.end_href)


@never_cache
@require_safe
@signed_in
def step(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """One step."""
    shown = read_walk(request, run_id)
    if shown.leaves_out(name):
        messages.info(request, _NOT_HERE)
        return redirect(shown.trail.url("wizard"))
    return step_page(request, shown, shown.get(name), None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def ask(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """One question. Its answer stands in the address; a member's is kept for those who follow the same walk, too."""
    shown = read_walk(request, run_id)
    asked = shown.get_question(name)
    name = asked.name
    told = request.POST if request.method == "POST" else request.GET
    choice, error = told.get("choice", ""), ""
    if request.method == "POST" or "choice" in told:
        known = any(one.name == choice for one in asked.asked.choices)
        try:
            if request.method == "POST":
                wizards.answer(request.user, shown.walk, name, choice)
            if known:
                return _go_on(request, shown.trail.with_answer(name, choice).query, run_id, name)
            error = "Choose one of the answers."
        except InvalidInput as refused:
            error = next(iter(refused.errors.values()))
    context = {"walk": shown, "ask": asked, "error": error, **rail(request, shown, name)}
    context["similar"] = _seen_before(request, shown) if not shown.trail.chosen else ()
    return render(request, "wizards/ask.html", context, status=422 if error else 200)


def _go_on(request: SignedInRequest, query: str, run_id: UUID, name: str) -> HttpResponse:
    """To what follows a question that was just answered: its answer may have changed what that is."""
    request.GET = type(request.GET)(query.removeprefix("?"))
    shown = read_walk(request, run_id)
    following = shown.after(name)
    return redirect(following.href if following else shown.end_href)


@never_cache
@require_safe
@signed_in
@polled
def follow(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """What is new in a walk, for an open page that asks every few seconds; 204 while there is nothing.

    `at` names the page, `pulse` and `shown` what it has, `began` when it was given that.
    """
    pulse = selectors.walk_pulse(request.user, run_id)
    at, asked = request.GET.get("at", ""), request.GET
    if not pulse:
        raise Http404("There is no wizard under way.")
    if not request.htmx:
        return redirect("wizard", run_id)
    began = asked.get("began", "")
    open_for = time.time() - int(began[:12]) if began.isdecimal() else 0
    slow = open_for > _SLOW_AFTER
    untaken = open_for > live.SILENT_SECONDS and _UNBEGUN.search(asked.get("shown", "")) is not None
    if asked.get("pulse") == pulse and (not slow or "slow" in asked) and not untaken:
        return HttpResponse(status=204)
    shown = read_walk(request, run_id, pulse)
    context = {"walk": shown, "swap": True, **rail(request, shown, at)}
    if asked.get("pulse") == pulse and not untaken:
        return render(request, "wizards/_rail.html", context | {"slow": True})
    here = next((one for one in shown.steps if one.name == at), None)
    if at == "proof":
        context |= _end_context(request, shown) | {"part": "proof"}
    elif here is not None and asked.get("shown"):  # the page where one says why not has nothing but the list
        context |= _outcome(request, shown, here) | {"part": "outcome"}
    same = context.get("since", "") == asked.get("shown", "")
    return render(request, "wizards/_rail.html" if same else "wizards/_follow.html", context)


@never_cache
@require_safe
@signed_in
def end(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The proof: the full run again, the red one beside it."""
    shown = read_walk(request, run_id)
    context = {"walk": shown, **_end_context(request, shown), **rail(request, shown, "proof")}
    return render(request, "wizards/end.html", context)


def read_walk(request: SignedInRequest, run_id: UUID, pulse: str = "") -> walking.Walk:
    """The walk of a run as this person sees it, with the answers of the address; 404 where there is none."""
    pulse = pulse or selectors.walk_pulse(request.user, run_id)
    run = selectors.get_run_or_404(request.user, run_id)
    try:
        walk = wizards.begin(request.user, run)
    except Conflict:
        raise Http404("There are no steps for this run.") from None
    return walking.read(walk, run, current.membership_in(request, run.team_id), request.GET, pulse)


def rail(request: SignedInRequest, shown: walking.Walk, at: str) -> dict[str, object]:
    """What the task list needs: where the reader stands, and what an open page has to ask for news."""
    return {
        "at": at,
        "pulse": shown.pulse,
        "began": int(time.time()),
        "follow": shown.trail.url("wizard_follow"),
        "may": may(request, shown),
    }


def may(request: SignedInRequest, shown: walking.Walk) -> dict[str, bool]:
    """What this person may do here."""
    return current.may(current.membership_in(request, shown.run.team_id))


def step_page(request: SignedInRequest, shown: walking.Walk, chosen: Step, form: FixForm | None) -> HttpResponse:
    """A step's page, with the form that somebody filled in where it comes back with errors."""
    environment = shown.run.environment
    offered = chosen.fix is not None and shown.is_run_here
    if form is None and offered:
        form = FixForm(field=chosen.fix or "", environment=environment)
    agent = request.headers.get("User-Agent", "")
    reader = lines.Reader.of(environment, shown.report, request.GET.dict(), agent)
    context = {
        "walk": shown,
        "form": form,
        "practice_value": _practice_value(shown, chosen) if offered else None,
        "lines": lines.read(chosen.walked.commands, reader),
        "all_lines": "all" in request.GET,
        "lines_open": not {"all", lines.UNFOLDED, *lines.NAMES}.isdisjoint(request.GET),
        **_outcome(request, shown, chosen),
        **rail(request, shown, chosen.name),
        "similar": _seen_before(request, shown) if chosen.number == 1 else (),
    }
    return render(request, "wizards/step.html", context, status=422 if form is not None and form.errors else 200)


def _seen_before(request: SignedInRequest, shown: walking.Walk) -> list[case_reading.SeenBefore]:
    """What fixed the like elsewhere, on the wizard's first page."""
    return case_reading.of_run(request.user, shown.run, shown.report)


def hand_over(shown: walking.Walk, chosen: Step) -> dict[str, str]:
    """What to send to whoever can do this step: as text, as Markdown and as a mail."""
    known, title = chosen.hand_over, chosen.walked.do.removesuffix(".")
    link = settings.PUBLIC_URL + shown.own_href(chosen.name)
    to = known.to if known is not None else "a teammate"
    text = known.text if known is not None else f"Could you do this for me? {chosen.walked.do} {chosen.walked.why}"
    own = "" if known is not None else f"\n\n{link}"
    return {
        "to": to,
        "text": text + own,
        "markdown": f"**{title}**\n\n{text}" + (f"\n\n[The step]({link})" if own else ""),
        "mailto": f"mailto:?subject={quote(title)}&body={quote(text + own)}",
    }


def _outcome(request: SignedInRequest, shown: walking.Walk, chosen: Step) -> dict[str, object]:
    """What the last check found, and what to press. Focus goes on to "Next" for nobody but who asked for the check."""
    check = chosen.check
    return {
        "mine": check is not None and check.passed and not check.automatic and check.by_id == request.user.pk,
        "step": chosen,
        "since": f"{chosen.since}{_waits_for(shown, chosen.check_run)}",
        "hand": hand_over(shown, chosen),
        "may": may(request, shown),
        "command": upload_tokens.command_for(request, chosen.check_run),
        "late": _is_late(chosen.check_run),
        "looks": MOST_LOOKS if shown.is_run_here and chosen.state == "todo" and not chosen.said else 0,
    }


def _waits_for(shown: walking.Walk, run: Run | None) -> str:
    """What a page tells of a run that nobody has begun: a probe listens for it, or no worker takes it."""
    if run is not None and run.status == Run.Status.WAITING and not watching.listening(shown.run.environment):
        return ""
    return "-late" if _is_late(run) else "-heard" if run is not None and run.status == Run.Status.WAITING else ""


def _is_late(run: Run | None) -> bool:
    """Whether a worker should have taken it long ago, or a probe that listens should have answered: an old one may not know the check."""
    if run is None or run.status not in (Run.Status.QUEUED, Run.Status.WAITING):
        return False
    limit = live.SILENT_SECONDS if run.status == Run.Status.QUEUED else _MUTE_SECONDS[Run.Kind(run.kind)]
    return (timezone.now() - run.queued_at).total_seconds() > limit


def _practice_value(shown: walking.Walk, chosen: Step) -> str | None:
    """What heals a practice environment in the field that this step edits; None where nothing does."""
    about = PRACTICES.get(shown.run.environment.practice or "")
    return about.fixes.get(chosen.fix or "") if about is not None else None


def _end_context(request: SignedInRequest, shown: walking.Walk) -> dict[str, object]:
    proof = shown.walk.proof
    place = current.membership_in(request, shown.run.team_id)
    going = live.read(proof, place) if proof is not None and proof.report is None else None
    case = shown.run.case
    green = proof is not None and proof.report is not None and proof.cause == HEALTHY
    return {
        "proof": proof,
        "broken_since": _broken_since(shown, proof) if proof is not None and green else None,
        "live": going,
        "since": f"{proof.pk}-{proof.status}-{proof.probes_done}{_waits_for(shown, proof)}" if proof else "none",
        "green": green,
        "seconds": _elapsed(shown, proof),
        "case": case,
        "same": proof is not None and proof.cause == shown.run.cause,
        "doubtful": shown.doubtful,
        "others": _others_open(request, shown) if proof is not None and proof.report is not None else (),
        "close_form": CloseForm(
            initial={"what_it_was": case.what_it_was if case is not None else "", "what_fixed": shown.what_was_done}
        ),
        "may": current.may(place),
        "command": upload_tokens.command_for(request, proof),
        "late": _is_late(proof),
    }


def _others_open(request: SignedInRequest, shown: walking.Walk) -> list[Case]:
    """Open cases of the same environment besides the walk's own: one trouble may have opened several."""
    newest = shown.walk.proof.case_id if shown.walk.proof is not None else None
    found = selectors.open_cases(request.user, shown.run.environment)
    return [one for one in found if one.pk not in (shown.run.case_id, newest)]


def _broken_since(shown: walking.Walk, proof: Run) -> Run | None:
    newest = selectors.newest_full_run(shown.walk)
    return newest if newest is not None and newest.queued_at > proof.queued_at and newest.cause != HEALTHY else None


def _elapsed(shown: walking.Walk, proof: Run | None) -> float | None:
    if proof is None or proof.finished_at is None or shown.run.finished_at is None:
        return None
    return (proof.finished_at - shown.run.finished_at).total_seconds()
