"""What a finished run says of a wizard's steps: the check that waited for it is answered, and what is still off is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from diagnostics import selectors
from diagnostics.engine import library, playbooks
from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.playbooks import Walked
from diagnostics.engine.probes import PROBES
from diagnostics.engine.proofs import counting
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import HEALTHY, NOT_NEEDED
from diagnostics.engine.wording import one_line
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Run, WizardCheck, WizardWalk
from diagnostics.services import cases

_STALE = ("client.started_before", "client.keeps_former")
_STEP_GONE = "A newer version of these steps no longer has this one."
_LONGEST = 2000  # characters of what a check found, as its column holds them


@transaction.atomic
def record(run: Run) -> None:
    """Answer the check or the proof that waits for this run; part of the transaction that freezes it."""
    if run.kind == Run.Kind.CHECK:
        waiting = WizardCheck.objects.select_related("walk", "walk__run", "walk__run__case").filter(run=run).first()
        if waiting is not None:
            _answer(waiting, run)
    elif run.cause == HEALTHY:
        for walk in WizardWalk.objects.select_related("run__case").filter(proof=run, finished_at=None):
            walk.green_run, walk.finished_at = run, run.finished_at
            walk.save(update_fields=["green_run", "finished_at"])
            cases.tell_wizard(walk.run.case, "The wizard ended with a healthy run.", walk.started_by, run)


def steps(walk: WizardWalk, answers: Mapping[str, str]) -> tuple[Walked, ...]:
    """The steps that apply to the walk's red run and these answers, with their sentences filled in from its facts."""
    return playbooks.walk(walk.playbook, facts_of(selectors.report(walk.run) or {}), library.load(), answers)


def get_step(walk: WizardWalk, name: str, answers: Mapping[str, str]) -> Walked:
    """A step of the walk by its name; InvalidInput if it has none of that name."""
    for step in steps(walk, answers):
        if step.step.name == name:
            return step
    raise InvalidInput({"step": "This walk has no such step."})


def told_by(code: str, facts: Facts) -> dict[str, bool | str]:
    """Of every step of a cause whether these facts prove it, and in which of its ways; what they say nothing of is left out."""
    judged = {step.name: playbooks.proves(step, facts) for step in library.load().playbooks[code].steps}
    return {name: proved for name, proved in judged.items() if proved is not None}


def facts_of(report: Mapping[str, Any]) -> Facts:
    """The union of a report's facts as the engine has them: later attempts win, lists are tuples."""
    found: dict[str, Any] = {}
    for attempt in report.get("attempts", ()):
        found.update(counting(attempt.get("variant", ""), attempt["facts"], found))
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def before(walk: WizardWalk, step: Walked) -> dict[str, Any]:
    """What the red run measured for this step: what was tried in between would stand beside the change as if it had been the fault."""
    report = selectors.report(walk.run) or {"attempts": []}
    return shown(report, step, facts_of(report))


def shown(report: Mapping[str, Any], step: Walked, facts: Facts) -> dict[str, Any]:
    """The facts that the step is about: those its proof asks for and those its probes gave."""
    names = set(step.decides)
    for attempt in report["attempts"]:
        if attempt["probe"] in step.step.probes:
            names |= set(attempt["facts"])
    return {name: facts[name] for name in sorted(names & set(facts))}


def _answer(waiting: WizardCheck, run: Run) -> None:
    report = selectors.report(run) or {}
    facts = facts_of(report)
    waiting.told = told_by(waiting.walk.playbook, facts)
    try:
        step = get_step(waiting.walk, waiting.step, waiting.answers)
    except InvalidInput:  # asked for before an upgrade that took the step away: the run counts, its report is kept
        waiting.passed, waiting.says = False, _STEP_GONE
        waiting.save(update_fields=["told", "passed", "says"])
        return
    waiting.after = shown(report, step, facts)
    proven = playbooks.proves(step.step, facts)
    waiting.passed = bool(proven)
    said = step.words_of(proven) if proven else _what_is_off(report, step)
    waiting.says = one_line(" ".join((said, *_started_before(report))), _LONGEST)
    waiting.save(update_fields=["after", "told", "passed", "says"])
    if waiting.passed or not waiting.automatic:
        done = "Not needed" if step.is_needless(proven) else "Proven"
        outcome = done if waiting.passed else "Checked, not there yet"
        by = None if waiting.automatic else waiting.by
        cases.tell_wizard(waiting.walk.run.case, f"{outcome}: {step.do}", by)


def _started_before(report: Mapping[str, Any]) -> tuple[str, ...]:
    """What is said of a client that runs already: the check asks with this shell's settings, and that one has others."""
    return tuple(str(one["says"]) for one in report["findings"] if one["code"] in _STALE)


def _what_is_off(report: Mapping[str, Any], step: Walked) -> str:
    """The finding that still speaks against the step with what is seen beside it, else the probe that did not come through."""
    wanted = set(step.decides)
    problems = [finding for finding in report["findings"] if finding["level"] == "problem"]
    for finding in sorted(problems, key=lambda finding: not wanted & set(finding["facts"])):
        beside = [one for one in report["findings"] if one["level"] == "warning" and wanted & set(one["facts"])]
        return " ".join(str(one["says"]) for one in (finding, *beside))
    for attempt in report["attempts"]:
        if attempt["status"] == "done" or str(attempt["reason"]).startswith(NOT_NEEDED):
            continue
        title = next((probe.title for probe in PROBES if probe.name == attempt["probe"]), attempt["probe"])
        return f"The check did not come through: {title} ({PHRASES.get(attempt['reason'], attempt['reason'])})."
    return "What would prove it does not show yet."
