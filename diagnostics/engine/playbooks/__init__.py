"""What to do next: the steps of a cause's playbook that apply to these facts, and how far they are proven."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Optional, Union

from diagnostics.engine.library import Knowledge
from diagnostics.engine.matching import facts_in, holds
from diagnostics.engine.operations import USUAL_SHELL
from diagnostics.engine.playbook_records import Command, HandOver, PlaybookStep
from diagnostics.engine.playbooks.asking import Answers, Asked, on_the_way, open_questions
from diagnostics.engine.playbooks.composing import commands
from diagnostics.engine.records import Facts, Ranking, Step
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.engine.wording import render

Proven = Union[bool, str, None]
"""Whether facts show that a step is done: True as it expects, the name of another way to be done, False, or None when they do not tell."""


@dataclass(frozen=True)
class Walked:
    """A step with its sentences filled in. ``proved``: as ``proves`` tells it of these facts.

    ``decides`` names the facts that prove it, for a before and after.
    """

    step: PlaybookStep
    do: str
    why: str
    expect: str
    changes: str
    undo: str
    hand_over: Optional[HandOver]
    proved: Proven
    decides: tuple[str, ...]
    facts: Facts = field(repr=False, compare=False)
    knowledge: Knowledge = field(repr=False, compare=False)

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """Its lines for every system and shell: composed when somebody asks, which most who walk never do."""
        return commands(self.step, self.facts, self.knowledge)

    def words_of(self, proven: Proven) -> str:
        """The sentence that is true of a step that is done so; "" for a way that the knowledge of today does not have."""
        if proven is True:
            return self.expect
        return next((one.says for one in self.step.otherwise if one.name == proven), "")

    def is_needless(self, proven: Proven) -> bool:
        """Whether that way to be done means that nothing had to be done."""
        return any(one.needless for one in self.step.otherwise if one.name == proven)


def walk(code: str, facts: Facts, knowledge: Knowledge, answers: Optional[Answers] = None) -> tuple[Walked, ...]:
    """The steps of a cause that apply to these facts and answers, in order: always a whole way.

    A step whose condition is open, since no probe ran that could tell, applies. ``answers``: question -> choice; what was not answered,
    or is no choice, counts as the question's default.
    """
    return tuple(
        _filled(step, facts, knowledge) for step in on_the_way(knowledge.playbooks[code], facts, answers or {})
    )


def questions(code: str, facts: Facts, knowledge: Knowledge) -> tuple[Asked, ...]:
    """What these facts leave open, each with the step before which it stands."""
    return open_questions(knowledge.playbooks[code], facts, knowledge.titles)


def proves(step: PlaybookStep, facts: Facts) -> Proven:
    """Whether these facts show that a step is done, and in which of its ways; what it expects comes first."""
    found = holds(step.green, facts)
    if found is True:
        return True
    ways = [(one.name, holds(one.green, facts)) for one in step.otherwise]
    shown = next((name for name, held in ways if held is True), None)
    if shown is not None:
        return shown
    return None if None in (found, *(held for _, held in ways)) else False


def first_step(ranking: Ranking, facts: Facts, knowledge: Knowledge) -> Optional[Step]:
    """The first step that is not proven already; None when nothing stops the client."""
    if ranking.cause == HEALTHY:
        return None
    walked = walk(ranking.cause, facts, knowledge)
    chosen = next((one for one in walked if not one.proved), walked[-1])
    return Step(ranking.cause, chosen.step.name, chosen.do)


def commands_of(
    step: Step, facts: Facts, knowledge: Knowledge, system: str, client: str, shell: Optional[str] = None
) -> tuple[Command, ...]:
    """What a step has to copy for this system (``linux``, ``macos`` or ``windows``), client and shell (None: the system's usual one).

    Lines for a shell come before those for a settings file, those for this shell before those for good, and this client's own before
    everybody's.
    """
    found = next((one for one in walk(step.playbook, facts, knowledge) if one.step.name == step.step), None)
    fitting = [
        one
        for one in (found.commands if found else ())
        if one.system in (system, "any")
        and one.client in (None, client)
        and one.shell in (None, shell or USUAL_SHELL[system])
    ]
    return tuple(
        sorted(
            fitting,
            key=lambda one: (one.run.startswith("{"), one.lasting, one.client is None, one.system == "any"),
        )
    )


def _filled(step: PlaybookStep, facts: Facts, knowledge: Knowledge) -> Walked:
    hand_over, titles = step.hand_over, knowledge.titles
    return Walked(
        step=step,
        do=render(step.do, facts, titles),
        why=render(step.why, facts, titles),
        expect=render(step.expect, facts, titles),
        changes=render(step.changes, facts, titles),
        undo=render(step.undo, facts, titles),
        hand_over=hand_over and HandOver(hand_over.to, render(hand_over.text, facts, titles)),
        proved=proves(step, facts),
        decides=facts_in({"any": [step.green, *(one.green for one in step.otherwise)]}),
        facts=facts,
        knowledge=knowledge,
    )
