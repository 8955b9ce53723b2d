"""Cases: the list and its search, one case, opening one by hand, closing and opening again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from diagnostics.examples_schema import examples
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.cases import CloseForm, NewCaseForm, NoteForm
from diagnostics.models import Action, Case, Environment, Membership, PastedText, Run
from diagnostics.services import access, cases
from diagnostics.services.case_work import open_by_hand
from diagnostics.views import case_list, case_reading, case_work, current
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.knowing.search import holds_a_key
from diagnostics.views.once import once

_RED_AGAIN = "A run has failed since this page was opened. Look at it first; if it is over all the same, close the case once more."


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """The team's cases: those that changed last first, or what the words find, the newest first; ``#12`` leads to case 12."""
    if holds_a_key(request.GET.get("q", "")[:8_192]):
        return _refused(request)
    place = current.membership(request)
    asked = case_list.Asked.of(request.GET)
    numbered = selectors.case_numbered(request.user, place.team, asked.number) if asked.number is not None else None
    if numbered is not None and not request.htmx:
        return redirect("case", numbered.pk)
    environments = selectors.environment_names(request.user, place.team, besides=_uuid(asked.environment))
    people = selectors.members(request.user, place.team)
    wanted, before = asked.filter(request.user, environments, people), request.GET.get("before")
    if numbered is not None:
        page: selectors.Page[Case] = selectors.Page([numbered], None)
    elif asked.query:
        page = selectors.search_cases(request.user, place.team, asked.query, wanted, before)
    else:
        page = selectors.cases_where(request.user, place.team, wanted, before)
    first = not (asked.query or wanted.narrows or before)
    context = {
        "page": page,
        "results": case_list.results(page.rows, asked.query) if asked.query and numbered is None else (),
        "asked": asked,
        "narrowed": bool(asked.query) or wanted.narrows,
        "selects": asked.selects(environments, people),
        "examples": examples() if first else (),
        "refused": request.GET.get("refused") == "1",
        "may": current.may(place),
    }
    return render(request, "cases/index.html", context)


def _refused(request: SignedInRequest) -> HttpResponse:
    """A key was typed into the search: it is not repeated, and does not stay in the address."""
    to = f"{reverse('cases')}?refused=1"
    response = HttpResponse() if request.htmx else HttpResponseRedirect(to, status=303)
    if request.htmx:
        response["HX-Redirect"] = to
    response["Cache-Control"], response["Referrer-Policy"] = "no-store", "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Open a case by hand; ``run``, ``text`` or ``environment`` in the address fill it in."""
    asked = request.POST if request.method == "POST" else request.GET
    run, pasted, place = _begins_with(request, asked.get("run"), asked.get("text"), asked.get("environment"))
    access.require(request.user, place.team, Action.WORK_CASES)
    environments = None if run is not None else selectors.environment_names(request.user, place.team)
    if request.method != "POST":
        form = NewCaseForm(initial=_initial(run, pasted, asked.get("environment")), environments=environments)
    else:
        form = NewCaseForm(request.POST, environments=environments)
        if form.is_valid():
            told: dict[str, Any] = {
                name: form.cleaned_data.get(name) for name in ("title", "cause", "environment", "note")
            }
            try:
                made = open_by_hand(request.user, place.team, **told, run=run, pasted=pasted)
            except (Conflict, InvalidInput) as refused:
                refusing.tell(form, refused)
            else:
                messages.success(request, f"Case {made.number} is open.")
                return redirect("case", made.pk)
    context = {"form": form, "run": run, "pasted": pasted}
    return render(request, "cases/new.html", context, status=422 if form.errors else 200)


def _begins_with(
    request: SignedInRequest, run_id: str | None, text_id: str | None, environment_id: str | None
) -> tuple[Run | None, PastedText | None, Membership]:
    """The run and the kept text that the case begins with, and the place in their team; what is no id is not asked for."""
    run = text = environment = None
    if (known := _uuid(run_id)) is not None:
        run = selectors.get_run_or_404(request.user, known)
    if (known := _uuid(text_id)) is not None:
        text = selectors.get_text_or_404(request.user, known)
    if (known := _uuid(environment_id)) is not None:
        environment = selectors.get_environment_or_404(request.user, known)
    row: Run | PastedText | Environment | None = run or text or environment
    return run, text, current.membership_in(request, row.team_id) if row is not None else current.membership(request)


def _uuid(written: str | None) -> UUID | None:
    try:
        return UUID(written or "")
    except ValueError:
        return None


