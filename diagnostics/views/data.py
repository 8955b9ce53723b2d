"""A team's data: how long it stays, a copy of it, what is deleted."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput, Problem
from diagnostics.forms.data import LARGEST_FILE, MOST_UNPACKED, TOO_LARGE, ImportForm, KeepForm, NameForm, lines_of
from diagnostics.models import Action, Environment, Membership, Run
from diagnostics.services import deletion, exporting, importing, retention
from diagnostics.services.access import require
from diagnostics.services.throttle import Limit
from diagnostics.views import current
from diagnostics.views.bodies import takes_file
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.once import once

_IMPORTS = Limit("imports", most=10, seconds=3600)


@never_cache
@require_safe
@signed_in
def team_data(request: SignedInRequest) -> HttpResponse:
    """What the team owns and what may be done with it."""
    return _page(request, _place(request))


@require_POST
@signed_in
def keep(request: SignedInRequest) -> HttpResponse:
    """Say how long runs are kept."""
    place = _place(request)
    form = KeepForm(request.POST)
    if not form.is_valid():
        return _page(request, place, keep_form=form)
    days = form.cleaned_data["keep_days"]
    retention.keep_for(request.user, place.team, days)
    told = f"Runs are kept for {days} days." if days else "Runs are kept for ever."
    messages.success(request, f"{told} What is older goes within an hour." if days else told)
    return redirect("team_data")


@require_POST
@signed_in
def export(request: SignedInRequest) -> HttpResponseBase:
    """Everything the team owns as one packed file, written while it is read."""
    place = _place(request)
    lines = exporting.export(request.user, place.team)
    name = f"{place.team.slug}-{timezone.now():%Y-%m-%d}.jsonl.gz"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Encoding": "identity",  # it is packed already
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(_packed(lines), content_type="application/gzip", headers=headers)


def _too_large(request: SignedInRequest) -> HttpResponse:
    form = ImportForm(QueryDict(), MultiValueDict())
    form.errors.clear()  # it is not missing: it was not read
    form.add_error("file", TOO_LARGE)
    return render(request, "teams/import.html", {"form": form}, status=413)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@takes_file(LARGEST_FILE, _too_large)
@once
def import_team(request: SignedInRequest) -> HttpResponse:
    """Make a team of one's own from an export."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _import(request, form)
        except (InvalidInput, ValueError) as refused:
            form.add_error("file", str(refused))
        else:
            request.session["team"] = str(made.team.pk)
            told = ", ".join(_counted(word, count) for word, count in made.rows.items()) or "no rows"
            messages.success(request, f"{made.team.name} is here: {told}. Keys stayed behind: enter them anew.")
            for note in made.notes:
                messages.info(request, note)
            return redirect("home")
    return render(request, "teams/import.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@signed_in
def delete_team(request: SignedInRequest) -> HttpResponse:
    """Delete the team and everything in it."""
    place = _place(request)
    require(request.user, place.team, Action.MANAGE_TEAM)
    form = NameForm(request.POST, prefix="team")
    if form.is_valid():
        try:
            deletion.delete_team(request.user, place.team, form.cleaned_data["name"])
        except InvalidInput as refused:
            form.add_error("name", str(refused))
        else:
            request.session.pop("team", None)
            messages.success(request, f"{place.team.name} is deleted, with everything in it.")
            return redirect("home")
    return _page(request, place, name_form=form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete_environment(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Delete an archived environment with its runs and cases."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    require(request.user, environment.team, Action.MANAGE_DATA)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            gone = deletion.delete_environment(request.user, environment, form.cleaned_data["name"])
        except InvalidInput as refused:
            form.add_error("name", str(refused))
        except Conflict as refused:
            form.add_error(None, str(refused))
        else:
            told = "is deleted" if gone else "is being deleted; what it holds goes within minutes"
            messages.success(request, f"{environment.name} {told}.")
            return redirect("environments")
    return render(request, "environments/delete.html", _held(environment, form), status=422 if form.errors else 200)


@require_POST
@signed_in
def delete_run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Delete one run."""
    run = selectors.get_run_or_404(request.user, run_id)
    try:
        deletion.delete_run(request.user, run)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("run", run.pk)
    messages.success(request, "The run is deleted.")
    return redirect("environment", run.environment_id)


def _place(request: SignedInRequest) -> Membership:
    place = current.membership(request)
    require(request.user, place.team, Action.MANAGE_DATA)
    return place


def _page(
    request: SignedInRequest, place: Membership, keep_form: KeepForm | None = None, name_form: NameForm | None = None
) -> HttpResponse:
    team = place.team
    context = {
        "me": place,
        "may": current.may(place),
        "held": selectors.holdings(request.user, team),
        "due": retention.past_their_time(team, team.keep_days).count(),
        "keep_form": keep_form or KeepForm(initial={"keep_days": team.keep_days or "ever"}),
        "name_form": name_form or NameForm(prefix="team"),
    }
    faulty = any(form is not None and form.errors for form in (keep_form, name_form))
    return render(request, "teams/data.html", context, status=422 if faulty else 200)


def _held(environment: Environment, form: NameForm) -> dict[str, object]:
    runs = Run.objects.filter(environment=environment).count()
    return {"environment": environment, "form": form, "runs": runs, "cases": environment.cases.count()}


def _import(request: SignedInRequest, form: ImportForm) -> importing.Imported:
    if not _IMPORTS.take(str(request.user.pk)):
        raise InvalidInput({"file": "You have imported ten files within the hour: wait, or use manage.py import_team."})
    try:
        return importing.import_team(request.user, lines_of(form.cleaned_data["file"].file, MOST_UNPACKED))
    except InvalidInput:
        raise
    except Problem as broken:
        raise InvalidInput({"file": str(broken)}) from None


_NAMES = {"judgement": "judgement of a verdict", "judgements": "judgements of verdicts"}


def _counted(word: str, count: int) -> str:
    """``1 case``, ``23 checks of a wizard``."""
    one = word.replace("_", " ")
    many = one if count == 1 else f"{one.removesuffix('y')}ies" if one.endswith("y") else f"{one}s"
    return f"{count} {_NAMES.get(many, many)}"


def _packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines as a gzip file, given on in pieces."""
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for line in lines:
        if piece := packer.compress(line):
            yield piece
    yield packer.flush()
