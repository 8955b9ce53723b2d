"""Walking a playbook: every step is proven by its probes, and the walk ends with a healthy full run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine import library, playbooks
from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.playbooks import Walked
from diagnostics.engine.probes import PROBES
from diagnostics.engine.proofs import counting
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import HEALTHY, NOT_NEEDED
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import cases, environments, runs
from diagnostics.services.access import require

_FIELDS = {"proxy_url": "proxy", "base_url": "base URL", "credential": "key", "ca_pem": "extra certificates"}


@dataclass(frozen=True)
class Checking:
    """A check just started; `upload_token` is set where the machine itself has to run the probe."""

    check: WizardCheck
    upload_token: str | None = None


@transaction.atomic
def begin(user: User, run: Run) -> WizardWalk:
    """The walk for a run's verdict, one for everybody in the team."""
    require(user, run.team, Action.VIEW)
    if run.report is None or run.cause == HEALTHY or run.cause not in library.load().playbooks:
        raise Conflict("There are no steps for this run: its verdict names no fault that has a way out.")
    found = WizardWalk.objects.filter(run=run, playbook=run.cause).select_related("team", "proof").first()
    if found is not None:
        found.run = run  # with what the caller has loaded
        return found
    require(user, run.team, Action.RUN)
    walk, _ = WizardWalk.objects.get_or_create(
        run=run,
        playbook=run.cause,
        defaults={"team_id": run.team_id, "started_by": user, "started_at": timezone.now()},
    )
    return walk


def steps(walk: WizardWalk) -> tuple[Walked, ...]:
    """The steps that apply to the walk's red run, with their sentences filled in from its facts."""
    return playbooks.walk(walk.playbook, facts_of(selectors.report(walk.run) or {}), library.load())


def get_step(walk: WizardWalk, name: str) -> Walked:
    """A step of the walk by its name; InvalidInput if it has none of that name."""
    for step in steps(walk):
        if step.step.name == name:
            return step
    raise InvalidInput({"step": "This walk has no such step."})


@transaction.atomic
def check(user: User, walk: WizardWalk, name: str) -> Checking:
    """Run just the probes of a step; what they find is compared with what was found before."""
    require(user, walk.team, Action.RUN)
    _lock(walk)
    step = get_step(walk, name)
    latest = WizardCheck.objects.filter(walk=walk, step=name, run__status__in=Run.OPEN).select_related("run").first()
    if latest is not None and latest.run is not None:
        if latest.run.status != Run.Status.WAITING:
            return Checking(latest)  # a second click while the first check runs
        runs.cancel(user, latest.run)  # its upload token was shown once and is gone
    started = runs.start(user, walk.run.environment, Run.Kind.CHECK, step.step.probes)
    made = WizardCheck.objects.create(
        team_id=walk.team_id,
        walk=walk,
        step=name,
        mark=WizardCheck.Mark.CHECK,
        run=started.run,
        before=_before(walk, step),
        by=user,
        at=timezone.now(),
    )
    return Checking(made, started.upload_token)


def _lock(walk: WizardWalk) -> WizardWalk:
    """The walk as it is now; of two people who press at once the second waits and finds what the first began."""
    return WizardWalk.objects.select_for_update(of=("self",)).select_related("proof").get(pk=walk.pk)


@transaction.atomic
def mark(user: User, walk: WizardWalk, name: str, word: str) -> WizardCheck:
    """A person's word about a step: done, not needed, or could not be completed."""
    require(user, walk.team, Action.RUN)
    if word not in (WizardCheck.Mark.DONE, WizardCheck.Mark.SKIPPED, WizardCheck.Mark.COULD_NOT):
        raise InvalidInput({"mark": "Choose done, skipped or could_not."})
    step = get_step(walk, name)
    made = WizardCheck(team_id=walk.team_id, walk=walk, step=name, mark=word, by=user, at=timezone.now())
    made.save(force_insert=True)
    if word == WizardCheck.Mark.COULD_NOT:
        cases.tell_wizard(walk.run.case, f"Could not be completed: {step.do}", user)
    return made


