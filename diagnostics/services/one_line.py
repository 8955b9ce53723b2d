"""A line that everybody reads, such as a name: what it may not hold."""

from __future__ import annotations

import unicodedata

from diagnostics.exceptions import InvalidInput
from diagnostics.services.redaction import TURNING, holds_secret

_UNSEEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
_KEY = "This looks like a key or password, and everybody sees the {}: {}."


def fault(text: str, called: str, longest: int, instead: str = "choose another one") -> str:
    """What is wrong with it, in a sentence; "" for nothing."""
    if any(unicodedata.category(character) in _UNSEEN or character in TURNING for character in text):
        return f"The {called} holds a line break or a character that nobody sees: type it anew, on one line."
    if len(text) > longest:
        return f"The {called} is too long: at most {longest} characters."
    return looks_secret(called, instead) if holds_secret(text) else ""


def looks_secret(called: str, instead: str) -> str:
    """The sentence about a line that nobody should read."""
    return _KEY.format(called, instead)


def name(text: str, longest: int) -> str:
    """A name as it is kept. Raises InvalidInput by "name"."""
    kept = " ".join(text.split())[:longest]
    if says := fault(kept, "name", longest):
        raise InvalidInput({"name": says})
    return kept
