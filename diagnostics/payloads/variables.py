"""Variables of a shell inside of a command: where one stands, only the machine it runs on knows what the request holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from diagnostics.payloads.records import Place, path_of

VARIABLE = r"\$(?:[A-Za-z_]\w{0,60}|\{[A-Za-z_][^}\n]{0,200}\}|\((?:[^()]|\([^()]*\)){0,4000}\))"
"""A variable, or what a command prints, as a POSIX shell puts it in outside of single quotes."""

_OPEN, _CLOSE = "\ue000", "\ue001"  # around a variable in a word, so that what stood in single quotes is told from it
_MARKED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_IN_DOUBLE = re.compile(rf"\\(\r?\n|[\\\"$`])|({VARIABLE})")
_IN_HERE = re.compile(rf"\\[\\$`]|({VARIABLE})")
_TEXT_OR_MARK = re.compile(f'"(?:[^"\\\\]|\\\\.)*"|{_OPEN}[^{_CLOSE}]*{_CLOSE}', re.DOTALL)


def marked(variable: str) -> str:
    """A variable with its marks."""
    return f"{_OPEN}{variable}{_CLOSE}"


def in_double_quotes(text: str) -> str:
    """What a shell makes of a text in double quotes, variables marked."""

    def one(found: re.Match[str]) -> str:
        return marked(found[2]) if found[2] else found[1] if found[1].strip() else ""

    return _IN_DOUBLE.sub(one, text)


def in_here_document(text: str) -> str:
    """The same of a here document whose word is not quoted."""
    return _IN_HERE.sub(lambda found: marked(found[1]) if found[1] else found[0][1:], text)


def plain(word: str) -> str:
    """A word without the marks."""
    return _MARKED.sub(r"\1", word) if _OPEN in word else word


def is_one(word: str) -> bool:
    """Nothing but a variable."""
    return _MARKED.fullmatch(word.strip()) is not None


def settled(body: str) -> tuple[str, tuple[str, ...]]:
    """A body without the marks, a variable that stands for a whole value as a text in angle brackets; and the paths of what was one."""
    if _OPEN not in body:
        return body, ()

    def one(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else json.dumps(found[0], ensure_ascii=False)

    texts = _TEXT_OR_MARK.sub(one, body)
    try:
        value = json.loads(texts)
    except (ValueError, RecursionError):
        return plain(body), ()
    shown = _TEXT_OR_MARK.sub(lambda found: found[0] if found[0].startswith('"') else f'"<{plain(found[0])}>"', body)
    return plain(shown), tuple(path_of(place) for place in _places(value))


def _places(value: Any) -> Iterator[Place]:
    stack: list[tuple[Place, Any]] = [((), value)]
    while stack:
        place, one = stack.pop()
        if isinstance(one, str) and _OPEN in one:
            yield place
        elif isinstance(one, dict):
            stack += [((*place, name), inner) for name, inner in one.items()]
        elif isinstance(one, list):
            stack += [((*place, number), inner) for number, inner in enumerate(one)]
