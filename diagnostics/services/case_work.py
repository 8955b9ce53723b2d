"""Working on a case: opening one by hand, whose it is, whom it waits for, what it is called and what caused it, its notes."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from diagnostics.engine.vocabulary import CAUSES, HEALTHY
from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import Action, Case, CaseEvent, Environment, Membership, PastedText, Run, Team, User
from diagnostics.services import case_words, cases, journal, judging, locks
from diagnostics.services.access import require

EDITABLE_FOR = timedelta(days=1)
"""How long a note can be edited by who wrote it; after that others have read it and acted on it."""

_LONGEST_TITLE, _LONGEST_NAME = 200, 120


@transaction.atomic
def open_by_hand(
    user: User,
    team: Team,
    *,
    title: str,
    cause: str,
    environment: Environment | None = None,
    note: str = "",
    run: Run | None = None,
    pasted: PastedText | None = None,
) -> Case:
    """A case that no run has opened. With a run or a kept text it begins with that. Raises InvalidInput, Conflict."""
    require(user, team, Action.WORK_CASES)
    environment = run.environment if run is not None else environment
    if any(one is not None and one.team_id != team.pk for one in (environment, run, pasted)):
        raise Http404("There is nothing here.")
    if cause not in CAUSES or cause == HEALTHY:
        raise InvalidInput({"cause": "Choose a cause from the list, or that it is not known yet."})
    words = cases.clean(environment, title, "title", "Say in a few words what is wrong.", _LONGEST_TITLE)
    first = cases.clean(environment, note, "note")
    locks.hold_team(team.pk)
    locks.hold_environment(environment.pk if environment is not None else None)
    if run is not None:
        _refuse_second_case(run)
    case = Case(team=team, environment=environment, cause=cause, title=words[:_LONGEST_TITLE], opened_by=user)
    try:
        with transaction.atomic():
            cases.open_new(case, timezone.now(), **(cases.traits_of(run) if run is not None else {}))
    except IntegrityError:
        raise cases.same_open(environment.pk if environment else None, cause) from None
    cases.tell(case, CaseEvent.Kind.STATE, "Opened by hand.", author=user)
    if run is not None:
        Run.objects.filter(pk=run.pk).update(case=case)
        cases.tell(case, CaseEvent.Kind.RUN, run.title or run.get_status_display(), run=run)
    if pasted is not None:
        cases.attach(user, case, pasted)
    if first:
        cases.add_note(user, case, first)
    return case


def _refuse_second_case(run: Run) -> None:
    """A run that ends in this moment, or of two who press at once the first, may have put it into one."""
    number = Run.objects.filter(pk=run.pk).values_list("case__number", flat=True).first()
    if number is not None:
        raise Conflict(f"This run belongs to case {number}: go on there.")


@transaction.atomic
def retitle(user: User, case: Case, title: str) -> None:
    """Call it something else; the timeline keeps what it was called."""
    require(user, case.team, Action.WORK_CASES)
    words = cases.clean(case.environment, title, "title", "Say in a few words what is wrong.", _LONGEST_TITLE)
    if words == case.title:
        return
    before, case.title = case.title, words[:_LONGEST_TITLE]
    Case.objects.filter(pk=case.pk).update(title=case.title)
    cases.tell(
        case, CaseEvent.Kind.STATE, f"Called \u201c{case.title}\u201d, before: \u201c{before}\u201d.", author=user
    )
    case_words.renew(case)


@transaction.atomic
def assign(user: User, case: Case, person: User | None) -> None:
    """It is this person's, or nobody's. Only who may work on cases can have one."""
    require(user, case.team, Action.WORK_CASES)
    if person is not None:
        place = Membership.objects.filter(team=case.team_id, user=person).first()
        if place is None or not place.allows(Action.WORK_CASES):
            raise InvalidInput({"assignee": "Choose somebody of this team who may work on cases."})
    if Case.objects.filter(pk=case.pk, assignee=person).exists():
        return
    Case.objects.filter(pk=case.pk).update(assignee=person)
    case.assignee = person
    says = "Taken." if person == user else f"Assigned to {person}." if person is not None else "Assigned to nobody."
    cases.tell(case, CaseEvent.Kind.STATE, says, author=user)


@transaction.atomic
def unassign_all(membership: Membership, why: str = "left the team") -> None:
    """Somebody works on cases no longer: their open ones are nobody's, and say so. Whoever calls holds the team."""
    mine = Case.objects.filter(team=membership.team_id, assignee=membership.user_id, state=Case.State.OPEN)
    locks.hold_environments(mine.values("environment"))
    for case in mine:
        cases.tell(case, CaseEvent.Kind.STATE, f"{membership.user} {why}: assigned to nobody.")
    mine.update(assignee=None)


