"""Faults in the order in which they are told, and with their places in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from diagnostics.payloads.positions import Lines, locate
from diagnostics.payloads.records import Fault, Place

_MOST_PLACED = 40
_PARTS = ("json", "address", "key", "headers", "model", "size", "body")
_RANK = {"certain": 0, "likely": 1, "maybe": 2}


def ordered(faults: Sequence[Fault]) -> list[Fault]:
    """Each once, the surest first, and in this order those that stand first in a request."""
    once = {(fault.part, fault.path, fault.says): fault for fault in faults}
    has_model = any(fault.part == "model" for fault in faults)
    kept = [fault for fault in once.values() if not (has_model and fault.part == "body" and fault.path == "model")]
    return sorted(kept, key=lambda fault: (_RANK[fault.severity], _PARTS.index(fault.part)))


def folded(faults: Sequence[Fault]) -> list[Fault]:
    """Equal ones at like places as one, which knows where the others stand."""
    made: dict[tuple[str, ...], Fault] = {}
    also: dict[tuple[str, ...], list[str]] = {}
    for fault in faults:
        like = (fault.part, re.sub(r"\[\d+\]", "[]", fault.path), fault.says, fault.severity, fault.near)
        if like in made:
            also.setdefault(like, []).append(fault.path)
        else:
            made[like] = fault
    return [replace(fault, also=tuple(also[like])) if like in also else fault for like, fault in made.items()]


def placed(faults: Sequence[Fault], text: str, verbatim: bool) -> list[Fault]:
    """The same with line, column and excerpt, those first ones that have a place in the body.

    ``verbatim``: the text is what was pasted; else its lines would be none that anybody sees.
    """
    wanted = {fault.place for fault in faults[:_MOST_PLACED] if fault.place}
    if not wanted or not text:
        return list(faults)
    spans, lines = locate(text, wanted), Lines(text)
    made = [_with_place(fault, spans, lines) if fault.place in wanted else fault for fault in faults]
    return [one if verbatim or one.part == "json" else replace(one, line=None, column=None) for one in made]


def _with_place(fault: Fault, spans: Mapping[Place, tuple[int, int]], lines: Lines) -> Fault:
    place = fault.place or ()
    span = spans.get((*place, "")) if fault.kind in ("unknown_field", "needs_beta", "not_for_model") else None
    span = span or spans.get(place)
    if span is None:
        holder = next((spans[place[:cut]] for cut in range(len(place) - 1, -1, -1) if place[:cut] in spans), None)
        span = (holder[0], holder[0] + 1) if holder else None
    if span is None:
        return fault
    line, column = lines.of(span[0])
    return replace(fault, line=line, column=column, excerpt=lines.excerpt(*span))
