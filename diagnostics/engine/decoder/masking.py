"""Secrets out of a pasted text, before anything else looks at it: each becomes its shape, and lines stay where they are."""

from __future__ import annotations

import re

from diagnostics.engine.disguises import PREFIX, looks_random
from diagnostics.engine.secrets import Secret
from diagnostics.engine.telltales import WHOLE, unknown_ones

_MOST_URLS = 40_000  # looking for passwords in more takes too long; the text is cut there, so nothing is shown unmasked
_WRAPPED = re.compile(r"[\"' \t│|┃]{0,80}\n[ \t│|┃>\"']{0,80}([\w.*+/=-]{4,400})")
_FULL = 40  # characters of a line that a terminal may have broken; behind the prefix of a key any line may be
_NARROW, _RAGGED = 20, 8
_BREAKS = 6


def masked(text: str) -> tuple[str, int, bool]:
    """``text`` without secrets, how many there were, and whether it was cut."""
    cut = _cut(text)
    made: list[str] = []
    at = count = 0
    spans = [span for first, last, kind in unknown_ones(cut) for span in _wrapped(cut, first, last, kind)]
    for begin, end in _merged(spans):
        made += [cut[at:begin], _instead(cut[begin:end])]
        at, count = end, count + 1
    return "".join([*made, cut[at:]]), count, len(cut) < len(text)


def _instead(secret: str) -> str:
    """Its shape, and as many lines as it had."""
    return f"[{Secret(secret).shape}]" + "\n" * secret.count("\n")


def _cut(text: str) -> str:
    if text.count("://") <= _MOST_URLS:
        return text
    at = -1
    for _ in range(_MOST_URLS):
        at = text.find("://", at + 1)
    return text[:at]


def _wrapped(text: str, begin: int, end: int, kind: str) -> list[tuple[int, int]]:
    """The secret, and what of it a terminal has put on the next lines."""
    made = [(begin, end)]
    if kind in WHOLE:
        return made
    width = _width(text, begin, end)
    for _ in range(_BREAKS):
        found = _WRAPPED.match(text, end)
        if width < _FULL and not (PREFIX.match(text, begin) and found and _fills(text, found, width)):
            break
        if found is None or not (looks_random(found.group(1)) or width < _FULL):
            break
        made.append(found.span(1))
        end = found.end(1)
        if len(found.group(1)) + _RAGGED < width < _FULL:
            break
        width = _width(text, found.start(1), end)
    return made


def _width(text: str, begin: int, end: int) -> int:
    """Characters of a line up to ``end``; no further back than to where it is broad enough: a line may be all there is."""
    least = max(end - _FULL, 0)
    at = text.rfind("\n", least, end)
    return end - at - 1 if at >= 0 else end - least


def _fills(text: str, found: re.Match[str], width: int) -> bool:
    """In a narrow window a key's lines are as wide as each other, and the last has nothing beside it."""
    piece = found.group(1)
    ends = text[found.end(1) : found.end(1) + 1].strip(" \t\"'│|┃)") in ("", "\n")
    return ends and width >= _NARROW and (len(piece) <= width or looks_random(piece))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made
