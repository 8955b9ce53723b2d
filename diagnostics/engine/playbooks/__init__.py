"""What to do next: the steps of a cause's playbook that apply to these facts, and how far they are proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.library import Command, HandOver, Knowledge, PlaybookStep
from diagnostics.engine.matching import facts_in, holds
from diagnostics.engine.records import Facts, Ranking, Step
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.engine.wording import render, render_command


@dataclass(frozen=True)
class Walked:
    """A step with its sentences filled in. ``proved``: True by these facts, False not, None when they do not tell.

    ``decides`` names the facts that prove it, for a before and after.
    """

    step: PlaybookStep
    do: str
    why: str
    expect: str
    changes: str
    undo: str
    commands: tuple[Command, ...]
    hand_over: Optional[HandOver]
    proved: Optional[bool]
    decides: tuple[str, ...]


def walk(code: str, facts: Facts, knowledge: Knowledge) -> tuple[Walked, ...]:
    """The steps of a cause that apply to these facts, in order. A step whose condition is open applies."""
    steps = knowledge.playbooks[code].steps
    return tuple(
        _filled(step, facts, knowledge.titles)
        for step in steps
        if step.applies is None or holds(step.applies, facts) is not False
    )


def proves(step: PlaybookStep, facts: Facts) -> Optional[bool]:
    """Whether these facts show that a step worked; None when they do not tell."""
    return holds(step.green, facts)


def first_step(ranking: Ranking, facts: Facts, knowledge: Knowledge) -> Optional[Step]:
    """The first step that is not proven already; None when nothing stops the client."""
    if ranking.cause == HEALTHY:
        return None
    walked = walk(ranking.cause, facts, knowledge)
    chosen = next((one for one in walked if one.proved is not True), walked[-1])
    return Step(ranking.cause, chosen.step.name, chosen.do)


def commands_of(step: Step, facts: Facts, knowledge: Knowledge, system: str, client: str) -> tuple[Command, ...]:
    """What a step has to copy for this system (``linux``, ``macos`` or ``windows``) and client, filled in.

    Lines for a shell come before those for a settings file, and this client's own before everybody's.
    """
    found = next((one for one in walk(step.playbook, facts, knowledge) if one.step.name == step.step), None)
    fitting = [
        one
        for one in (found.commands if found else ())
        if one.system in (system, "any") and one.client in (None, client)
    ]
    return tuple(sorted(fitting, key=lambda one: (one.run.startswith("{"), one.client is None, one.system == "any")))


def _filled(step: PlaybookStep, facts: Facts, titles: Mapping[str, str]) -> Walked:
    hand_over = step.hand_over
    return Walked(
        step=step,
        do=render(step.do, facts, titles),
        why=render(step.why, facts, titles),
        expect=render(step.expect, facts, titles),
        changes=render(step.changes, facts, titles),
        undo=render(step.undo, facts, titles),
        commands=tuple(Command(one.system, render_command(one.run, facts), one.client) for one in step.commands),
        hand_over=hand_over and HandOver(hand_over.to, render(hand_over.text, facts, titles)),
        proved=proves(step, facts),
        decides=facts_in(step.green),
    )
