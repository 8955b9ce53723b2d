"""JSON, and the braces of YAML: every value with its path and line, also of a text that is broken.

One reader for both, since the second holds the first. It takes comments, trailing commas and missing quotes as they come; whether the
text is legal is asked elsewhere. Nothing recurses, and each character is looked at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Optional

from diagnostics.engine.scan.records import Scalar

_MOST = 500_000  # tokens of one text
_DEEPEST = 200
BLANK = " \t\r\n"
"""What is no part of a value; other white space was copied along with it, and is worth telling."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>//[^\n]*|\#[^\n]*)|(?P<single>'(?:[^'\n]|'')*')"""
    r"""|(?P<open>[{\[])|(?P<close>[}\]])|(?P<mark>[:,])|(?P<plain>[^\s,:{}\[\]"'](?:[^,:{}\[\]\n]|:(?=\S))*)|(?P<other>.)""",
    re.DOTALL,
)
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def scalars(text: str, line: int = 1, path: tuple[Any, ...] = (), *, yaml: bool = False) -> Iterator[Scalar]:
    """The values of a text that begins in ``line``, each with ``path`` in front of its own. ``yaml``: it ends with its first bracket."""
    levels: list[list[Any]] = []  # [is a mapping, key or position]
    pending: Optional[tuple[str, bool, int]] = None  # a text that may turn out to be a key; its line
    for number, (kind, piece) in enumerate(_tokens(text)):
        here, line = line, line + piece.count("\n")
        if number > _MOST or len(levels) > _DEEPEST:
            return
        if kind in ("double", "single", "plain") or (kind == "comment" and yaml and piece[0] == "/"):
            if pending is not None and levels and levels[-1][1] is not None:  # a comma is missing between the two
                yield Scalar((*path, *(level[1] for level in levels)), pending[0], pending[2], quoted=pending[1])
            pending = (unquoted(piece), kind != "plain", here)
            continue
        if piece == ":" and levels and levels[-1][0] and pending is not None:
            levels[-1][1], pending = pending[0], None
            continue
        if pending is not None and kind in ("mark", "close"):
            yield Scalar((*path, *(level[1] for level in levels)), pending[0], pending[2], quoted=pending[1])
            pending = None
        if kind == "open":
            pending = None
            levels.append([piece == "{", None if piece == "{" else 0])
        elif kind == "close" and levels:
            levels.pop()
            if yaml and not levels:
                return
        elif piece == "," and levels and not levels[-1][0]:
            levels[-1][1] += 1


def unquoted(piece: str) -> str:
    """A text without its quotes and escapes."""
    if len(piece) > 1 and piece[0] == piece[-1] == '"':
        try:
            return str(json.loads(piece, strict=False))
        except ValueError:  # an escape that JSON does not have
            return piece[1:-1]
    if len(piece) > 1 and piece[0] == piece[-1] == "'":
        return piece[1:-1].replace("''", "'")
    return piece.strip(BLANK)


def closes_at(text: str) -> int:
    """Where the bracket that begins ``text`` is closed: the place behind it, -1 where it is not."""
    depth = at = 0
    for kind, piece in _tokens(text):
        depth += {"open": 1, "close": -1}.get(kind, 0)
        at += len(piece)
        if depth == 0:
            return at
    return -1


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of every token. What was not closed once is not looked for again: a text of nothing but beginnings costs no more."""
    at, quotes, comments = 0, True, True
    while at < len(text):
        kind, end = "", -1
        if comments and text.startswith("/*", at):
            kind, end = "space", text.find("*/", at + 2) + 2
            comments = end > 1
        elif quotes and text[at] == '"':
            closed = _DOUBLE.match(text, at)
            kind, end = "double", closed.end() if closed is not None else -1
            quotes = closed is not None
        if end <= at:
            token = _TOKEN.match(text, at)
            assert token is not None  # the last of its branches takes anything
            kind, end = str(token.lastgroup), token.end()
        yield kind, text[at:end]
        at = end
