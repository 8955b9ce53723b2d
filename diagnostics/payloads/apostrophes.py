"""A body in single quotes that holds an apostrophe: the shell ends the text there, and the request loses what comes after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_BEGIN = re.compile(r"(?:\s-d|\s--(?:data(?:-raw|-binary|-ascii)?|json))(?:=|\s{0,20})'(?=\s{0,200}[{\[])")
_END = re.compile(r"(?<=[}\]\s])'(?=\s|;|\||$)")
_MOST_ENDS = 40


def whole(command: str, body: str) -> str | None:
    """The body as it was meant, where apostrophes in it end the text that the shell reads; None where none does, or it is not certain."""
    begin = _BEGIN.search(command)
    if begin is None:
        return None
    for text in _candidates(command, begin.end()):
        if not _is_json(text):
            continue
        is_it = "'" in text and text != body and (not _is_json(body) or text.replace("'", "") == body)
        return text if is_it else None
    return None


def _candidates(command: str, begin: int) -> Iterator[str]:
    for number, found in enumerate(_END.finditer(command, begin)):
        if number == _MOST_ENDS:
            return
        yield command[begin : found.start()].replace("'\\''", "'")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return False
