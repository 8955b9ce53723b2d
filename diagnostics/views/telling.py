"""A cause as its public page tells it: from the knowledge alone, without anybody's facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from diagnostics import pages_schema
from diagnostics.engine import library, playbooks
from diagnostics.engine.library import Cause, Evidence, Knowledge
from diagnostics.engine.playbook_records import HandOver
from diagnostics.engine.probes import PROBES
from diagnostics.engine.vocabulary import CAUSES, HEALTHY, SIDES, UNKNOWN
from diagnostics.engine.wording import slots
from diagnostics.services.general import general, letter
from diagnostics.views import commands

_DECISIVE, _STRONG = 6.0, 3.0  # log-odds
_MOST_SLOTS = 2  # a reason made of more facts says nothing without them
_NO_FAULT = ""
_SIDES = {
    "client": "You can change it: this machine's own configuration",
    "network": "Whoever runs the network in between can change it",
    "provider": "The provider, or the owner of the account there, can change it",
    "request": "Whoever writes the calling code can change it",
    _NO_FAULT: "No fault, or none that is known",
}


@dataclass(frozen=True)
class Sign:
    """A statement that speaks for or against a cause, and how strongly, in a word."""

    says: str
    strength: str


@dataclass(frozen=True)
class Neighbour:
    """A cause that looks alike, and how to tell them apart."""

    code: str
    title: str
    tell: str


@dataclass(frozen=True)
class Step:
    """One instruction of the wizard with its lines to copy, and the checks that prove it."""

    do: str
    why: str
    expect: str
    changes: str
    undo: str
    tabs: tuple[dict[str, Any], ...]
    anywhere: tuple[dict[str, str], ...]
    hand_over: HandOver | None
    proved_by: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A cause's page, but for how often we are right."""

    code: str
    title: str
    plain: str
    who_acts: str
    side: str
    layer: str
    speaks_for: tuple[Sign, ...]
    speaks_against: tuple[Sign, ...]
    neighbours: tuple[Neighbour, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Group:
    """Causes that the same people can change."""

    side: str
    title: str
    causes: tuple[Told, ...]


@lru_cache(maxsize=1)
def everything() -> tuple[Group, ...]:
    """Every cause that is known, by who can change it, in the vocabulary's order."""
    knowledge = library.load()
    every = [_told(knowledge.causes[code], knowledge) for code in CAUSES if code in knowledge.causes]
    groups = (
        Group(side, _SIDES[side], tuple(one for one in every if one.side == side)) for side in (*SIDES, _NO_FAULT)
    )
    return tuple(group for group in groups if group.causes)


def one(code: str) -> Told | None:
    """The page of a cause; None for a code that nobody knows."""
    return next((cause for group in everything() for cause in group.causes if cause.code == code), None)


def _told(cause: Cause, knowledge: Knowledge) -> Told:
    says = {sign.code: sign.says for sign in reversed(knowledge.signatures)}
    strongest = sorted(cause.evidence, key=lambda item: (item.context, -abs(item.weight)))
    return Told(
        code=cause.code,
        title=general(cause.title),
        plain=cause.plain,
        who_acts=cause.who_acts,
        side=cause.side or _NO_FAULT,
        layer=cause.layer or "",
        speaks_for=tuple(_sign(item, says, "decisive") for item in strongest if item.weight > 0),
        speaks_against=tuple(_sign(item, says, "rules it out") for item in strongest if item.weight < 0),
        neighbours=tuple(
            Neighbour(each.code, general(knowledge.causes[each.code].title), each.tell)
            for each in cause.confused_with
            if each.code in knowledge.causes
        ),
        steps=_steps(cause.code, knowledge) if cause.code != HEALTHY else (),
    )


def _sign(item: Evidence, says: dict[str, str], most: str) -> Sign:
    weight = abs(item.weight)
    alone = most if weight >= _DECISIVE else "strong" if weight >= _STRONG else "weak"
    told = pages_schema.pages().signs.get(item.finding) or general(says[item.finding])
    return Sign(told.rstrip(".") + ".", "adds to others" if item.context else alone)


def _steps(code: str, knowledge: Knowledge) -> tuple[Step, ...]:
    titles = {probe.name: probe.title for probe in PROBES}
    walked = playbooks.walk(code, {}, knowledge)
    return tuple(_step(code, one, titles if code != UNKNOWN else {}) for one in walked)


def _step(code: str, walked: playbooks.Walked, titles: Mapping[str, str]) -> Step:
    """``titles`` are of the checks that may prove it."""
    step = walked.step
    instead = pages_schema.pages().steps
    return Step(
        do=instead.get(f"{code}.{step.name}.do", walked.do),
        why=instead.get(f"{code}.{step.name}.why")
        or (general(step.why) if len(slots(step.why)) <= _MOST_SLOTS else ""),
        expect=general(step.expect),
        changes=general(step.changes),
        undo=general(step.undo),
        tabs=commands.tabs(walked.commands),
        anywhere=commands.anywhere(walked.commands),
        hand_over=step.hand_over and HandOver(step.hand_over.to, letter(step.hand_over.text)),
        proved_by=tuple(titles[name] for name in step.probes if name in titles),
    )
