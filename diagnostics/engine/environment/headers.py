"""Headers that go with every request besides the client's own: of its variables, and of ``--header``.

What opens a door is a credential and stands with the others (``credentials.py``). The rest is judged here by its form; what only the API
can know, such as whether a beta is still open, is asked of the API.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.keys import ILLEGAL
from diagnostics.engine.environment.variables import Variables
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.records import FactValue, Header
from diagnostics.engine.secrets import Secret

OPTION = "--header"
VERSION, BETA, TYPE = "anthropic-version", "anthropic-beta", "content-type"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_SAYABLE = re.compile(  # what a header's value is when it is none of the secrets that stand in the wrong header: a date, a beta, a kind, a short word
    r"\d{4}-\d\d-\d\d|(?:[a-z0-9]{1,16}[-.]){1,8}(?:\d{4}-\d\d-\d\d|20\d{6})|(?!sk-)[a-z]{1,16}/[a-z]{1,16}(?:[.+-][a-z]{1,16}){0,6}|(?!sk-)[\x20-\x7e]{1,12}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DOORS = ("x-api-key", "authorization")
_OF_A_WHOLE = (*_DOORS, VERSION, TYPE)
"""Who writes one of these by hand for a client that adds none of its own has written all that is sent."""


@dataclass(frozen=True)
class Told:
    """A word of ``config.headers.problems``, and the sentence about it."""

    word: str
    says: str


def held(asked: Asked, variables: Variables, rules: ClientRules) -> tuple[Header, ...]:
    """Every header besides the client's own and its credentials, each name once and the strongest place's: the option's, then variables'."""
    made: dict[str, Header] = {}
    for header in (*_of_variables(variables, rules), *_of_options(asked)):
        name = header.name.lower()
        before = made.get(name)
        if before is not None and before.source == header.source == OPTION:  # twice the same: one line of both
            both = f"{before.value.reveal()}, {header.value.reveal()}"
            header = Header(header.name, Secret(both), OPTION)
        made[name] = header
    return tuple(header for name, header in made.items() if name not in _DOORS)


def lines(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of each line of a variable that holds headers."""
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            yield name.strip(), value.strip()


def whole(asked: Asked, rules: ClientRules) -> bool:
    """Whether the options name all headers that are sent: the client adds none, and one that every request needs is among them."""
    given = {name.lower() for name, _ in asked.headers}
    return not rules.headers.by_itself and not given.isdisjoint(_OF_A_WHOLE)


def facts(
    sent: tuple[Header, ...], asked: Asked, rules: ClientRules, known: Mapping[str, Any], vendors: Vendors
) -> dict[str, FactValue]:
    """The ``config.headers`` facts; none where there is no header to judge. ``known`` is ``[headers]`` of a table of requests."""
    if not sent and not whole(asked, rules):
        return {}
    values = {header.name.lower(): header.value.reveal().strip() for header in sent}
    told = [
        *_illegal(sent, rules),
        *version(values, whole(asked, rules), known),
        *media_type(values, whole(asked, rules), known),
    ]
    betas = betas_of(sent)
    told += [
        Told("beta_malformed", f"{BETA}: {sayable(beta)} has not the form of one")
        for beta in betas
        if not re.match(known["beta"], beta)
    ]
    made: dict[str, FactValue] = {
        "config.headers.names": tuple(
            f"{header.name} ({header.source})" for header in sent if _TOKEN.fullmatch(header.name)
        ),
        "config.headers.problems": tuple(dict.fromkeys(one.word for one in told)),
        "config.headers.told": tuple(one.says for one in told),
        "config.headers.illegal": any(one.word.startswith("illegal_") for one in told),
    }
    if betas:
        made["config.headers.betas"] = tuple(sayable(beta) for beta in betas)
    foreign = {
        shape.vendor for value in values.values() if (shape := vendors.shape_of(value)) is not None and not shape.shared
    }
    if len(foreign) == 1:
        made["config.headers.key_of"] = foreign.pop()
    return made


def betas_of(sent: Sequence[Header]) -> tuple[str, ...]:
    """The values of anthropic-beta that go with a request."""
    text = next((header.value.reveal() for header in sent if header.name.lower() == BETA), "")
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _of_variables(variables: Variables, rules: ClientRules) -> Iterator[Header]:
    betas = variables.get(rules.headers.betas) if rules.headers.betas else None
    if betas is not None:
        yield Header(BETA, Secret(betas.value), rules.headers.betas)
    custom = variables.get(rules.headers.custom) if rules.headers.custom else None
    for name, value in lines(custom.value) if custom is not None else ():
        yield Header(name, Secret(value), rules.headers.custom)


def _of_options(asked: Asked) -> Iterator[Header]:
    yield from (Header(name, Secret(value), OPTION) for name, value in asked.headers)


def _illegal(sent: Sequence[Header], rules: ClientRules) -> Iterator[Told]:
    for header in sent:
        value = header.value.reveal()
        if not _TOKEN.fullmatch(header.name):
            yield Told("illegal_name", f"{header.source}: {sayable(header.name)} is no name that a header can have")
        elif _CONTROL.search(value) or ILLEGAL[rules.keys.header].search(value.strip()):
            yield Told("illegal_value", f"{header.name} ({header.source}) has a character that no header can carry")


def version(values: Mapping[str, str], all_given: bool, known: Mapping[str, Any]) -> Iterator[Told]:
    """What is wrong with anthropic-version, by the lower-case names and values of headers; ``all_given``: there are no others."""
    written: Optional[str] = values.get(VERSION, "" if all_given else None)
    if written == "":
        yield Told("version_missing", f"{VERSION} is missing")
    elif written is not None and "," in written:
        yield Told("version_twice", f"{VERSION} is sent more than once")
    elif written is not None and written not in known["versions"]:
        yield Told(
            "version_unknown",
            f"{VERSION}: {sayable(written)} is no version that is known; known are {', '.join(known['versions'])}",
        )


def media_type(values: Mapping[str, str], all_given: bool, known: Mapping[str, Any]) -> Iterator[Told]:
    """What is wrong with content-type, told in the same way."""
    written = values.get(TYPE, "" if all_given else None)
    if written is None:
        return
    media = written.partition(";")[0].strip().lower()
    if not media:
        yield Told("type_missing", f"{TYPE} is missing")
    elif media not in known["media_types"]:
        yield Told("type_wrong", f"{TYPE}: {sayable(media)} is not {known['media_types'][0]}")


def sayable(text: str) -> str:
    """A header's value as it may be told, or words in its place: who swaps two headers has a key where a version belongs."""
    return text if _SAYABLE.fullmatch(text) else "(a text that cannot be shown)"
