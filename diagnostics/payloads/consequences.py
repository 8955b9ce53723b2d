"""One slip is one fault: what follows from another fault is no fault of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from diagnostics.engine.request.shapes import shown
from diagnostics.payloads.records import Fault, Place

_UNANSWERED = ("has no tool_use in", "has no tool_result in")


def merged(faults: Sequence[Fault], body: Mapping[str, Any], inner: Mapping[str, str]) -> list[Fault]:
    """The same without those that follow from others."""
    made = _paired(_named(_without_details(list(faults)), inner), body)
    touched = _touched(made)
    return [one for one in made if not (_is_unanswered(one) and _message(one) in touched)]


def _holder(fault: Fault) -> Place:
    return (fault.place or ())[:-1]


def _message(fault: Fault) -> int:
    place = fault.place or ()
    return place[1] if len(place) > 1 and place[0] == "messages" and isinstance(place[1], int) else -9


def _is_unanswered(fault: Fault) -> bool:
    return fault.says.startswith(_UNANSWERED)


def _without_details(faults: list[Fault]) -> list[Fault]:
    """What an object of an unknown kind or role holds is not held against it besides."""
    kinds = ("bad_value", "unknown_kind", "other_vendor")
    odd = {_holder(one) for one in faults if one.kind in kinds and one.place and one.place[-1] in ("type", "role")}
    odd.discard(())
    return [one for one in faults if not (one.kind in ("missing", "unknown_field") and _holder(one) in odd)]


def _named(faults: list[Fault], inner: Mapping[str, str]) -> list[Fault]:
    """A misspelt name and what is missing for it are one. ``inner``: slips that no likeness tells -> the name that is meant."""
    missing = {one.place for one in faults if one.kind == "missing"}
    meant: dict[Place, str] = {}
    taken: set[Place] = set()
    for one in faults:
        place = one.place or ()
        near = one.near or inner.get(str(place[-1]), "") if one.kind == "unknown_field" and place else ""
        target = (*place[:-1], near)
        if near and target in missing and target not in taken:
            meant[place] = near
            taken.add(target)
    kept = [one for one in faults if not (one.kind == "missing" and one.place in taken)]
    return [
        _sure(one, meant[one.place or ()]) if one.place in meant and one.kind == "unknown_field" else one
        for one in kept
    ]


def _sure(fault: Fault, near: str) -> Fault:
    says = fault.says if near in fault.says else f"{fault.says}; {near} is meant"
    return replace(fault, says=says, near=near, severity="certain")


def _touched(faults: Sequence[Fault]) -> set[int]:
    """Messages whose tools cannot be paired, since a role, an id's name or a side is wrong already."""
    made: set[int] = set()
    for one in faults:
        step = str((one.place or ("",))[-1])
        is_id = one.kind in ("missing", "unknown_field") and "tool_use_id" in (step, one.near)
        if step == "role" or is_id or one.kind == "wrong_side":
            made |= {_message(one) + near for near in (-1, 0, 1)}
    return made


def _paired(faults: list[Fault], body: Mapping[str, Any]) -> list[Fault]:
    """A result for no use, and the one use without a result before it: the id is wrong."""
    results = [one for one in faults if one.says.startswith(_UNANSWERED[0])]
    uses = [one for one in faults if one.says.startswith(_UNANSWERED[1])]
    for result in results:
        before = [one for one in uses if _message(one) == _message(result) - 1]
        if len(before) != 1 or sum(_message(one) == _message(result) for one in results) != 1:
            continue
        id_ = _at(body, before[0].place or ())
        if isinstance(id_, str) and re.fullmatch(r"[\w-]{1,80}", shown(id_)):
            says = f"has no tool_use in the message before; there {id_} waits for its result"
            at = faults.index(result)
            faults[at] = replace(result, says=says, kind="conflict")
            faults.remove(before[0])
    return faults


def _at(value: Any, place: Place) -> Any:
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
