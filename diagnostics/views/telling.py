"""A cause as its public page tells it: from the knowledge alone, without anybody's facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from diagnostics.engine import library, playbooks
from diagnostics.engine.library import Cause, Evidence, Knowledge
from diagnostics.engine.probes import PROBES
from diagnostics.engine.vocabulary import CAUSES, HEALTHY, SIDES, UNKNOWN
from diagnostics.engine.wording import render, slots

_ASIDE = re.compile(r"\s*\([^()]*\{[^()]*\)")  # what a report tells in brackets
_TAIL = re.compile(r"(?::|, leading to) \{[^{}]*\}(?: \{[^{}]*\})?(?=\.?$)")  # and at the end of a sentence
_INSTEAD = {
    "clock.offset_seconds": "far off",
    "config.base_url.vendor": "another vendor",
    "config.key.others": "another one",
    "config.key.vendor": "another",
    "config.key.near_misses": "a similar name",
    "config.provider_switch": "a cloud provider",
    "config.proxy.ignored": "a variable",
}
"""What stands for a fact that a report always tells; a status is "an error", and anything else "some"."""

_DECISIVE, _STRONG = 6.0, 3.0  # log-odds
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
    """One instruction of the wizard, and the checks that prove it."""

    do: str
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


def general(sentence: str) -> str:
    """A sentence of a report without the places that only a report can fill."""
    bare = _TAIL.sub("", _ASIDE.sub("", sentence))
    for name, otherwise in slots(bare):
        if otherwise is None:
            words = _INSTEAD.get(name, "an error" if name.endswith(".status") else "some")
            bare = bare.replace("{" + name + "}", words)
    words = re.sub(r"\s+([.,:;])", r"\1", render(bare, {}))
    return words[:1].upper() + words[1:]


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
    return Sign(general(says[item.finding]).rstrip(".") + ".", "adds to others" if item.context else alone)


def _steps(code: str, knowledge: Knowledge) -> tuple[Step, ...]:
    titles = {probe.name: probe.title for probe in PROBES}
    walked = playbooks.walk(code, {}, knowledge)
    return tuple(
        Step(step.do, tuple(titles[name] for name in step.step.probes if name in titles) if code != UNKNOWN else ())
        for step in walked
    )
