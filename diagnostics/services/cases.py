"""From the first failing run to the proven fix: cases open, fill and close here."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Case, CaseEvent, PastedText, Run, Team, User
from diagnostics.services import environments
from diagnostics.services.access import require
from diagnostics.services.redaction import redact

_LONGEST_NOTE = 10_000  # characters


@transaction.atomic
def record(run: Run) -> None:
    """Put a finished full run into its case; part of the transaction that freezes it.

    A failing run opens the case of its environment and cause or joins the open one. A healthy run turns every open case
    of the environment green; a failing one of another cause is told to them, since their cause no longer shows.
    """
    if run.kind != Run.Kind.FULL:
        return
    others = Case.objects.filter(environment=run.environment_id, state=Case.State.OPEN).exclude(cause=run.cause)
    for case in others:
        says = "The client works." if run.cause == HEALTHY else f"A later run names another cause: {run.title}"
        _tell(case, CaseEvent.Kind.RUN, says, run=run)
    if run.cause == HEALTHY:
        others.filter(green_since=None).update(green_since=run.finished_at)
        return
    case = _open_or_join(run)
    Run.objects.filter(pk=run.pk).update(case=case)
    run.case = case
    Case.objects.filter(pk=case.pk).update(green_since=None)
    _tell(case, CaseEvent.Kind.RUN, run.title, run=run)


def _open_or_join(run: Run) -> Case:
    """The open case of this environment and cause; of runs that finish together one opens it and the others join."""
    mine = Case.objects.filter(environment=run.environment_id, cause=run.cause, state=Case.State.OPEN)
    found = mine.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return _open(run)
    except IntegrityError:
        return mine.get()


def _open(run: Run) -> Case:
    Team.objects.filter(pk=run.team_id).update(cases_opened=F("cases_opened") + 1)
    number = Team.objects.values_list("cases_opened", flat=True).get(pk=run.team_id)
    at = run.finished_at or timezone.now()
    return Case.objects.create(
        team_id=run.team_id,
        number=number,
        environment_id=run.environment_id,
        cause=run.cause,
        title=run.title,
        opened_at=at,
        changed_at=at,
    )


@transaction.atomic
def add_note(user: User, case: Case, text: str) -> CaseEvent:
    """A note in the timeline; keys and passwords in it are replaced by their shape."""
    require(user, case.team, Action.WORK_CASES)
    return _tell(case, CaseEvent.Kind.NOTE, _clean(case, text, "text", "Write what you saw or tried."), author=user)


@transaction.atomic
def close(user: User, case: Case, what_fixed: str) -> None:
    """Close it with what fixed it: the next person with this cause will read that."""
    require(user, case.team, Action.WORK_CASES)
    words = _clean(case, what_fixed, "what_fixed", "Say in a sentence what fixed it: it helps the next person.")
    now = timezone.now()
    closed = Case.objects.filter(pk=case.pk, state=Case.State.OPEN).update(
        state=Case.State.CLOSED, closed_at=now, closed_by=user, what_fixed=words
    )
    if not closed:
        raise Conflict("This case is closed already.")
    _tell(case, CaseEvent.Kind.FIX, words, author=user)
    case.refresh_from_db()


@transaction.atomic
def reopen(user: User, case: Case) -> None:
    """Open it again, unless a new case of the same environment and cause is open meanwhile."""
    require(user, case.team, Action.WORK_CASES)
    closed = Case.objects.filter(pk=case.pk, state=Case.State.CLOSED)
    try:
        with transaction.atomic():
            changed = closed.update(state=Case.State.OPEN, closed_at=None, closed_by=None, green_since=None)
    except IntegrityError:
        same = Case.objects.get(environment=case.environment_id, cause=case.cause, state=Case.State.OPEN)
        raise Conflict(f"Case {same.number} is open for the same cause here: go on there.") from None
    if not changed:
        raise Conflict("This case is open already.")
    _tell(case, CaseEvent.Kind.STATE, "Opened again.", author=user)
    case.refresh_from_db()


@transaction.atomic
def attach(user: User, case: Case, pasted: PastedText) -> None:
    """A kept text becomes a line of the timeline; once, however often somebody presses."""
    require(user, case.team, Action.WORK_CASES)
    if case.state != Case.State.OPEN:
        raise Conflict("This case is closed: open it again before you add to it.")
    if not CaseEvent.objects.filter(case=case, pasted=pasted).exists():
        _tell(case, CaseEvent.Kind.TEXT, pasted.title, author=user, pasted=pasted)


def tell_wizard(case: Case | None, text: str, author: User | None, run: Run | None = None) -> None:
    """A line of the timeline about the wizard's progress; runs without a case have none."""
    if case is not None:
        _tell(case, CaseEvent.Kind.WIZARD, text, author=author, run=run)


def _tell(
    case: Case,
    kind: str,
    text: str,
    author: User | None = None,
    run: Run | None = None,
    pasted: PastedText | None = None,
) -> CaseEvent:
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(changed_at=now)
    return CaseEvent.objects.create(
        team_id=case.team_id, case=case, at=now, kind=kind, author=author, text=text, run=run, pasted=pasted
    )


def _clean(case: Case, text: str, field: str, when_empty: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput({field: when_empty})
    if len(text) > _LONGEST_NOTE:
        raise InvalidInput({field: f"This is too long: at most {_LONGEST_NOTE} characters."})
    return redact(text, environments.secrets_of(case.environment))
