"""From the first failing run to the proven fix: cases open, fill and close here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from diagnostics import likeness, selectors
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Case, CaseEvent, Environment, PastedText, Run, Team, User
from diagnostics.services import audit, case_words, environments, judging, locks
from diagnostics.services.access import require
from diagnostics.services.redaction import fit, written

LONGEST = 10_000  # characters of a note or a resolution


@transaction.atomic
def record(run: Run) -> None:
    """Put a finished full run into its case; part of the transaction that freezes it.

    A failing run opens the case of its environment and cause or joins the open one. A healthy run turns every open case
    of the environment green; a failing one of another cause is told to them, since their cause no longer shows.
    """
    if run.kind != Run.Kind.FULL:
        return
    hold_for(run, run.cause)
    others = Case.objects.filter(environment=run.environment_id, state=Case.State.OPEN).exclude(cause=run.cause)
    for case in others:
        says = "The client works." if run.cause == HEALTHY else f"A later run names another cause: {run.title}"
        tell(case, CaseEvent.Kind.RUN, says, run=run)
    if run.cause == HEALTHY:
        others.filter(green_since=None).update(green_since=run.finished_at)
        return
    case = _open_or_join(run)
    Run.objects.filter(pk=run.pk).update(case=case)
    run.case = case
    Case.objects.filter(pk=case.pk).update(green_since=None)
    tell(case, CaseEvent.Kind.RUN, run.title, run=run)


def hold_for(run: Run, cause: str) -> None:
    """What a run that ends with this cause may change, from the top: the number of a case is its team's."""
    if run.kind == Run.Kind.FULL and cause != HEALTHY:
        locks.hold_team(run.team_id)
    locks.hold_environment(run.environment_id)


def _open_or_join(run: Run) -> Case:
    """The open case of this environment and cause; of runs that finish together one opens it and the others join."""
    mine = Case.objects.filter(environment=run.environment_id, cause=run.cause, state=Case.State.OPEN)
    found = mine.first()
    if found is not None:
        if not found.traits:  # opened by hand, before anything was measured
            Case.objects.filter(pk=found.pk).update(**traits_of(run))
        return found
    at = run.finished_at or timezone.now()
    case = Case(team_id=run.team_id, environment=run.environment, cause=run.cause, said=run.cause, title=run.title)
    try:
        with transaction.atomic():
            return open_new(case, at, **traits_of(run))
    except IntegrityError:
        return mine.get()


def open_new(case: Case, at: datetime, **values: Any) -> Case:
    """Give it its number, store it, and let it be found. Whoever calls holds the team."""
    Team.objects.filter(pk=case.team_id).update(cases_opened=F("cases_opened") + 1)
    case.number = Team.objects.values_list("cases_opened", flat=True).get(pk=case.team_id)
    case.opened_at = case.changed_at = at
    for name, value in values.items():
        setattr(case, name, value)
    case.save(force_insert=True)
    case_words.renew(case)
    return case


def traits_of(run: Run) -> dict[str, Any]:
    """Columns of a case: what was measured by this run that makes cases alike."""
    report = selectors.report(run)
    found = likeness.traits(report) if report is not None else {}
    return {"traits": found, "telling": likeness.telling(found)}


@transaction.atomic
def add_note(user: User, case: Case, text: str) -> CaseEvent:
    """A note in the timeline, in Markdown; of keys and passwords in it only whose they are stays."""
    note = tell(case, CaseEvent.Kind.NOTE, as_stored(user, case, text), author=user)
    case_words.renew(case)
    return note


def as_stored(user: User, case: Case, text: str) -> str:
    """What a note of this text would say, for its preview too: a secret that is masked only when it is saved looks as if it stayed."""
    require(user, case.team, Action.WORK_CASES)
    return clean(case.environment, text, "text", "Write what you saw or tried.")


@transaction.atomic
def close(user: User, case: Case, what_fixed: str, what_it_was: str = "") -> None:
    """Close it with what it was and what fixed it: the next person with this cause will read that."""
    require(user, case.team, Action.WORK_CASES)
    fixed, was = _resolution(case, what_fixed, what_it_was)
    locks.hold_environment(case.environment_id)
    now = timezone.now()
    took = max(0, int((now - case.opened_at).total_seconds()))
    values = {"closed_at": now, "closed_by": user, "what_fixed": fixed, "what_it_was": was, "took": took}
    still_open = Case.objects.filter(pk=case.pk, state=Case.State.OPEN)
    if not still_open.update(state=Case.State.CLOSED, waiting_on="", **values):
        raise Conflict("This case is closed already.")
    tell(case, CaseEvent.Kind.FIX, _as_line(fixed, was), author=user)
    case.refresh_from_db()
    judging.confirm(user, case)
    case_words.renew(case)


