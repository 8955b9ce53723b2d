"""What the scan passes along: a file that was read, what it sets, and what is wrong with it. Values that may be secret never print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Optional

from diagnostics.engine.records import FactValue
from diagnostics.engine.secrets import Secret

LEVELS = ("problem", "warning", "info")
"""From what stops somebody to what is only worth knowing."""


@dataclass(frozen=True)
class Scalar:
    """One value of a structured file. ``path`` are the keys and list positions above it; ``quoted`` tells that it is surely a text."""

    path: tuple[Any, ...]
    value: str = field(repr=False)
    line: int
    quoted: bool = False
    block: bool = False  # a text of lines of its own, which begin in the line after


@dataclass(frozen=True)
class Assignment:
    """A name and its value. Those of one ``group`` reach the same program together.

    ``environment``: it is a variable of an environment, and not just an entry of some table. ``expands``: the way of writing
    references that whoever reads this file fills in ("shell", "braces", "github", "kubernetes", "template", "code"), "" for none.
    """

    name: str
    value: str = field(repr=False)
    line: int
    group: str = ""
    environment: bool = True
    expands: str = ""
    encoded: bool = False  # it stood in base64


@dataclass(frozen=True)
class Source:
    """One file. ``kind`` is a word of ``kinds.KINDS``; ``shown`` is its path as people write it.

    ``mode``: its permission bits, None where nobody asked (a pasted text, Windows). ``local``: paths in it are those of this machine.
    """

    shown: str
    kind: str
    text: str = field(repr=False)
    path: str = ""
    mode: Optional[int] = None

    @property
    def local(self) -> bool:
        return bool(self.path)

    @cached_property
    def lines(self) -> Sequence[str]:
        """Its lines; the first one has the number 1."""
        return self.text.split("\n")

    def line(self, number: int) -> str:
        """One line, "" where there is none."""
        return self.lines[number - 1].rstrip("\r") if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True)
class Hit:
    """A rule of ``knowledge/scan`` that a line meets. ``level`` stands in place of the rule's own.

    ``facts`` fill the rule's sentences. ``instead`` is a text of the line, and what to write in its place. ``secret`` is what was found.
    """

    code: str
    line: int
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    level: Optional[str] = None
    instead: Optional[tuple[str, str]] = field(default=None, repr=False)
    secret: Optional[Secret] = None
    commit: str = ""


@dataclass(frozen=True)
class Found:
    """One thing to tell: where it is, what it is, why it matters, what to do. Nothing in it is secret.

    ``corrected`` is the whole line as it should be, "" where nobody but the reader can know it. ``fingerprint`` is that of a secret,
    ``identity`` stays the same when lines move.
    """

    code: str
    level: str
    file: str
    line: int
    title: str
    says: str
    why: str
    fix: str
    cause: Optional[str] = None
    corrected: str = ""
    fingerprint: Optional[str] = None
    commit: str = ""
    identity: str = ""


@dataclass
class Counts:
    """How much was looked at, and what was not, by reason."""

    files: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    ignored: int = 0  # findings that a comment in the file has answered

    def skip(self, why: str) -> None:
        self.skipped[why] = self.skipped.get(why, 0) + 1


@dataclass(frozen=True)
class Outcome:
    """What a scan gives. ``unchecked`` are sentences on what was not looked at; ``stopped`` that somebody ended it early."""

    found: tuple[Found, ...]
    counts: Counts
    unchecked: tuple[str, ...] = ()
    stopped: bool = False
