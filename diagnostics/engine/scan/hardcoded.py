"""Keys that lie open in any text: found by the shapes of ``knowledge/providers``, told apart from examples of keys.

A literal is searched first and a pattern only where it stands, so a file without keys costs a few searches. Texts that only begin like a
key are left out by their length; those that nobody's machine has made (words, counting, one piece over and over) are examples.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Optional

from diagnostics.engine.disguises import without_prefix
from diagnostics.engine.environment.vendors import KeyShape, Vendors

_MOST = 500  # of one text
_LEAST = 20
_WORDS = re.compile(
    r"example|placeholder|dummy|fake|sample|redact|change.?me|your|xxxx|\.\.\.|insert|replace|secret.?key|(?:^|[-_])(?:test|mock|demo)",
    re.IGNORECASE,
)
_RUN = re.compile(r"(.)\1{4}")
_ASCENDING = 6
_GRAM = 4


@dataclass(frozen=True)
class OpenKey:
    """A text with the shape of a key, and where it stands. ``example``: it was typed, not made."""

    begin: int
    value: str = field(repr=False)
    shape: KeyShape
    example: bool


class KeyFinder:
    """The shapes of keys, ready to be searched for."""

    def __init__(self, vendors: Vendors) -> None:
        self._vendors = vendors
        tables: dict[str, list[tuple[re.Pattern[str], KeyShape]]] = {}
        for shape in vendors.shapes:
            if shape.prefix:
                body = shape.pattern or f"{re.escape(shape.prefix)}[A-Za-z0-9_/+=-]{{{_body(shape)},}}"
                tables.setdefault(shape.prefix, []).append((re.compile(f"(?:{body})(?![A-Za-z0-9])"), shape))
        self._patterns = tables
        self._literals = tuple(each for each in tables if not any(each != o and each.startswith(o) for o in tables))
        self.literals = tuple(each.encode() for each in self._literals)

    def find(self, text: str) -> Iterator[OpenKey]:
        """Every key in ``text``, at most so many as anybody reads."""
        made = 0
        for literal in self._literals:
            at = text.find(literal)
            while at >= 0 and made < _MOST:
                found = self._at(text, at) if not _continues(text, at) else None
                if found is not None:
                    made += 1
                    yield found
                at = text.find(literal, at + (len(found.value) if found is not None else 1))

    def one(self, value: str) -> Optional[OpenKey]:
        """``value`` as a key, where it is nothing else."""
        found = self._at(value, 0)
        return found if found is not None and len(found.value) == len(value) else None

    def _at(self, text: str, at: int) -> Optional[OpenKey]:
        fitting = []
        for prefix, patterns in self._patterns.items():
            if text.startswith(prefix, at):
                for pattern, shape in patterns:
                    match = pattern.match(text, at)
                    if match is not None:
                        fitting.append((not shape.shared, len(shape.prefix), match[0], shape))
        if not fitting:
            return None
        _, _, value, shape = max(fitting, key=lambda each: each[:2])
        value = value.rstrip("=/+") if not shape.pattern else value
        return OpenKey(at, value, shape, is_example(value))


def is_example(value: str) -> bool:
    """Typed by a person: it has words, counts upwards, repeats itself, or uses too few signs."""
    body = without_prefix(value)
    if _WORDS.search(body) or _RUN.search(body) or _counts(body):
        return True
    grams = [body[at : at + _GRAM] for at in range(len(body) - _GRAM + 1)]
    if grams and len(set(grams)) < 0.75 * len(grams):
        return True
    hexadecimal = re.fullmatch(r"[0-9a-f]+", body) is not None
    return entropy(body) < (2.8 if hexadecimal else 3.3)


def entropy(text: str) -> float:
    """Bits for each character, by how often each is used."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if total else 0.0


def _counts(body: str) -> bool:
    """So many neighbours in the alphabet or among the digits follow each other."""
    run = 1
    for left, right in zip(body, body[1:]):
        run = run + 1 if ord(right) - ord(left) == 1 else 1
        if run >= _ASCENDING:
            return True
    return False


def _body(shape: KeyShape) -> int:
    return max((shape.least or _LEAST) - len(shape.prefix), 8)


def _continues(text: str, at: int) -> bool:
    """What stands before belongs to the same word, which then is none that begins like a key."""
    before = text[at - 1 : at]
    return bool(before) and (before.isalnum() or before in "_-" or (before == "/" and text[at - 2 : at - 1].isalnum()))
