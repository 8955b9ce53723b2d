"""The nouns of the payload lab: what was pasted, what is wrong with it, and what comes of a check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnostics.engine.models_table import State

SEVERITIES = ("certain", "likely", "maybe")
"""``certain``: refused whatever else. ``likely``: refused unless the API has learnt it since. ``maybe``: it may be ignored, or is unwise."""

PARTS = ("json", "body", "headers", "key", "address", "model", "size")
"""What a fault is about; ``knowledge/payloads.toml`` says to which cause each leads."""

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    ``path`` is shown (``messages[0].content``, ``header x-api-key``); ``place`` are its steps in the body. ``allowed`` is what may stand there,
    ``near`` the name or value that is probably meant; ``also`` more paths at which the same is wrong; ``kind`` a word for programs. ``line``,
    ``column`` (from 1) and ``excerpt`` are of the body as it was pasted, or as it was mended where it was no JSON.
    """

    part: str
    path: str
    says: str
    severity: str = "certain"
    allowed: tuple[str, ...] = ()
    near: str = ""
    kind: str = ""
    place: Place | None = None
    line: int | None = None
    column: int | None = None
    excerpt: Excerpt | None = None
    also: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        return self.severity == "certain"


@dataclass(frozen=True)
class Excerpt:
    """The line of a fault with what stands beside: ``before`` and ``after`` the marked text, cut; ``number`` of the line."""

    number: int
    before: str
    marked: str
    after: str
    caret: str = ""


@dataclass(frozen=True)
class Choice:
    """One request of several that were pasted, as a list shows it."""

    number: int
    title: str
    chosen: bool = False


@dataclass(frozen=True)
class Request:
    """What was pasted, taken apart. ``headers`` are as sent and hold secrets: nothing of them leaves but by ``headers.py``.

    ``kind`` is how it was pasted (a word of ``recognising.KINDS``); ``body`` the text of the body, None where there is none or it stands in a
    file; ``complete`` tells whether all headers that are sent are among these;
    ``aside`` names what is recognised and not judged.
    """

    kind: str
    body: str | None = field(default=None, repr=False)
    method: str = ""
    url: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    complete: bool = False
    betas: tuple[str, ...] = ()
    protocol: str = ""
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    choices: tuple[Choice, ...] = ()
    unresolved: tuple[str, ...] = ()
    inline_key: str = field(default="", repr=False)
    params_at: tuple[str, ...] = ()
    aside: str = ""


@dataclass(frozen=True)
class Snippet:
    """The request in one form to copy: ``key`` curl, python or typescript."""

    key: str
    label: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Size:
    """How large it is: bytes of the body, its limit, and a rough number of tokens of its texts (images not counted)."""

    bytes: int
    largest: int
    tokens: int
    images: int = 0


@dataclass(frozen=True)
class Checked:
    """Everything that comes of one check. No secret is in it: ``hidden`` counts what was taken out.

    ``corrected`` is the body with every safe correction, ``changes`` what was changed in it, one sentence each; ``open_faults`` is what
    stays wrong in it. ``source`` and ``source_date`` name the snapshot; ``not_checked`` says what nobody but the API can tell;
    ``foreign`` names a protocol that is recognised and not judged.
    """

    kind: str
    title: str
    protocol: str = ""
    protocol_title: str = ""
    source: str = ""
    source_date: str = ""
    method: str = ""
    address: str = ""
    header_names: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    model: State | None = None
    size: Size | None = None
    corrected: str | None = field(default=None, repr=False)
    changes: tuple[str, ...] = ()
    open_faults: tuple[Fault, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    notes: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    hidden: int = 0
    more: int = 0
    foreign: str = ""

    def count(self) -> Mapping[str, int]:
        """Faults by severity."""
        return {word: sum(fault.severity == word for fault in self.faults) for word in SEVERITIES}


class Unresolved(str):
    """An expression in pasted code whose value only the program knows, in place of that value."""

    __slots__ = ()


def is_unresolved(value: Any) -> bool:
    return isinstance(value, Unresolved)


def path_of(place: Place) -> str:
    """A place as people write it: ``messages[0].content``."""
    made = ""
    for step in place:
        made += f"[{step}]" if isinstance(step, int) else f".{step}" if made else step
    return made
