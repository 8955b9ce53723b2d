"""The page where anybody pastes: an error is told apart at once, a probe's report opens, and nothing of either is stored."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics import pages_schema, selectors
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.exceptions import Conflict, InvalidInput, Problem, UploadRefused
from diagnostics.forms.decoding import CheckForm, TextForm
from diagnostics.models import Action, Membership, Run
from diagnostics.services import access, decoding, preset, runs, samples, texts, uploads
from diagnostics.views import current, reports, upload_tokens
from diagnostics.views.bodies import takes_text
from diagnostics.views.http import HtmxHttpRequest, SignedInRequest, moved, signed_in
from diagnostics.views.once import once
from diagnostics.views.reading import answer as reading

_LONGEST_COPIED = 50_000  # characters of a text behind a copy button
_LONGEST_AGAIN = 1_000_000  # and of one that the box shows again, which is the most that can be kept, too
_NEW = "new"


def refuse(request: HtmxHttpRequest, status: int, sentence: str) -> HttpResponse:
    """The page with what is wrong; what was sent has not been read, so it stands only in the browser."""
    return _page(request, TextForm.holding("", sentence), {"refused": sentence}, status)


@takes_text(refuse)
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HtmxHttpRequest) -> HttpResponse:
    """The box; with a text, or one of the samples, also its answer."""
    if request.method == "POST":
        return _answered(request)
    chosen = samples.sample(request.GET.get("sample", ""))
    if chosen is None:
        return _page(request, TextForm(), {}, 200)
    return _told(request, decoding.decide(chosen.text.strip("\n")))


@sensitive_variables()
def _answered(request: HtmxHttpRequest) -> HttpResponse:
    try:
        text = posted(request)
        if decoding.is_report(text):
            return _report(request, text)
        decided = decoding.decide(text)
    except InvalidInput as refused:
        return _again(request, refused.errors["pasted"])
    except Problem as broken:
        return _page(request, TextForm.holding("", str(broken)), {"refused": str(broken)}, 500)
    return _told(request, decided)


@sensitive_variables()
def _told(request: HtmxHttpRequest, decided: decoding.Decided) -> HttpResponse:
    """The answer, and the box with its text, unless that is so long that the page would be nothing else."""
    is_long = len(decided.text) > _LONGEST_AGAIN
    context = answered(request, decided.text, decided.answer) | {"too_long": is_long}
    return _page(request, TextForm.holding("" if is_long else decided.text), context, 200)


@sensitive_variables()
def _again(request: HtmxHttpRequest, sentence: str) -> HttpResponse:
    """The box with what stood in it, masked, and what is wrong with it; a huge text stands only in the browser still."""
    typed = request.POST.get("pasted", "")
    form = TextForm.holding(decoding.report_masked(typed) if len(typed) <= _LONGEST_AGAIN else "", sentence)
    return _page(request, form, {"refused": sentence}, 422)


@sensitive_variables()
def posted(request: HtmxHttpRequest) -> str:
    """What was typed and what the file holds. Raises InvalidInput for a file that is no text."""
    file = request.FILES.get("file")
    parts = [request.POST.get("pasted", ""), decoding.text_of(file.read()) if file else ""]
    return "\n".join(part for part in parts if part)


@sensitive_variables()
def _report(request: HtmxHttpRequest, text: str) -> HttpResponse:
    """A probe's report is shown as one: to members with a way to keep it, to strangers to read."""
    try:
        shown, body = reports.passing(uploads.look(text))
    except UploadRefused as refused:
        return _page(request, TextForm.holding("", str(refused)), {"refused": str(refused)}, 422)
    place = _place(request)
    context = {
        "reading": shown,
        "report": shown.report,
        "body": body,
        "vantage_name": shown.report["run"]["vantage"]["name"],
    }
    if place is not None:
        context |= {"environments": selectors.environment_names(place.user, place.team), "may": current.may(place)}
    return _page(request, TextForm.holding(decoding.report_masked(text)), context, 200)


@require_POST
@signed_in
@once
def check(request: SignedInRequest) -> HttpResponse:
    """A full run of an environment, begun with what a text suggested: its page shows the deciding checks first."""
    place = current.membership(request)
    form = CheckForm(request.POST, environments=selectors.environment_names(request.user, place.team))
    if not form.is_valid():
        messages.error(request, "Choose one of your team's environments, and start the run from there.")
        return redirect("environments")
    environment = selectors.get_environment_or_404(request.user, form.cleaned_data["environment"].pk)
    focus = {name: form.cleaned_data[name] for name in ("causes", "probes")}
    if form.cleaned_data["text"]:
        texts.place(request.user, selectors.get_text_or_404(request.user, form.cleaned_data["text"]), environment)
    try:
        started = runs.start(request.user, environment, focus=focus)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("environment", environment.pk)
    response = redirect("run", started.run.pk)
    upload_tokens.keep(response, started.run, started.upload_token, reverse("run", args=[started.run.pk]))
    return response


