"""What people say of a verdict: it was right, or it was something else. No report is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine.vocabulary import CAUSES, UNKNOWN
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Case, CaseEvent, Judgement, Run, User
from diagnostics.services import environments, locks
from diagnostics.services.access import require
from diagnostics.services.case_words import title_of
from diagnostics.services.redaction import scrub, written

LONGEST = 2_000  # characters of why


@transaction.atomic
def contradict(user: User, run: Run, believed: str, why: str) -> Judgement:
    """It was something else: `believed` is a cause, or `unknown`. One word stands for a run; a confirmation gives way to it."""
    require(user, run.team, Action.WORK_CASES)
    if run.report is None or run.kind != Run.Kind.FULL:
        raise Conflict("This run has given no verdict.")
    if run.environment.practice:
        raise Conflict("This is the practice range: what is broken there is known, so nobody's word counts.")
    told = check(believed, run.cause, why)
    locks.hold_environment(run.environment_id)  # of two who contradict at once the second hears of the first
    standing = selectors.judgement_of(run)
    if standing is not None and not standing.confirms:
        raise Conflict(f"{standing.by or 'Somebody'} has contradicted this verdict already: take that back first.")
    made = _store(user, run, believed, written(told, environments.secrets_of(run.environment)), run.case)
    if run.case is not None:
        _tell(run.case, f"The verdict was contradicted. It was: {title_of(believed)}. {made.why}", user, run)
    return made


def check(believed: str, said: str, why: str) -> str:
    """Why, as it can be stored. Raises InvalidInput by field: cause, why."""
    if believed not in CAUSES:
        raise InvalidInput({"cause": "Choose a cause from the list, or that it is not known."})
    if believed == said:
        raise InvalidInput({"cause": "That is what the verdict says. Choose what it was instead."})
    told = str(scrub(why.strip(), ()))
    if not told:
        raise InvalidInput({"why": "Say in a sentence how you know: others decide by it whom to believe."})
    if len(told) > LONGEST:
        raise InvalidInput({"why": f"This is too long: at most {LONGEST} characters."})
    return told


@transaction.atomic
def take_back(user: User, run: Run) -> None:
    """The word that stands for this run counts no longer; who said it and why stays in the case's timeline."""
    require(user, run.team, Action.WORK_CASES)
    locks.hold_environment(run.environment_id)
    standing = selectors.judgement_of(run)
    if standing is None or standing.confirms:
        raise Conflict("Nobody contradicts this verdict any more.")
    _take_back(standing)
    if run.case is not None:
        _tell(run.case, "The contradiction of the verdict was taken back.", user, run)


def confirm(user: User, case: Case) -> None:
    """A case was closed and its cause stands as the verdict named it. Practice shows nothing of the verdicts."""
    if not case.said or UNKNOWN in (case.said, case.cause):
        return
    run = first_run(case)
    if (
        run is not None
        and run.report is not None
        and not run.environment.practice
        and selectors.judgement_of(run) is None
    ):
        _store(user, run, case.cause, "", case)


def withdraw_confirmation(case: Case) -> None:
    """A case was opened again: that its cause stood is no longer known."""
    for one in Judgement.objects.filter(case=case, taken_back_at=None):
        if one.confirms:
            _take_back(one)


def cause_changed(user: User, case: Case, why: str) -> None:
    """The cause of a case was changed by hand: that contradicts the verdict of the run that opened it, or agrees with it again."""
    run = first_run(case)
    if run is None or run.report is None or run.environment.practice:
        return
    standing = selectors.judgement_of(run)
    if standing is not None and standing.believed != case.cause:
        _take_back(standing)
        standing = None
    if standing is None and case.cause != run.cause:
        _store(user, run, case.cause, why, case)


def first_run(case: Case) -> Run | None:
    """The run whose verdict opened the case."""
    found = Run.objects.filter(case=case, cause=case.said, kind=Run.Kind.FULL).order_by("queued_at", "id")
    return found.select_related("team", "environment").first() if case.said else None


def labelled() -> Iterator[dict[str, Any]]:
    """Every report that people have judged, with what it really was: lines that ``python -m accuracy --told`` reads."""
    found = Judgement.objects.filter(taken_back_at=None, run__report__isnull=False).exclude(believed=UNKNOWN)
    for one in found.select_related("run").order_by("at", "id").iterator(100):
        if one.run is not None:
            yield {
                "cause": one.believed,
                "said": one.said,
                "name": str(one.run.pk),
                "report": selectors.report(one.run),
            }


def _take_back(one: Judgement) -> None:
    Judgement.objects.filter(pk=one.pk).update(taken_back_at=timezone.now())


def _store(user: User, run: Run, believed: str, why: str, case: Case | None) -> Judgement:
    Judgement.objects.filter(run=run, taken_back_at=None).update(taken_back_at=timezone.now())
    report = selectors.report(run) or {}
    return Judgement.objects.create(
        team_id=run.team_id,
        run=run,
        case=case,
        said=run.cause,
        confidence=run.confidence or 0.0,
        knowledge=str(report.get("run", {}).get("versions", {}).get("knowledge", ""))[:80],
        believed=believed,
        why=why,
        by=user,
        at=timezone.now(),
    )


def _tell(case: Case, text: str, user: User, run: Run) -> None:
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(changed_at=now)
    CaseEvent.objects.create(
        team_id=case.team_id, case=case, at=now, kind=CaseEvent.Kind.CAUSE, author=user, text=text.strip(), run=run
    )
