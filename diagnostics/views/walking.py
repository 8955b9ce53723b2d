"""A wizard's walk as its pages show it: the steps that apply, how far each is, and what was measured."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse

from diagnostics import selectors
from diagnostics.engine import playbooks
from diagnostics.engine.library import Command, HandOver, load
from diagnostics.models import Environment, Membership, Run, WizardCheck, WizardWalk
from diagnostics.services import sharing, wizards
from diagnostics.views.reading import words

SYSTEMS = (("linux", "Linux"), ("macos", "macOS"), ("windows", "Windows"))


@dataclass(frozen=True)
class Step:
    """A step with its words filled in. `state` is a word of the task list; `check` the latest answer to it, if any."""

    name: str
    number: int
    walked: playbooks.Walked
    state: str
    check: WizardCheck | None
    href: str
    next_href: str
    tabs: tuple[dict[str, Any], ...]
    anywhere: tuple[dict[str, str], ...]

    @property
    def fix(self) -> str | None:
        """The environment's field that this step edits."""
        return self.walked.step.fix

    @property
    def hand_over(self) -> HandOver | None:
        """Whom to ask, when it is not the reader's to do."""
        return self.walked.hand_over

    @property
    def check_run(self) -> Run | None:
        """The run of the latest check."""
        return self.check.run if self.check is not None else None

    @property
    def since(self) -> str:
        """What a browser that polls has seen."""
        run = self.check_run
        return f"{run.pk}-{run.status}" if run is not None else ""

    @property
    def compared(self) -> list[dict[str, Any]]:
        """Before and after of the latest check."""
        if self.check is None or self.check.passed is None:
            return []
        return compare(self.check.before, self.check.after, self.walked.decides)


@dataclass(frozen=True)
class Walk:
    """All steps of a walk; `proof` is its last one, the client's whole path again, which has a page of its own."""

    walk: WizardWalk
    run: Run
    title: str
    steps: tuple[Step, ...]
    proof: playbooks.Walked

    @property
    def first_open(self) -> Step | None:
        """Where to go on; None when only the proof is left.

        It is the first step without an end. Of an environment that the dashboard runs, it is the first one that can be
        carried out here: looking around on its machine helps nobody who stands at the dashboard.
        """
        left = [step for step in self.steps if step.state in ("todo", "checking")]
        here = [step for step in left if step.fix is not None and self.is_run_here]
        done_here = any(step.state == "done" and step.fix is not None for step in self.steps)
        return next(iter(left if done_here else here or left), None)

    @property
    def length(self) -> int:
        """How many steps there are, the proof included."""
        return len(self.steps) + 1

    @property
    def is_run_here(self) -> bool:
        """Whether a worker makes the runs, so that a step may edit the registered settings."""
        return self.run.environment.runs_from == Environment.RunsFrom.WORKER

    @property
    def what_was_done(self) -> str:
        """The proven steps that change something, in one text: a first draft of what fixed it."""
        done = [step.walked.do for step in self.steps if step.state == "done" and step.walked.changes]
        return " ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in done)

    def get(self, name: str) -> Step:
        """The step of that name, or 404."""
        for step in self.steps:
            if step.name == name:
                return step
        raise Http404("There is no such step.")

    def after(self, name: str) -> Step | None:
        """The step that follows, None behind the last."""
        number = self.get(name).number
        return self.steps[number] if number < len(self.steps) else None


def read(walk: WizardWalk, run: Run, place: Membership) -> Walk:
    """The walk as this member sees it. Steps come from the knowledge of today; their words from the run's facts."""
    report = sharing.report_seen_by(place, run)
    *walked, proof = playbooks.walk(walk.playbook, wizards.facts_of(report), load())
    client = run.snapshot.get("client", "")
    answers = selectors.walk_checks(walk)
    for check in (check for checks in answers.values() for check in checks):
        check.says = sharing.seen_by(place, run, check.says)
        check.before, check.after = sharing.seen_by(place, run, [check.before, check.after])
    hrefs = [reverse("wizard_step", args=[run.pk, one.step.name]) for one in walked]
    hrefs.append(reverse("wizard_end", args=[run.pk]))
    steps = tuple(
        _step(one, number, answers.get(one.step.name, ()), hrefs[number - 1 : number + 1], client)
        for number, one in enumerate(walked, 1)
    )
    return Walk(walk, run, run.title, steps, proof)


def compare(before: dict[str, Any], after: dict[str, Any], decides: Sequence[str]) -> list[dict[str, Any]]:
    """Rows for a before-and-after table: the facts that prove the step, or if none was measured those that differ."""
    names = [name for name in decides if name in before or name in after]
    names = names or sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [
        {
            "label": words.fact_title(name),
            "before": _shown(name, before),
            "after": _shown(name, after),
            "differs": before.get(name) != after.get(name),
        }
        for name in names
        if not name.endswith("seconds")
    ]


def _shown(name: str, facts: dict[str, Any]) -> str:
    return words.fact_value(name, facts[name]) if name in facts else "not measured"


def _step(
    walked: playbooks.Walked, number: int, answers: Sequence[WizardCheck], hrefs: Sequence[str], client: str
) -> Step:
    latest = answers[0] if answers else None
    commands = [command for command in walked.commands if command.client in (None, client)]
    return Step(
        name=walked.step.name,
        number=number,
        walked=walked,
        state=_state(latest),
        check=latest,
        href=hrefs[0],
        next_href=hrefs[1],
        tabs=tabs(commands),
        anywhere=anywhere(commands),
    )


def _state(latest: WizardCheck | None) -> str:
    if latest is None:
        return "todo"
    if latest.mark != WizardCheck.Mark.CHECK:
        return {"done": "done", "skipped": "not_needed", "could_not": "could_not"}[latest.mark]
    if latest.passed is None and latest.run is not None and latest.run.is_open:
        return "checking"
    return "done" if latest.passed else "todo"


def tabs(commands: Sequence[Command]) -> tuple[dict[str, Any], ...]:
    """The lines for each system, where they differ by system; those of several clients each under their client's name."""
    answer = []
    for key, label in SYSTEMS:
        own = [command for command in commands if command.system == key]
        several = len({command.client for command in own}) > 1
        grouped = itertools.groupby(own, lambda command: command.client)
        blocks = [
            {"title": _with(client) if several and client else "", "command": "\n".join(one.run for one in lines)}
            for client, lines in grouped
        ]
        if blocks:
            answer.append({"key": key, "label": label, "blocks": blocks})
    return tuple(answer)


def anywhere(commands: Sequence[Command]) -> tuple[dict[str, str], ...]:
    """The lines that serve every system, each with what it is for."""
    return tuple({"title": _where(one), "command": one.run} for one in commands if one.system == "any")


def _where(command: Command) -> str:
    """What a line that serves every system is for."""
    if command.client is None:
        return "On any system"
    title = _title(command.client)
    return f"In {title}'s settings file" if command.run.startswith("{") else _with(command.client)


def _with(client: str) -> str:
    return f"With {_title(client)}"


def _title(client: str) -> str:
    return str(load().clients.get(client, {}).get("title", client))