@transaction.atomic
def resolve_anew(user: User, case: Case, what_fixed: str, what_it_was: str = "") -> None:
    """Other words for what it was and what fixed it. The time it took stays; the timeline keeps what stood there before."""
    require(user, case.team, Action.WORK_CASES)
    fixed, was = _resolution(case, what_fixed, what_it_was)
    if (fixed, was) == (case.what_fixed, case.what_it_was):
        return
    closed = Case.objects.filter(pk=case.pk, state=Case.State.CLOSED)
    if not closed.update(what_fixed=fixed, what_it_was=was):
        raise Conflict("This case was opened again: close it with these words.")
    case.what_fixed, case.what_it_was = fixed, was
    tell(case, CaseEvent.Kind.FIX, _as_line(fixed, was), author=user)
    case_words.renew(case)


def _resolution(case: Case, what_fixed: str, what_it_was: str) -> tuple[str, str]:
    fixed = clean(
        case.environment, what_fixed, "what_fixed", "Say in a sentence what fixed it: it helps the next person."
    )
    return fixed, clean(case.environment, what_it_was, "what_it_was")


def _as_line(fixed: str, was: str) -> str:
    return f"What it was: {was}\nWhat fixed it: {fixed}" if was else fixed


@transaction.atomic
def reopen(user: User, case: Case) -> None:
    """Open it again, unless a new case of the same environment and cause is open meanwhile. Its resolution stays readable."""
    require(user, case.team, Action.WORK_CASES)
    locks.hold_environment(case.environment_id)
    closed = Case.objects.filter(pk=case.pk, state=Case.State.CLOSED)
    try:
        with transaction.atomic():
            changed = closed.update(state=Case.State.OPEN, closed_at=None, closed_by=None, green_since=None, took=None)
    except IntegrityError:
        raise same_open(case.environment_id, case.cause) from None
    if not changed:
        raise Conflict("This case is open already.")
    judging.withdraw_confirmation(case)
    tell(case, CaseEvent.Kind.STATE, "Opened again.", author=user)
    audit.record(case.team, user, "case_reopened", f"case {case.number}", f"/cases/{case.pk}/")
    case.refresh_from_db()


def same_open(environment_id: UUID | None, cause: str) -> Conflict:
    """The refusal where another case of the same environment and cause is open."""
    same = Case.objects.filter(environment=environment_id, cause=cause, state=Case.State.OPEN).first()
    if same is None:  # it was closed in this very moment
        return Conflict("Somebody else changed a case of the same cause just now: try once more.")
    return Conflict(f"Case {same.number} is open for the same cause here: go on there.")


@transaction.atomic
def attach(user: User, case: Case, pasted: PastedText) -> None:
    """A kept text becomes a line of the timeline; once, however often somebody presses."""
    require(user, case.team, Action.WORK_CASES)
    if case.state != Case.State.OPEN:
        raise Conflict("This case is closed: open it again before you add to it.")
    if not CaseEvent.objects.filter(case=case, pasted=pasted).exists():
        tell(case, CaseEvent.Kind.TEXT, pasted.title, author=user, pasted=pasted)


def tell_wizard(case: Case | None, text: str, author: User | None, run: Run | None = None) -> None:
    """A line of the timeline about the wizard's progress; runs without a case have none."""
    if case is not None:
        tell(case, CaseEvent.Kind.WIZARD, text, author=author, run=run)


def tell_handed(case: Case | None, text: str, author: User | None, run: Run | None = None) -> None:
    """A line of the timeline about somebody outside the team; runs without a case have none."""
    if case is not None:
        tell(case, CaseEvent.Kind.HANDED, text, author=author, run=run)


def tell(
    case: Case,
    kind: str,
    text: str,
    author: User | None = None,
    run: Run | None = None,
    pasted: PastedText | None = None,
) -> CaseEvent:
    """Add a line to the timeline; the case counts as changed."""
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(changed_at=now)
    return CaseEvent.objects.create(
        team_id=case.team_id, case=case, at=now, kind=kind, author=author, text=text, run=run, pasted=pasted
    )


def clean(environment: Environment | None, text: str, field: str, when_empty: str = "", most: int = LONGEST) -> str:
    """What somebody wrote, fit to be stored. Raises InvalidInput by `field`, also for nothing where `when_empty` says so."""
    text = fit(text.strip())
    if not text and when_empty:
        raise InvalidInput({field: when_empty})
    if len(text) > most:
        raise InvalidInput({field: f"This is too long: at most {most} characters."})
    return written(text, environments.secrets_of(environment) if environment is not None else ())