@takes_text(refuse)
@require_POST
@signed_in
@once
@sensitive_variables()
def report(request: SignedInRequest) -> HttpResponse:
    """A pasted report becomes a run of an environment, which may be made from what it says."""
    place = current.membership(request)
    access.require(request.user, place.team, Action.RUN)
    try:
        text = posted(request)
        run = _taken(request, place, text)
    except (UploadRefused, InvalidInput, Conflict) as refused:
        return _page(request, TextForm.holding("", str(refused)), {"refused": str(refused)}, 422)
    return moved(request, "run", run.pk)


def _taken(request: SignedInRequest, place: Membership, text: str) -> Run:
    chosen = request.POST.get("environment", "")
    if chosen == _NEW:
        return uploads.paste_new(request.user, place.team, text)
    form = CheckForm({"environment": chosen}, environments=selectors.environment_names(request.user, place.team))
    if not form.is_valid():
        raise InvalidInput({"environment": "Choose the environment that this report is of."})
    return uploads.paste(
        request.user, selectors.get_environment_or_404(request.user, form.cleaned_data["environment"].pk), text
    )


@takes_text(refuse)
@require_POST
@signed_in
@once
@sensitive_variables()
def keep(request: SignedInRequest) -> HttpResponse:
    """Keep the text for the team: masked here once more, whatever the browser sent."""
    place = current.membership(request)
    try:
        kept = texts.keep(request.user, place.team, posted(request))
    except InvalidInput as refused:
        return _again(request, " ".join(refused.errors.values()))
    messages.success(request, "Kept for your team, with its secrets masked.")
    return moved(request, "text", kept.pk)


def answered(request: HtmxHttpRequest, text: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What `paste/_told.html` shows of an answer to this person: the answer, and what can be done with it here."""
    shown = reading.read(text, answer)
    context: dict[str, Any] = {
        "answer": shown,
        "copied": text if len(text) <= _LONGEST_COPIED else "",
        "command": f"{reports.fetch_command()}\n{_probe_command(text, answer)}",
        "asks_money": shown.billed_check is not None,
        "tools": pages_schema.pages().tools_for(shown.cause),
    }
    place = _place(request)
    return context if place is None else context | _of_team(place, shown)


def _of_team(place: Membership, shown: reading.Shown) -> dict[str, Any]:
    user, team = place.user, place.team
    names = selectors.environment_names(user, team)
    own = [one for one in names if not one.practice]  # a practice network has a fault of its own, and not the text's
    client = _known_client(shown.answer)
    register = {"client": client["name"], "client_version": client["version"] or ""} if client else {}
    context: dict[str, Any] = {
        "environments": own,
        "practices": len(own) < len(names),
        "register": urlencode(register),
        "may": current.may(place),
    }
    cause = shown.cause if shown.cause != UNKNOWN else next(iter(shown.likely), "")
    if not cause or shown.state == "works":
        return context
    return context | {
        "similar_cause": cause,
        "similar": selectors.similar_cases(user, team, cause),
        "open_cases": selectors.cases(user, team, state="open", cause=cause, limit=3).rows,
        "last_run": next(iter(selectors.runs(user, team, cause=cause, limit=1).rows), None),
    }


def _known_client(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The client that the text names, if it has rules of its own here."""
    client: Mapping[str, Any] | None = answer["client"]
    return client if client is not None and client["has_rules"] else None


def _probe_command(text: str, answer: Mapping[str, Any]) -> str:
    """The probe as the client that the text names would connect; what the text does not name safely is left to the machine."""
    client = _known_client(answer)
    snapshot = {"client": client["name"], "client_version": client["version"] or ""} if client else {}
    return shlex.join(["python3", "probe.pyz", *reports.client_words(snapshot), *preset.words_of(text)])


def _place(request: HtmxHttpRequest) -> Membership | None:
    """The person's place in the team they look at; None for strangers and for who is in no team."""
    if not request.user.is_authenticated:
        return None
    try:
        return current.membership(cast(SignedInRequest, request))
    except Http404:
        return None


def _page(request: HtmxHttpRequest, form: TextForm, context: Mapping[str, Any], status: int) -> HttpResponse:
    """The whole page, or for htmx the answer's place alone, which it does not fill after a 500."""
    told = {"form": form, "samples": samples.samples(), "swap": bool(request.htmx), **context}
    if request.htmx:
        return render(request, "paste/_answer.html", told, status=min(status, 429))
    return render(request, "paste/page.html", told, status=status)
