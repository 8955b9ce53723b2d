"""What went wrong and then went well: failures that a later success of the same request takes back.

A success of another command is none: somebody shows that ``curl`` works where the client does not, and both belong to the case.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.decoder.hosts import vendor_of
from diagnostics.engine.decoder.reading import View
from diagnostics.engine.decoder.signs import Seen
from diagnostics.engine.decoder.structures import is_api_path, statuses

_REQUEST = re.compile(
    r"\b(?:get|post|put|head|options) (?:(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,200})(?::\d{1,5})?)?(?P<path>/[^\s\"'?]{0,200})"
)
_RETRIED = re.compile(
    r"\bretrying|\bretry (?:in|\d|#|attempt)|\battempt #?\d|重试|再試行|wiederhol|neuer versuch|reintent|nouvelle tent"
)
_SPOKEN = re.compile(r"\bhttp/[\d.]{1,3}[\"']? {1,3}$")  # a status of HTTP itself, and not of anybody's check of health
_ELSE = re.compile(r"[\"']? {1,3}connection established")
_PROMPT = re.compile(r"(?:[\w.@:~/\\-]{0,60} ?)?[$❯%] \S|ps [a-z]:\\")
_CHANGED = re.compile(
    r"\bunset (?:https?|all)_proxy\b|\$env:https?_proxy ?= ?(?:\$null|[\"']{2})|\bset https?_proxy= *(?:$|\n)"
)


@dataclass(frozen=True)
class _Answer:
    """A status in a line, and the request and host that it names: ``""`` where it names none."""

    line: int
    number: int
    request: str
    host: str


def taken_back(view: View, seen: Sequence[Seen]) -> frozenset[int]:
    """Lines (from 1) of the text whose failure a later success has taken back."""
    answers = sorted(_answers(view), key=lambda one: one.line)
    last = {one.request: one.line for one in answers if 200 <= one.number < 300}
    if not last:
        return frozenset()
    lines = {one.span.line: "" for one in seen if one.sign.causes}
    lines.update((one.line, one.request) for one in answers if one.number >= 400)
    retried, prompts, changed = set(_lines_with(view, _RETRIED)), _prompts(view), _lines_with(view, _CHANGED)
    hosts = {one.host for one in answers if 200 <= one.number < 300 and one.host}
    reached = {one.span.line for one in seen if not one.sign.answers and any(host in one.line for host in hosts)}
    made = set()
    for line, request in lines.items():
        success = max(last.get(request, 0), last.get("", 0)) if request else max(last.values())
        again = request != "" and last.get(request, 0) > line
        same_run = (line in retried or line in reached) and not _any_between(prompts, line, success)
        if success > line and (again or same_run or _any_between(changed, line, success)):
            made.add(line)
    return frozenset(made)


def _any_between(lines: Sequence[int], begin: int, end: int) -> bool:
    at = bisect_right(lines, begin)
    return at < len(lines) and lines[at] < end


def _answers(view: View) -> Iterator[_Answer]:
    for one in statuses(view):
        before = view.lowered[max(view.line_begin(one.at), one.at - 400) : one.at]
        request = _request(before)
        if one.tunnel or request is None or _ELSE.match(view.lowered, one.end):
            continue
        if request or one.number >= 400 or _SPOKEN.search(before):
            host = request.partition("://")[2].partition("/")[0].partition(":")[0]
            yield _Answer(view.span(one.at, one.end).line, one.number, request, host)


def _request(line: str) -> Optional[str]:
    """The request that a line names; None where it is to something that is no LLM API."""
    asked = list(_REQUEST.finditer(line))
    if not asked:
        return ""
    found = asked[-1]
    host = found.group("host") or ""
    if (host and vendor_of(host) is not None) or is_api_path(found.group("path")):
        return found.group().partition("?")[0]
    return None


def _lines_with(view: View, pattern: re.Pattern[str]) -> list[int]:
    return [view.span(found.start(), found.end()).line for found in pattern.finditer(view.lowered)]


def _prompts(view: View) -> list[int]:
    """Lines in which somebody gave a command."""
    return [line for start, (line, _) in zip(view.starts, view.origins) if _PROMPT.match(view.lowered, start)]