@transaction.atomic
def apply_fix(user: User, walk: WizardWalk, name: str, value: str) -> Environment:
    """Edit the field of the registered environment that the step names; runs from now on use it."""
    step, environment = get_step(walk, name), walk.run.environment
    field = step.step.fix
    if field is None or field not in environments.EDITABLE:
        raise InvalidInput({"step": "This step is carried out on the machine, not in the registered environment."})
    if environment.runs_from == Environment.RunsFrom.MACHINE:
        raise Conflict("This environment is run on its own machine: change the setting there, then check.")
    environment = environments.edit(user, environment, **{field: value})
    cases.tell_wizard(walk.run.case, f"Changed the {_FIELDS.get(field, field)} of the environment.", user)
    return environment


@transaction.atomic
def prove(user: User, walk: WizardWalk) -> runs.Started:
    """Repeat the full run; when it is healthy the walk is finished."""
    require(user, walk.team, Action.RUN)
    walk.proof = _lock(walk).proof
    if walk.proof is not None and walk.proof.status in (Run.Status.QUEUED, Run.Status.RUNNING):
        return runs.Started(walk.proof)
    started = runs.start(user, walk.run.environment)
    WizardWalk.objects.filter(pk=walk.pk).update(proof=started.run)
    walk.proof = started.run
    return started


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


def _answer(waiting: WizardCheck, run: Run) -> None:
    report = selectors.report(run) or {}
    step = get_step(waiting.walk, waiting.step)
    facts = facts_of(report)
    waiting.after = _shown(report, step, facts)
    waiting.passed = playbooks.proves(step.step, facts) is True
    waiting.says = step.expect[:300] if waiting.passed else _what_is_off(report, step)[:300]
    waiting.save(update_fields=["after", "passed", "says"])
    outcome = "Proven" if waiting.passed else "Checked, not there yet"
    cases.tell_wizard(waiting.walk.run.case, f"{outcome}: {step.do}", waiting.by)


def _what_is_off(report: dict[str, Any], step: Walked) -> str:
    """The finding that still speaks against the step with what is seen beside it, else the probe that gave no answer."""
    wanted = set(step.decides)
    problems = [finding for finding in report["findings"] if finding["level"] == "problem"]
    for finding in sorted(problems, key=lambda finding: not wanted & set(finding["facts"])):
        beside = [one for one in report["findings"] if one["level"] == "warning" and wanted & set(one["facts"])]
        return " ".join(str(one["says"]) for one in (finding, *beside))
    for attempt in report["attempts"]:
        if attempt["status"] == "done" or str(attempt["reason"]).startswith(NOT_NEEDED):
            continue
        title = next((probe.title for probe in PROBES if probe.name == attempt["probe"]), attempt["probe"])
        return f"No answer to the check: {title} ({PHRASES.get(attempt['reason'], attempt['reason'])})."
    return "The change does not show yet."


def facts_of(report: dict[str, Any]) -> Facts:
    """The union of a report's facts as the engine has them: later attempts win, lists are tuples."""
    found: dict[str, Any] = {}
    for attempt in report.get("attempts", ()):
        found.update(counting(attempt.get("variant", ""), attempt["facts"], found))
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def _before(walk: WizardWalk, step: Walked) -> dict[str, Any]:
    """What was measured for this step last: by an earlier check, else by the red run."""
    earlier = WizardCheck.objects.filter(walk=walk, step=step.step.name, passed__isnull=False).order_by("-at").first()
    if earlier is not None:
        return dict(earlier.after)
    report = selectors.report(walk.run) or {"attempts": []}
    return _shown(report, step, facts_of(report))


def _shown(report: dict[str, Any], step: Walked, facts: Facts) -> dict[str, Any]:
    """The facts that the step is about: those its proof asks for and those its probes gave."""
    names = set(step.decides)
    for attempt in report["attempts"]:
        if attempt["probe"] in step.step.probes:
            names |= set(attempt["facts"])
    return {name: facts[name] for name in sorted(names & set(facts))}
