"""Walking a playbook: every step is proven by its probes, and the walk ends with a healthy full run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine import library, playbooks
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import cases, environments, locks, proving, runs
from diagnostics.services.access import require
from diagnostics.services.redaction import written

LOOKS_EVERY = timedelta(seconds=4)  # what pages look at by themselves, for all who follow one walk together
LONGEST_REASON = 200  # characters

_FIELDS = {"proxy_url": "proxy", "base_url": "base URL", "credential": "key", "ca_pem": "extra certificates"}
_TOLD = {
    WizardCheck.Mark.DONE: "Said to be done",
    WizardCheck.Mark.SKIPPED: "Not needed",
    WizardCheck.Mark.COULD_NOT: "Could not be completed",
    WizardCheck.Mark.REOPENED: "To do again",
}
_NO_PROBE = "Nothing is measured for this step: say that it is done."
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Checking:
    """A check just started; `upload_token` is set where the machine itself has to run the probe."""

    check: WizardCheck
    upload_token: str | None = None


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


@transaction.atomic
def check(
    user: User, walk: WizardWalk, name: str, answers: Mapping[str, str] = _NOTHING, changed: bool = False
) -> Checking:
    """Run just the probes of a step; what they find is compared with what was found before.

    `changed`: the settings were changed a moment ago, so that a check under way may have measured the old ones.
    """
    require(user, walk.team, Action.RUN)
    _lock(walk)
    _measured(walk, name, answers)
    going = WizardCheck.objects.filter(walk=walk, step=name, run__status__in=Run.OPEN).select_related("run")
    for latest in going.order_by("-at"):
        if latest.run is None:
            continue
        if latest.run.status != Run.Status.WAITING and not latest.automatic and not changed:
            return Checking(latest)  # a second click while the first check runs
        runs.cancel(user, latest.run)  # a look that began before; or one whose upload token was shown once and is gone
    return _start_check(user, walk, name, answers)


@transaction.atomic
def look(user: User, walk: WizardWalk, name: str, answers: Mapping[str, str] = _NOTHING) -> WizardCheck | None:
    """A check that an open page asks for by itself, for runs that a worker makes.

    None where something is under way already or was a moment ago: however many look on, one look is made. A look that
    found nothing new is forgotten with the next.
    """
    require(user, walk.team, Action.RUN)
    if walk.run.environment.runs_from != Environment.RunsFrom.WORKER:
        return None
    _measured(walk, name, answers)
    proof = _lock(walk).proof
    mine = WizardCheck.objects.filter(walk=walk)
    if (proof is not None and proof.is_open) or mine.filter(
        Q(run__status__in=Run.OPEN) | Q(at__gt=timezone.now() - LOOKS_EVERY)
    ).exists():
        return None
    idle = mine.filter(step=name, automatic=True).exclude(passed=True)
    Run.objects.filter(pk__in=list(idle.values_list("run", flat=True))).delete()
    return _start_check(user, walk, name, answers, automatic=True).check


def _start_check(
    user: User, walk: WizardWalk, name: str, answers: Mapping[str, str], automatic: bool = False
) -> Checking:
    step = proving.get_step(walk, name, answers)
    started = runs.start(user, walk.run.environment, Run.Kind.CHECK, step.step.probes)
    made = WizardCheck.objects.create(
        team_id=walk.team_id,
        walk=walk,
        step=name,
        mark=WizardCheck.Mark.CHECK,
        run=started.run,
        before=proving.before(walk, step),
        answers=dict(answers),
        automatic=automatic,
        by=user,
        at=timezone.now(),
    )
    return Checking(made, started.upload_token)


def _measured(walk: WizardWalk, name: str, answers: Mapping[str, str]) -> None:
    """Raise Conflict for a step that no probe proves."""
    if not proving.get_step(walk, name, answers).step.probes:
        raise Conflict(_NO_PROBE)


def _lock(walk: WizardWalk) -> WizardWalk:
    """The walk as it is now; of two people who press at once the second waits and finds what the first began."""
    locks.hold_environment(walk.run.environment_id)
    return WizardWalk.objects.select_related("proof").get(pk=walk.pk)


@transaction.atomic
def mark(
    user: User, walk: WizardWalk, name: str, word: str, answers: Mapping[str, str] = _NOTHING, reason: str = ""
) -> WizardCheck:
    """A person's word about a step: done, not needed, could not be completed and why, or that taken back."""
    require(user, walk.team, Action.RUN)
    if word not in _TOLD:
        raise InvalidInput({"mark": "Choose done, skipped, could_not or reopened."})
    reason = written(" ".join(reason.split()), environments.secrets_of(walk.run.environment))
    if len(reason) > LONGEST_REASON:
        raise InvalidInput({"reason": f"Write at most {LONGEST_REASON} characters."})
    step = proving.get_step(walk, name, answers)
    made = _say(user, walk, name, word, reason)
    why = f" Why: {reason}" if reason else ""
    told = "Done" if word == WizardCheck.Mark.DONE and step.step.said else _TOLD[WizardCheck.Mark(word)]
    cases.tell_wizard(walk.run.case, f"{told}: {step.do}{why}", user)
    return made


