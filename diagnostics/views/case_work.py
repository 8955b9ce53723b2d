"""What people do on a case besides writing and closing: title, assignee, waiting, cause, and their own notes."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics import selectors
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.cases import CauseForm, CloseForm, NoteForm, TitleForm
from diagnostics.models import Action, Case, User
from diagnostics.services import access, case_work, cases
from diagnostics.views import case_reading, notes
from diagnostics.views.http import SignedInRequest, signed_in

READ_OR_WRITE = require_http_methods(["GET", "HEAD", "POST"])


@READ_OR_WRITE
@signed_in
def edit(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Call it something else."""
    case = selectors.get_case_or_404(request.user, case_id)
    access.require(request.user, case.team, Action.WORK_CASES)
    form = TitleForm(request.POST if request.method == "POST" else None, initial={"title": case.title})
    if request.method == "POST" and form.is_valid():
        try:
            case_work.retitle(request.user, case, form.cleaned_data["title"])
        except InvalidInput as refused:
            form.add_error("title", refused.errors["title"])
        else:
            return redirect("case", case.pk)
    context = {"case": case, "form": form, "heading": "Call it something else", "button": "Save"}
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)


@READ_OR_WRITE
@signed_in
def cause(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """It was something else."""
    case = selectors.get_case_or_404(request.user, case_id)
    access.require(request.user, case.team, Action.WORK_CASES)
    form = CauseForm(request.POST if request.method == "POST" else None, initial=_said_of_the_run(case))
    if request.method == "POST" and form.is_valid():
        try:
            case_work.change_cause(request.user, case, form.cleaned_data["cause"], form.cleaned_data["why"])
        except (Conflict, InvalidInput) as refused:
            refusing.tell(form, refused)
        else:
            messages.success(request, "The cause is changed. The timeline says who changed it and why.")
            return redirect("case", case.pk)
    context = {
        "case": case,
        "form": form,
        "heading": "Say what it was" if case.cause == UNKNOWN else "It was something else",
        "now": case_reading.cause_title(case.cause),
        "button": "Save the cause" if case.cause == UNKNOWN else "Change the cause",
    }
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)


def _said_of_the_run(case: Case) -> dict[str, str]:
    """What somebody said of the verdict that opened the case, where the case does not follow it yet."""
    said = selectors.standing_of_case(case)
    return {"cause": said.believed, "why": said.why} if said is not None and said.believed != case.cause else {}


@READ_OR_WRITE
@signed_in
def resolution(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Other words for what it was and what fixed it, without opening it again."""
    case = selectors.get_case_or_404(request.user, case_id)
    access.require(request.user, case.team, Action.WORK_CASES)
    if request.method != "POST" and case.state == Case.State.OPEN:
        return redirect(f"{reverse('case', args=[case.pk])}#close")
    written = {"what_it_was": case.what_it_was, "what_fixed": case.what_fixed}
    form = CloseForm(request.POST if request.method == "POST" else None, initial=written)
    if request.method == "POST" and form.is_valid():
        try:
            cases.resolve_anew(request.user, case, form.cleaned_data["what_fixed"], form.cleaned_data["what_it_was"])
        except (Conflict, InvalidInput) as refused:
            refusing.tell(form, refused)
        else:
            return redirect("case", case.pk)
    return resolution_page(request, case, form)


def resolution_page(request: SignedInRequest, case: Case, form: CloseForm) -> HttpResponse:
    """The form for it; above it what stands there, where something else was typed."""
    context = {
        "case": case,
        "form": form,
        "heading": "What it was and what fixed it",
        "button": "Save",
        "action": reverse("case_resolution", args=[case.pk]),
        "standing": bool(form.errors) and case.state == Case.State.CLOSED,
    }
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def assign(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """It is somebody's, or nobody's."""
    case = selectors.get_case_or_404(request.user, case_id)
    wanted = request.POST.get("assignee", "")

    def carry_out() -> None:
        case_work.assign(request.user, case, _person(wanted, request.user))

    return _carried_out(request, case.pk, carry_out)


@require_POST
@signed_in
def wait(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """It waits for somebody, or no longer."""
    case = selectors.get_case_or_404(request.user, case_id)
    whom = "" if "over" in request.POST else request.POST.get("waiting_on", "")
    return _carried_out(request, case.pk, lambda: case_work.wait(request.user, case, whom))


@READ_OR_WRITE
@signed_in
def note_edit(request: SignedInRequest, case_id: UUID, event_id: UUID) -> HttpResponse:
    """Other words for one's own note."""
    note = selectors.get_note_or_404(request.user, case_id, event_id)
    access.require(request.user, note.case.team, Action.WORK_CASES)
    if request.method != "POST" and not case_work.may_edit(request.user, note):
        messages.error(request, "A note can be edited by who wrote it, for one day.")
        return redirect("case", case_id)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": note.text})
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = note_preview(request.user, note.case, form)
        else:
            try:
                case_work.edit_note(request.user, note, form.cleaned_data["text"])
            except (Conflict, InvalidInput) as refused:
                refusing.tell(form, refused)
            else:
                return redirect("case", case_id)
    context = {"case": note.case, "form": form, "heading": "Edit the note", "button": "Save", "preview": preview}
    context |= {"may_preview": True}
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def note_delete(request: SignedInRequest, case_id: UUID, event_id: UUID) -> HttpResponse:
    """Take one's own note back."""
    note = selectors.get_note_or_404(request.user, case_id, event_id)
    return _carried_out(request, case_id, lambda: case_work.delete_note(request.user, note))


def note_preview(user: User, case: Case, form: NoteForm) -> SafeString | str:
    """The note as the timeline would show it, "" where the form is told why there is none."""
    access.require(user, case.team, Action.WORK_CASES)
    if not form.is_valid():
        return ""
    try:
        return notes.render(cases.as_stored(user, case, form.cleaned_data["text"]))
    except InvalidInput as refused:
        form.add_error("text", refused.errors["text"])
        return ""


def _carried_out(request: SignedInRequest, case_id: UUID, action: Callable[[], None]) -> HttpResponse:
    """Do it and go back to the case, with the sentence that says why not where it cannot be done."""
    try:
        action()
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
    return redirect("case", case_id)


def _person(wanted: str, viewer: User) -> User | None:
    if wanted == "me":
        return viewer
    if not wanted:
        return None
    try:
        found = User.objects.filter(pk=UUID(wanted)).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput({"assignee": "Choose somebody of this team who may work on cases."})
    return found