@transaction.atomic
def wait(user: User, case: Case, whom: str) -> None:
    """It waits for somebody outside, `whom` in a few words; empty: it waits no longer."""
    require(user, case.team, Action.WORK_CASES)
    words = cases.clean(case.environment, whom, "waiting_on", "", _LONGEST_NAME)[:_LONGEST_NAME]
    if words == case.waiting_on:
        return
    if not Case.objects.filter(pk=case.pk, state=Case.State.OPEN).update(waiting_on=words):
        raise Conflict("This case is closed: it waits for nobody.")
    case.waiting_on = words
    cases.tell(case, CaseEvent.Kind.STATE, f"Waiting for {words}." if words else "Waiting no longer.", author=user)


@transaction.atomic
def change_cause(user: User, case: Case, cause: str, why: str) -> None:
    """It was something else: the timeline tells who says so and why, and the verdict that opened it counts as contradicted."""
    require(user, case.team, Action.WORK_CASES)
    if cause == case.cause:
        raise InvalidInput({"cause": "That is the cause it has. Choose another one."})
    if cause == HEALTHY:
        raise InvalidInput({"cause": "Nothing wrong is no cause: close the case and say what it was."})
    why = cases.clean(case.environment, judging.check(cause, "", why), "why")
    before = case.cause
    locks.hold_environment(case.environment_id)
    try:
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(cause=cause)
    except IntegrityError:
        raise cases.same_open(case.environment_id, cause) from None
    case.cause = cause
    told = f"Cause: {case_words.title_of(cause)}, before: {case_words.title_of(before)}. {why}"
    cases.tell(case, CaseEvent.Kind.CAUSE, told, author=user)
    judging.cause_changed(user, case, why)
    case_words.renew(case)


@transaction.atomic
def edit_note(user: User, note: CaseEvent, text: str) -> None:
    """Other words for one's own note, within a day; it says from then on that it was edited."""
    _own(user, note)
    if not may_edit(user, note):
        raise Conflict("A note can be edited for one day: write another one that says what is different.")
    words = cases.clean(note.case.environment, text, "text", "Write what you saw or tried, or delete the note.")
    if words != note.text:
        standing = CaseEvent.objects.filter(pk=note.pk, deleted_at=None)
        if not standing.update(text=words, edited_at=timezone.now()):
            raise Conflict("This note was deleted.")
        case_words.renew(note.case)


@transaction.atomic
def delete_note(user: User, note: CaseEvent) -> None:
    """Take one's own note back: its words are gone for good, and a line says that there was one."""
    _own(user, note)
    CaseEvent.objects.filter(pk=note.pk).update(text="", deleted_at=timezone.now())
    case_words.renew(note.case)
    journal.empty(words=True)


def may_edit(user: User, note: CaseEvent) -> bool:
    """Whether this person can still edit it."""
    fresh = timezone.now() - note.at < EDITABLE_FOR
    return note.author_id == user.pk and note.deleted_at is None and fresh


def _own(user: User, note: CaseEvent) -> None:
    require(user, note.case.team, Action.WORK_CASES)
    if note.author_id != user.pk:
        raise NotAllowed("Only who wrote a note can change it.")
    if note.deleted_at is not None:
        raise Conflict("This note was deleted.")
