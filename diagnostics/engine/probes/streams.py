"""Server-sent events (the HTML standard, 9.2) as far as the API's streams use them, each with the moment at which it was there."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from diagnostics.engine.net.http import Answer

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINES = re.compile(r"\r\n|\n|\r")
_MOST = 2000  # events that are looked at


@dataclass(frozen=True)
class Event:
    """One event that came whole. ``at`` in seconds since the request had left; ``data`` is its JSON object, empty for none."""

    at: float
    name: str
    data: Mapping[str, Any]


def is_stream(answer: Answer) -> bool:
    """Whether an answer is a stream of events, whatever its media type claims."""
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == "text/event-stream" or answer.body.lstrip()[:6] in (b"event:", b"data: ")


def events_of(answer: Answer) -> tuple[Event, ...]:
    """The events of a stream in their order; one that was cut off does not count."""
    lengths = [length for _, length in answer.pieces]
    events: list[Event] = []
    begin = 0
    for end in _END.finditer(answer.body):
        place = bisect_left(lengths, end.end())
        at = answer.pieces[place][0] if place < len(lengths) else answer.total_seconds
        event = _event(answer.body[begin : end.start()].decode("utf-8", "replace"), at)
        begin = end.end()
        if event is not None and len(events) < _MOST:
            events.append(event)
    return tuple(events)


def _event(text: str, at: float) -> Optional[Event]:
    name, parts = "", []
    for line in _LINES.split(text):
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            parts.append(value[1:] if value.startswith(" ") else value)
    if not name and not parts:
        return None  # a comment that keeps the connection alive
    try:
        data = json.loads("\n".join(parts))
    except (ValueError, RecursionError):
        data = None
    told = data if isinstance(data, dict) else {}
    kind = told.get("type")
    return Event(at, name or (kind if isinstance(kind, str) else ""), told)
