"""Which answers count on the way through a playbook, and which questions are open: asked only where facts do not decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Optional

from diagnostics.engine.matching import Condition, facts_in, holds
from diagnostics.engine.playbook_records import Choice, Playbook, PlaybookStep, Question
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import PROBE_NAMES
from diagnostics.engine.wording import render

Answers = Mapping[str, str]
"""Question -> name of the choice."""


@dataclass(frozen=True)
class Asked:
    """An open question with its sentences filled in. ``before`` names the step in front of which it stands."""

    question: Question
    name: str
    ask: str
    why: str
    choices: tuple[Choice, ...]
    default: str
    before: str


def named_today(playbook: Playbook, answers: Answers) -> dict[str, str]:
    """The answers under the names that their questions have now: a walk begun before an upgrade goes on from them."""
    former = {one.formerly: one.name for one in playbook.questions if one.formerly}
    before = {former[name]: choice for name, choice in answers.items() if name in former}
    return {**before, **{name: choice for name, choice in answers.items() if name not in former}}


def answer(question: Question, facts: Facts, answers: Answers) -> str:
    """The choice that counts: what the facts show, else what somebody answered, else the default."""
    chosen = answers.get(question.name)
    known = chosen if any(one.name == chosen for one in question.choices) else None
    return decided(question, facts) or (known if known and is_open(question, facts) else question.default)


def decided(question: Question, facts: Facts) -> Optional[str]:
    """The choice that the facts show, if they show one."""
    shown = (one.name for one in question.choices if one.shown_by is not None and holds(one.shown_by, facts) is True)
    return next(shown, None)


def is_open(question: Question, facts: Facts) -> bool:
    """Whether it has to be asked."""
    if question.applies is not None and rules_out(question.applies, facts):
        return False
    return decided(question, facts) is None


def on_the_way(playbook: Playbook, facts: Facts, answers: Answers) -> tuple[PlaybookStep, ...]:
    """The steps that apply, in order. A step whose condition is open applies: no probe ran that could tell."""
    told = named_today(playbook, answers)
    counted = {one.name: answer(one, facts, told) for one in playbook.questions}
    return tuple(
        step
        for step in playbook.steps
        if _applies(step, facts) and (step.when is None or counted[step.when.question] in step.when.choices)
    )


def open_questions(playbook: Playbook, facts: Facts, titles: Mapping[str, str]) -> tuple[Asked, ...]:
    """What is to be asked, in the order of the steps that hang on it."""
    found: list[Asked] = []
    for step in playbook.steps:
        if step.when is None or not _applies(step, facts) or step.when.question in {one.name for one in found}:
            continue
        question = next(one for one in playbook.questions if one.name == step.when.question)
        if is_open(question, facts):
            found.append(_asked(question, step.name, facts, titles))
    return tuple(found)


def _applies(step: PlaybookStep, facts: Facts) -> bool:
    return step.applies is None or not rules_out(step.applies, facts)


def rules_out(condition: Condition, facts: Facts) -> bool:
    """Whether a condition is known not to hold.

    A probe that ran gives no fact of what is not there (a second key, a failure of a call that was answered), so what is missing
    among its facts was seen not to be; what is missing because no probe ran stays open.
    """
    ran = {_probe_of(name) for name in facts}
    return holds(condition, facts, [name for name in facts_in(condition) if _probe_of(name) in ran]) is False


@lru_cache(maxsize=1024)
def _probe_of(fact: str) -> str:
    """The probe that gives a fact; for one that several of them make up together, the fact itself."""
    return next((name for name in _LONGEST_FIRST if fact.startswith(f"{name}.")), fact)


_LONGEST_FIRST = sorted(PROBE_NAMES, key=len, reverse=True)


def _asked(question: Question, before: str, facts: Facts, titles: Mapping[str, str]) -> Asked:
    return Asked(
        question=question,
        name=question.name,
        ask=render(question.ask, facts, titles),
        why=render(question.why, facts, titles),
        choices=tuple(Choice(one.name, render(one.says, facts, titles), one.shown_by) for one in question.choices),
        default=question.default,
        before=before,
    )
