"""Runs: the list, starting one, its live page, and its report on the same address once it is finished."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING, reswap, retarget

from diagnostics import selectors
from diagnostics.engine.library import load
from diagnostics.exceptions import Conflict
from diagnostics.models import Environment, Membership, Run
from diagnostics.selectors import Sight
from diagnostics.services import runs, watching
from diagnostics.views import (
    case_reading,
    comparing,
    current,
    handoffs,
    listening,
    listing,
    live,
    reports,
    sheets,
    upload_tokens,
)
from diagnostics.views.http import SignedInRequest, etag, has_messages, not_modified, polled, signed_in, tagged
from diagnostics.views.once import once


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """The team's runs, newest first."""
    environment = _environment(request)
    place = current.membership_in(request, environment.team_id) if environment else current.membership(request)
    causes = listing.by_title(load().causes)
    cause = listing.known(request.GET.get("cause"), causes)
    status = listing.known(request.GET.get("status"), Run.Status.choices)
    page = selectors.runs(
        request.user,
        place.team,
        environment=environment,
        cause=cause,
        status=status,
        before=request.GET.get("before"),
    )
    context = {
        "page": page,
        "environment": environment,
        "keep": [("environment", str(environment.pk))] if environment else [],
        "cause": cause,
        "status": status,
        "selects": [
            listing.select("cause", "Cause", causes, cause),
            listing.select("status", "Status", Run.Status.choices, status),
        ],
        "filtered": bool(cause or status),
        "may": current.may(place),
    }
    return render(request, "runs/index.html", context)


def _environment(request: SignedInRequest) -> Environment | None:
    """The one environment whose runs are asked for, if any."""
    try:
        asked = UUID(request.GET.get("environment", ""))
    except ValueError:
        return None
    return selectors.get_environment_or_404(request.user, asked)


@require_POST
@signed_in
@once
def start(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Start a run of an environment and go to its page, which is its permalink from now on."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    try:
        started = runs.start(request.user, environment)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("environment", environment.pk)
    response = redirect("run", started.run.pk)
    upload_tokens.keep(response, started.run, started.upload_token, reverse("run", args=[started.run.pk]))
    return response


@require_safe
@signed_in
def detail(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The run's permalink: live while it goes, frozen when it has ended."""
    sight = selectors.sight_or_404(request.user, run_id)
    # Before a 304, too: the team that one looks at is this one now.
    place = current.membership_in(request, sight.team_id)
    if not sight.report_sha256:
        run = selectors.get_run_or_404(request.user, run_id)
        if run.report is None:
            return _live_page(request, run, place)
        sight = selectors.sight_or_404(request.user, run_id)  # it has ended between the two looks
    decides = (run_id, *sight, load().version)
    tag = etag(request, *decides, int(time.time() // sheets.LONGEST))
    known = not_modified(request, tag)
    if known is not None:
        return known
    page = sheets.respond(request, decides, "runs/report.html", lambda: _context(request, run_id, place, sight))
    return page if has_messages(request) else tagged(page, tag)


def _context(request: SignedInRequest, run_id: UUID, place: Membership, sight: Sight) -> dict[str, Any]:
    """What the page of a finished run shows to everybody with this place and sight."""
    run = selectors.get_run_or_404(request.user, run_id)
    return reports.page(request, run, sight.share_id) | {"may": current.may(place)} | _beside(request, run, sight)


@never_cache
@require_safe
@signed_in
@polled
def progress(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """What is new on a live page: 204 for nothing, 286 when the run has ended."""
    since = request.GET.get("since", "")
    if live.nothing_new(selectors.pulse_or_404(request.user, run_id), since):
        return HttpResponse(status=204)
    run = selectors.get_run_or_404(request.user, run_id)
    if not request.htmx:
        return redirect("run", run.pk)
    if run.is_open and live.shows_rows(since):
        shown = live.read(run, current.membership_in(request, run.team_id), since)
        return render(request, "runs/_progress.html", {"run": run, "live": shown, "swap": True})
    return _whole(request, run)


@require_POST
@signed_in
def stop(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Stop a run."""
    run = selectors.get_run_or_404(request.user, run_id)
    runs.cancel(request.user, run)
    return redirect("run", run.pk)


@require_safe
@signed_in
def report_json(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The stored report, byte for byte: its sha256 is the one the page shows."""
    run = selectors.get_run_or_404(request.user, run_id)
    return reports.as_json(run, current.membership_in(request, run.team_id))


@require_safe
@signed_in
def report_html(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The stored report as one file that works offline."""
    run = selectors.get_run_or_404(request.user, run_id)
    place = current.membership_in(request, run.team_id)
    return redirect("run", run.pk) if run.report is None else reports.as_html(run, place)


def _beside(request: SignedInRequest, run: Run, sight: Sight) -> dict[str, Any]:
    """What the team knows besides the report: what fixed the same elsewhere, and what changed since this last worked."""
    judgement = selectors.judgement_of(run) if sight.judged_at else None
    told = {
        "similar": case_reading.of_run(request.user, run, selectors.report(run)),
        "judgement": judgement,
        "judgement_title": case_reading.cause_title(judgement.believed) if judgement is not None else "",
    }
    handed = handoffs.of_run(request, run) if sight.handed_at else None
    changed = comparing.since_it_worked(request, run, sight.worked_id, sight.began_id)
    return told | {"handed": handed} | changed


def _whole(request: SignedInRequest, run: Run) -> HttpResponse:
    """The whole page's content in place of what is there; at the end polling stops, focus and address stay."""
    place = current.membership_in(request, run.team_id)
    if run.report is None:
        context = {
            "run": run,
            "live": live.read(run, place),
            "may": current.may(place),
            "link": reports.permalink(run),
            "arrived": True,
        }
        response = render(request, "runs/_live.html", context)
    else:
        context = _context(request, run.pk, place, selectors.sight_or_404(request.user, run.pk))
        response = render(request, "runs/_report.html", context | {"arrived": True})
    if not run.is_open:
        response.status_code = HTMX_STOP_POLLING
    return reswap(retarget(response, "#run"), "outerHTML")


def _live_page(request: SignedInRequest, run: Run, place: Membership) -> HttpResponse:
    context = {
        "run": run,
        "live": live.read(run, place),
        "may": current.may(place),
        "link": reports.permalink(run),
        "command": upload_tokens.command_for(request, run),
    }
    if run.status == Run.Status.WAITING and listening.can_listen(run.environment):
        context |= {"can_listen": True, "heard": watching.listeners(run.environment), "environment": run.environment}
    return render(request, "runs/live.html", context)
