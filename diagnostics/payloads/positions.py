"""Where in a text of JSON its parts stand: found in one pass at the speed of the C scanner, which skips what nobody asks about."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from diagnostics.payloads.records import Excerpt, Place

_SPACE = re.compile(r"[ \t\n\r]*")
_DEEPEST = 40
_BEFORE, _MARKED, _AFTER = 60, 90, 40
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined]
Span = tuple[int, int]


def locate(text: str, places: Iterable[Place]) -> dict[Place, Span]:
    """Begin and end of each place's value, of its name where it is one too many (``unknown`` or missing values keep their object's beginning)."""
    tree: dict[Any, Any] = {}
    for place in places:
        node = tree
        for step in place[:_DEEPEST]:
            node = node.setdefault(step, {})
    found: dict[Place, Span] = {}
    with suppress(
        StopIteration, ValueError, RecursionError, IndexError
    ):  # no JSON from there on: what was found before is right
        _walk(text, _skip(text, 0), tree, (), found)
    return found


def _walk(text: str, at: int, tree: dict[Any, Any], place: Place, found: dict[Place, Span]) -> int:
    sign = text[at]
    if not tree or sign not in "{[":
        end = int(_scan(text, at)[1])
    elif sign == "{":
        end = _object(text, at, tree, place, found)
    else:
        end = _list(text, at, tree, place, found)
    found[place] = (at, end)
    return end


def _object(text: str, at: int, tree: dict[Any, Any], place: Place, found: dict[Place, Span]) -> int:
    at = _skip(text, at + 1)
    while text[at] == '"':
        begin = at
        name, at = _scan(text, at)
        named = at
        at = _skip(text, _skip(text, at) + 1)  # over the colon
        if name in tree:
            at = _walk(text, at, tree[name], (*place, name), found)
            found[(*place, name, "")] = (begin, named)  # the name itself
        else:
            at = int(_scan(text, at)[1])
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _list(text: str, at: int, tree: dict[Any, Any], place: Place, found: dict[Place, Span]) -> int:
    at = _skip(text, at + 1)
    number = 0
    while text[at] != "]":
        if number in tree:
            at = _walk(text, at, tree[number], (*place, number), found)
        else:
            at = int(_scan(text, at)[1])
        number += 1
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


class Lines:
    """The lines of a text, to tell a place in it as line and column and to show what stands there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def excerpt(self, begin: int, end: int) -> Excerpt:
        """The line of a span, cut to what fits, the span apart."""
        line, _ = self.of(begin)
        start = self._starts[line - 1]
        stop = self._starts[line] - 1 if line < len(self._starts) else len(self._text)
        marked = self._text[begin : min(end, stop)] or " "
        before = self._text[max(start, begin - _BEFORE) : begin]
        cut = "…" if begin - start > _BEFORE else ""
        shown = marked if len(marked) <= _MARKED else marked[:_MARKED] + "…"
        rest = self._text[min(end, stop) : min(stop, end + _AFTER)] if len(marked) <= _MARKED else ""
        more = "…" if rest and stop > end + _AFTER else ""
        before = before.expandtabs(1) if cut else before.lstrip()  # a short line needs no indent to be found
        shown = shown.replace("\n", " ")
        return Excerpt(line, cut + before, shown, rest + more, " " * (len(cut) + len(before)) + "^")