def _initial(run: Run | None, pasted: PastedText | None, environment: str | None) -> dict[str, object]:
    known: dict[str, object] = {"environment": environment or None}
    if run is not None:
        cause = run.cause if run.cause not in ("", HEALTHY) else UNKNOWN
        known = {"title": run.title, "cause": cause, "environment": run.environment_id, "run": run.pk}
    elif pasted is not None:
        known |= {"title": pasted.title, "cause": pasted.cause, "text": pasted.pk}
        known |= {"environment": pasted.environment_id} if pasted.environment_id else {}
    return known


@require_safe
@signed_in
def detail(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """One case with its timeline."""
    return page(request, selectors.get_case_or_404(request.user, case_id))


@require_POST
@signed_in
@once
def note(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Add a note to the timeline, or show what it will look like."""
    case = selectors.get_case_or_404(request.user, case_id)
    access.require(request.user, case.team, Action.WORK_CASES)
    form = NoteForm(request.POST)
    if "preview" in request.POST:
        shown = case_work.note_preview(request.user, case, form)
        if request.htmx:
            return render(request, "cases/_preview.html", {"preview": shown, "form": form})
        return page(request, case, form, preview=shown)
    if form.is_valid():
        try:
            made = cases.add_note(request.user, case, form.cleaned_data["text"])
        except InvalidInput as refused:
            form.add_error("text", refused.errors["text"])
        else:
            return redirect(f"{reverse('case', args=[case.pk])}#event-{made.pk}")
    return page(request, case, form)


@require_POST
@signed_in
@once
def close(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Close it with what it was and what fixed it."""
    case = selectors.get_case_or_404(request.user, case_id)
    access.require(request.user, case.team, Action.WORK_CASES)
    form = CloseForm(request.POST)
    if request.POST.get("told") == "green" and case.green_since is None:
        form.add_error(None, _RED_AGAIN)
    if form.is_valid():
        try:
            cases.close(request.user, case, form.cleaned_data["what_fixed"], form.cleaned_data["what_it_was"])
        except InvalidInput as refused:
            refusing.tell(form, refused)
        except Conflict:
            return _closed_by_another(request, case, form)
        else:
            messages.success(request, _closed(request, case))
            return redirect("case", case.pk)
    return page(request, case, close_form=form)


def _closed_by_another(request: SignedInRequest, case: Case, form: CloseForm) -> HttpResponse:
    """Somebody was quicker: what they wrote, and this person's words in a form that can take its place."""
    case.refresh_from_db()
    form.add_error(
        None,
        f"{case.closed_by or 'Somebody'} has closed this case already. "
        "Your words are kept here: saved, they take the place of those above.",
    )
    return case_work.resolution_page(request, case, form)


def _closed(request: SignedInRequest, case: Case) -> str:
    """What closing did, and the way back."""
    return format_html(
        '<form class="spread" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        "<span>Case {} is closed.{}</span>"
        '<button type="submit" class="button">Open it again</button></form>',
        reverse("case_reopen", args=[case.pk]),
        get_token(request),
        case.number,
        "" if case.cause == UNKNOWN else " Whoever meets this cause next sees what fixed it.",
    )


@require_POST
@signed_in
@once
def reopen(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Open a closed case again."""
    case = selectors.get_case_or_404(request.user, case_id)
    try:
        cases.reopen(request.user, case)
    except Conflict as refused:
        messages.error(request, str(refused))
    return redirect("case", case.pk)


def page(
    request: SignedInRequest,
    case: Case,
    note_form: NoteForm | None = None,
    close_form: CloseForm | None = None,
    preview: str | None = None,
) -> HttpResponse:
    """The case's page, with what somebody has just written into one of its forms."""
    place = current.membership_in(request, case.team_id)
    events = selectors.recent_events(case, request.GET.get("before"))
    may = current.may(place)
    assigns = may["work_cases"] and case.state == Case.State.OPEN
    told = any(event.kind == event.Kind.CAUSE for event in events.rows)
    doubted = case.said and (case.said != case.cause or told or events.next or request.GET.get("before"))
    judgement = selectors.standing_of_case(case) if doubted else None
    written = {"what_it_was": case.what_it_was, "what_fixed": case.what_fixed}
    context = {
        "case": case,
        "copy_label": f"Copy {case.mark}",
        "timeline": case_reading.lines(events.rows, request.user),
        "page": events,
        "similar": case_reading.of_case(request.user, case),
        "judgement": judgement,
        "believed_title": case_reading.cause_title(judgement.believed) if judgement is not None else "",
        "cause_title": case_reading.cause_title(case.cause),
        "said_title": case_reading.cause_title(case.said) if case.said != case.cause else "",
        "note_form": note_form or NoteForm(),
        "close_form": close_form or CloseForm(initial=written),
        "preview": preview,
        "people": selectors.members(request.user, case.team) if assigns else (),
        "may": may,
    }
    failed = bool(note_form and note_form.errors) or bool(close_form and close_form.errors)
    return render(request, "cases/detail.html", context, status=422 if failed else 200)
