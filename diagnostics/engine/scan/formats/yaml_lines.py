"""YAML read by its lines: every scalar with its path and line number, whether or not the file is whole.

No parser of YAML is carried: Helm's templates are none until they are filled in, so a reader of lines is needed anyway, and two readers
of one file would give two answers. Aliases are never followed, so a small file cannot become a large one. What a parser would read
differently (merged maps, tags, keys of several lines) holds no variables in practice; ``tests/engine/scan`` compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from diagnostics.engine.scan.formats import flow
from diagnostics.engine.scan.formats.masked import MASKED
from diagnostics.engine.scan.records import Scalar

_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:[^\s#\-?:,\[\]{}&*!|>'"%@`]|[-?:](?=\S))[^#]*?)[ \t]*:(?:[ \t]+|$)"""
)
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:[ \t]+|$))+")
_BLOCK = re.compile(r"([|>])([-+0-9]*)[ \t]*(?:#.*)?$")
_CLOSED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL), "'": re.compile(r"'(?:[^']|'')*'(?!')", re.DOTALL)}
_MOST_LINES = 200  # of one value
_DEEPEST = 100


@dataclass
class _Level:
    """A mapping or list that is open: its column, and the key or position it is at."""

    column: int
    key: Any
    is_list: bool


@dataclass
class _Reading:
    """The lines, the open levels, and how many brackets may still be looked for in vain."""

    lines: list[str]
    levels: list[_Level]
    tries: int = 200


def scalars(text: str) -> Iterator[Scalar]:
    """Every scalar of every document; one without a value is empty and not quoted."""
    lines = [line.rstrip(flow.BLANK) for line in text.split("\n")]
    levels: list[_Level] = []
    reading = _Reading(lines, levels)
    document = at = 0
    while at < len(lines):
        bare = lines[at].lstrip(" ")
        if not bare or bare[0] in "#%" or bare.startswith("{{"):
            at += 1
            continue
        if bare in ("---", "...") and bare == lines[at]:
            document, at = document + 1, at + 1
            levels.clear()
            continue
        column, rest = _enter(levels, len(lines[at]) - len(bare), bare)
        key = _KEY.match(rest)
        if key is not None:
            while levels and levels[-1].column >= column:
                levels.pop()
            levels.append(_Level(column, flow.unquoted(key[1]), False))
            rest = rest[key.end() :]
        del levels[_DEEPEST:]
        at = yield from _value(reading, at, rest, (document, *(level.key for level in levels)))


def _enter(levels: list[_Level], column: int, bare: str) -> tuple[int, str]:
    """Into the list items that begin in front of a line; the column and text behind their dashes."""
    while (bare == "-" or bare.startswith("- ")) and len(levels) < _DEEPEST:
        while levels and levels[-1].column > column:
            levels.pop()
        if levels and levels[-1].is_list and levels[-1].column == column:
            levels[-1].key += 1
        else:
            levels.append(_Level(column, 0, True))  # it may stand as far left as the key that it belongs to
        inner = bare[1:].lstrip(" ")
        column, bare = column + len(bare) - len(inner), inner
    return column, bare


def _value(reading: _Reading, at: int, rest: str, path: tuple[Any, ...]) -> Generator[Scalar, None, int]:
    """The scalars that begin with ``rest`` in line ``at``; gives the line to go on with."""
    lines, levels = reading.lines, reading.levels
    properties = _PROPERTIES.match(rest)
    rest = rest[properties.end() :] if properties is not None else rest
    outer = levels[-1].column if levels else -1
    block = _BLOCK.match(rest)
    if block is not None:
        return (yield from _block(lines, at, block, path, outer))
    if not rest or rest[0] == "#":
        if not _has_child(lines, at, outer, is_list=bool(levels) and levels[-1].is_list):
            yield Scalar(path, "", at + 1)
        return at + 1
    if rest[0] in "{[" and not rest.startswith("{{") and not MASKED.match(rest) and reading.tries:
        whole = "\n".join([rest, *lines[at + 1 : at + _MOST_LINES]])
        end = flow.closes_at(whole)
        if end >= 0:
            yield from flow.scalars(whole[:end], at + 1, path, yaml=True)
            return at + 1 + whole[:end].count("\n")
        reading.tries -= 1
    if rest[0] in _CLOSED:
        whole = "\n".join([rest, *lines[at + 1 : at + _MOST_LINES]]) if not _CLOSED[rest[0]].match(rest) else rest
        closed = _CLOSED[rest[0]].match(whole)
        if closed is not None:
            yield Scalar(path, _folded(closed[0]), at + 1, quoted=True)
            return at + 1 + closed[0].count("\n")
    if rest[0] != "*":  # an alias stands for what is read elsewhere
        text, after = _plain(lines, at, rest, outer)
        yield Scalar(path, text, at + 1)
        return after
    return at + 1


def _block(
    lines: list[str], at: int, block: re.Match[str], path: tuple[Any, ...], outer: int
) -> Generator[Scalar, None, int]:
    end = at + 1
    while end < len(lines) and (not lines[end] or _column(lines[end]) > outer):
        end += 1
    body = lines[at + 1 : end]
    inner = min((_column(line) for line in body if line), default=0)
    text = ("\n" if block[1] == "|" else " ").join(line[inner:] for line in body).rstrip("\n ")
    yield Scalar(path, text if "-" in block[2] or not text else text + "\n", at + 1, quoted=True, block=True)
    return end


def _plain(lines: list[str], at: int, rest: str, outer: int) -> tuple[str, int]:
    """A text without quotes, with the lines that go on with it."""
    parts, after = [_without_comment(rest)], at + 1
    while after < min(len(lines), at + _MOST_LINES) and lines[after] and _column(lines[after]) > outer and outer >= 0:
        bare = lines[after].strip(flow.BLANK)
        if bare[0] in "#{" or bare.startswith("- ") or bare == "-" or _KEY.match(bare):
            break
        parts.append(_without_comment(bare))
        after += 1
    return " ".join(parts), after


def _has_child(lines: list[str], at: int, outer: int, *, is_list: bool) -> bool:
    """What follows an empty value belongs to it."""
    following = (line for line in lines[at + 1 : at + _MOST_LINES] if line and line.lstrip()[:1] != "#")
    child = next(following, "")
    beside = child.lstrip().startswith("- ") or child.strip() == "-"
    return bool(child) and (_column(child) > outer or (_column(child) == outer and beside and not is_list))


def _folded(quoted: str) -> str:
    """A quoted text as it is meant: line breaks in it are single blanks."""
    if "\n" not in quoted:
        return flow.unquoted(quoted)
    joined = re.sub(r"\\\n\s*", "", quoted) if quoted[0] == '"' else quoted
    return flow.unquoted(re.sub(r"[ \t]*\n[ \t]*", " ", joined))


def _without_comment(text: str) -> str:
    return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0].rstrip(flow.BLANK)


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
