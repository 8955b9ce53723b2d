"""How far each step of a walk is, by what people said and by the newest that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from diagnostics import selectors
from diagnostics.engine import playbooks
from diagnostics.models import Run, User, WizardCheck, WizardWalk
from diagnostics.services import proving

_STATES = {"done": "done", "skipped": "not_needed", "could_not": "could_not", "reopened": "todo"}


@dataclass(frozen=True)
class Standing:
    """A step's state (a word of the task list), since when, by whom, the run that proved it, and in which of its ways.

    `check` is the latest check that people see: one that somebody asked for, or a page's own look that proved the step.
    """

    state: str
    check: WizardCheck | None = None
    at: datetime | None = None
    by: User | None = None
    run_id: UUID | None = None
    proven: playbooks.Proven = None
    reason: str = ""


@dataclass(frozen=True)
class Measured:
    """What one run told of the steps: `told` maps a step to whether it is proven, or to the way in which it is."""

    at: datetime
    run_id: UUID
    by: User | None
    told: Mapping[str, bool | str]


def measured(walk: WizardWalk, told: Mapping[str, bool | str], rows: Iterable[WizardCheck]) -> list[Measured]:
    """Everything that was measured since the red run, the newest first; `told` is what the red run says itself."""
    found = [Measured(_end(walk.run), walk.run_id, None, told)]
    newest = selectors.newest_full_run(walk)
    if newest is not None:
        facts = proving.facts_of(selectors.report(newest) or {})
        found.append(Measured(_end(newest), newest.pk, None, proving.told_by(walk.playbook, facts)))
    for row in rows:
        if row.passed is not None and row.run is not None:
            known = row.told or {row.step: row.passed}
            found.append(Measured(row.run.finished_at or row.at, row.run.pk, None if row.automatic else row.by, known))
    return sorted(found, key=lambda one: one.at, reverse=True)


def of(step: playbooks.Walked, rows: Sequence[WizardCheck], runs: Iterable[Measured]) -> Standing:
    """How a step stands; `rows` are its own, the latest first.

    The latest word counts, and a proof counts more unless somebody said after it that the step is not for them. What was
    proven and is measured to be off again is to do again.
    """
    seen = [row for row in rows if not row.automatic or row.passed]
    check = next((row for row in seen if row.mark == WizardCheck.Mark.CHECK), None)
    latest = seen[0] if seen else None
    word = latest if latest is not None and latest.mark != WizardCheck.Mark.CHECK else None
    if word is None and check is not None and check.passed is None and check.run is not None and check.run.is_open:
        return Standing("checking", check, check.at, check.by)
    name = step.step.name
    newest = _proof(name, runs)
    put_aside = word is not None and word.mark in (WizardCheck.Mark.SKIPPED, WizardCheck.Mark.COULD_NOT)
    if newest is not None and newest.told[name] and not (word is not None and put_aside and word.at > newest.at):
        state = "not_needed" if step.is_needless(newest.told[name]) else "done"
        return Standing(state, check, newest.at, newest.by, newest.run_id, newest.told[name])
    if word is not None:
        return Standing(_STATES[word.mark], check, word.at, word.by, reason=word.says)
    return Standing("todo", check, check.at if check else None, check.by if check else None)


def _proof(name: str, runs: Iterable[Measured]) -> Measured | None:
    """What tells of a step now. Of several runs that prove it one after the other, the one that somebody asked for."""
    telling = [one for one in runs if name in one.told]
    proving_it = list(takewhile(lambda one: one.told[name], telling))
    asked_for = next((one for one in proving_it if one.by is not None), None)
    return asked_for or next(iter(telling), None)


def _end(run: Run) -> datetime:
    return run.finished_at or run.queued_at