@transaction.atomic
def answer(user: User, walk: WizardWalk, name: str, choice: str) -> WizardCheck:
    """What somebody answered to a question of the walk; InvalidInput if there is no such question or choice."""
    require(user, walk.team, Action.RUN)
    facts = proving.facts_of(selectors.report(walk.run) or {})
    asked = next((one for one in playbooks.questions(walk.playbook, facts, library.load()) if one.name == name), None)
    says = next((one.says for one in asked.choices if one.name == choice), None) if asked is not None else None
    if asked is None or says is None:
        raise InvalidInput({"choice": "Choose one of the answers."})
    made = _say(user, walk, name, WizardCheck.Mark.ANSWERED, choice)
    cases.tell_wizard(walk.run.case, f"{asked.ask} {says}", user)
    return made


def _say(user: User, walk: WizardWalk, name: str, mark: str, says: str) -> WizardCheck:
    return WizardCheck.objects.create(
        team_id=walk.team_id, walk=walk, step=name, mark=mark, says=says, by=user, at=timezone.now()
    )


@transaction.atomic
def apply_fix(
    user: User,
    walk: WizardWalk,
    name: str,
    value: str,
    answers: Mapping[str, str] = _NOTHING,
    seen: datetime | None = None,
) -> Environment:
    """Edit the field of the registered environment that the step names; runs from now on use it.

    `seen` is when the settings had last been changed on the page that this was typed into: what somebody else changed
    meanwhile is not written over.
    """
    step, environment = proving.get_step(walk, name, answers), walk.run.environment
    field = step.step.fix
    if field is None or field not in environments.EDITABLE:
        raise InvalidInput({"step": "This step is carried out on the machine, not in the registered environment."})
    if environment.runs_from == Environment.RunsFrom.MACHINE:
        raise Conflict("This environment is run on its own machine: change the setting there, then check.")
    row = locks.held_environment(environment.pk)
    if seen is not None and row is not None and row.updated_at != seen:
        raise InvalidInput(
            {
                "value": "Somebody changed these settings while this page was open. Look at what the check says now; "
                "to put your value in place of theirs, save it again."
            }
        )
    was = environments.shown(row or environment, field)
    environment = environments.edit(user, environment, **{field: value})
    now = environments.shown(environment, field)
    told = f" from {was or 'none'} to {now or 'none'}" if was != now else ""
    cases.tell_wizard(walk.run.case, f"Changed the {_FIELDS.get(field, field)} of the environment{told}.", user)
    return environment


@transaction.atomic
def prove(user: User, walk: WizardWalk) -> runs.Started:
    """Repeat the full run; when it is healthy the walk is finished."""
    require(user, walk.team, Action.RUN)
    walk.proof = _lock(walk).proof
    if walk.proof is not None and walk.proof.status in (Run.Status.QUEUED, Run.Status.RUNNING):
        return runs.Started(walk.proof)
    if walk.proof is not None and walk.proof.status == Run.Status.WAITING:
        runs.cancel(user, walk.proof)  # its upload token was shown once and is gone
    started = runs.start(user, walk.run.environment)
    WizardWalk.objects.filter(pk=walk.pk).update(proof=started.run)
    walk.proof = started.run
    return started


def choose_lines(user: User, environment: Environment, chosen: Mapping[str, str]) -> None:
    """Remember for this environment whose lines its wizards show: `system`, `shell`, `client`, `lasting` ("yes", "no").

    Anybody who may make runs may choose; it changes no setting, and what is not named stays.
    """
    require(user, environment.team, Action.RUN)
    values: dict[str, str | bool] = {
        f"lines_{key}": chosen[key] for key in ("system", "shell", "client") if key in chosen
    }
    if "lasting" in chosen:
        values["lines_lasting"] = chosen["lasting"] == "yes"
    Environment.objects.filter(pk=environment.pk).update(**values)
    for name, value in values.items():
        setattr(environment, name, value)
