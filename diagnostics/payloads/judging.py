"""What is wrong with a body that is JSON: by the schema, by the engine's table and rules, and by what belongs together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Any

from diagnostics.engine.models_table import State
from diagnostics.engine.request import judging as engine
from diagnostics.engine.request.reading import Document
from diagnostics.engine.request.shapes import in_words, shown, unlike, walk
from diagnostics.payloads import schema, semantics
from diagnostics.payloads.consequences import merged
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Place, path_of

_SEVERITY = {"certain": "certain", "likely": "likely", "odd": "maybe"}
_TYPES = {
    "integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "text", "array": "a list", "object": "an object",
    "null": "null",
}  # fmt: skip
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_NEAR = 0.75
MOST = 1000
_MOST_MERGED = 300


def judge(
    body: Mapping[str, Any],
    protocol: Protocol,
    known: Known,
    *,
    betas: Sequence[str] = (),
    model: State | None = None,
    unresolved: Sequence[str] = (),
    repeated: Sequence[str] = (),
) -> list[Fault]:
    """Every fault of a body, in the order of the body. ``unresolved``: paths whose values only the program knows."""
    found: dict[str, Fault] = {}
    for fault in _by_schema(body, protocol, known, betas):
        found.setdefault(fault.path, fault)
    extra: Iterable[Fault] = ()
    if protocol.is_anthropic:
        extra = _by_engine(body, protocol, known, betas, repeated)
    for fault in [*extra, *semantics.faults(body, protocol, known, model)]:
        before = found.get(fault.path)
        found[fault.path] = _both(before, fault) if before is not None else fault
    kept = [fault for fault in found.values() if not _is_open(fault.path, unresolved)]
    kept = merged(kept, body, known.raw["inner"] if protocol.is_anthropic else {}) if len(kept) < _MOST_MERGED else kept
    return sorted(kept, key=lambda fault: ("certain", "likely", "maybe").index(fault.severity))[:MOST]


def _both(schemas: Fault, other: Fault) -> Fault:
    """One fault of two at one place: the engine's words and grade, the schema's list of what is allowed."""
    near = other.near or schemas.near
    if schemas.kind == "" or other.kind == schemas.kind or other.kind in ("other_vendor", "unknown_kind", "needs_beta"):
        severity = schemas.severity if other.kind == "needs_beta" else other.severity
        says = other.says if other.kind != "unknown_kind" else schemas.says
        return Fault(
            "body", other.path, says, severity, schemas.allowed, near, schemas.kind or other.kind, schemas.place
        )
    return schemas if schemas.severity == "certain" else other


def _is_open(path: str, unresolved: Sequence[str]) -> bool:
    for one in unresolved:
        if path == one or path.startswith((f"{one}.", f"{one}[")):
            return True
        spread = one.rpartition("...")[0] if "..." in one else None
        if spread is not None and path.startswith(spread.rstrip("[.")):
            return True  # what a spread brings along may be just what is missing
    return False


# -- the schema


def also(protocol: Protocol, known: Known) -> tuple[str, ...]:
    """Fields that the API takes although the SDK's newest type has them no more."""
    if protocol.name != "messages":
        return ()
    mine = set(schema.snapshot(protocol.name).schema["properties"]) | set(
        schema.snapshot(protocol.beta).schema["properties"]
    )
    return tuple(name for name in known.table["objects"]["request"]["fields"] if name not in mine)


def _by_schema(body: Mapping[str, Any], protocol: Protocol, known: Known, betas: Sequence[str]) -> Iterator[Fault]:
    more = also(protocol, known)
    if betas and protocol.beta:
        errors = schema.judge(protocol.beta, more).errors(body)
        tried: set[tuple[Place, str]] | None = None
    else:
        errors = schema.judge(protocol.name, more).errors(body)
        told_apart = (
            errors and protocol.beta and len(errors) < MOST
        )  # where everything is wrong nobody asks what a beta would take
        beta = schema.judge(protocol.beta, more).errors(body) if told_apart else None
        tried = {(error.place, error.kind) for error in beta} if beta is not None else None
    for error in errors:
        only_beta = tried is not None and (error.place, error.kind) not in tried
        yield _fault(error, body, protocol, known, only_beta)


def _fault(error: schema.Error, body: Mapping[str, Any], protocol: Protocol, known: Known, only_beta: bool) -> Fault:
    place = error.place
    path = path_of(tuple(shown(step) if isinstance(step, str) else step for step in place))
    value = value_at(body, place)
    near, allowed = "", tuple(word.strip('"') for word in error.allowed)
    top = len(place) == 1
    if error.kind == "missing":
        needed = protocol.is_anthropic or (top and place[-1] in protocol.needs)
        says, severity = "is missing", "certain" if needed else "maybe"  # OpenAI's types want more than its API does
    elif error.kind == "unknown_field":
        says, severity, near = _unknown(str(place[-1]), allowed, protocol, known, top)
    elif error.kind == "wrong_type":
        words = " or ".join(_TYPES.get(one, one) for one in error.allowed)
        says = f"must be {words}, not {unlike(value, words)}"
        severity, allowed = "certain", ()
    elif error.kind == "bad_value":
        near = _near(value, allowed)
        says, severity = _bad(value, allowed, near), "certain" if place[-1:] == ("role",) else "likely"
    else:
        says, severity = "has not the form that it must have", "likely"
    if only_beta:
        says, severity = f"{says}, except with an anthropic-beta header: it is being tried out", "likely"
    return Fault("body", path or "the body", says, severity, allowed[:60], near, error.kind, place)


def _unknown(name: str, allowed: Sequence[str], protocol: Protocol, known: Known, top: bool) -> tuple[str, str, str]:
    meant = known.instead(protocol).get(name) if top else None
    if meant is not None:
        return f"is another protocol's name; here it is {meant}", "certain", meant
    if top and name in known.dropped(protocol):
        return f"is another protocol's field, and has no counterpart in {protocol.title}", "certain", ""
    inner = str(known.raw["inner"].get(name, "")) if not top and protocol.is_anthropic else ""
    near = inner if inner in allowed else _near(name, allowed)
    return "is no field that is known here" + (f"; {near} is meant" if near else ""), "likely", near


def _bad(value: Any, allowed: Sequence[str], near: str) -> str:
    what = f"is {shown(value) if isinstance(value, str) else in_words(value)}"
    if len(allowed) == 1:
        return f"{what}, and must be {allowed[0]}"
    if len(allowed) <= 6:
        return f"{what}, and must be one of {', '.join(allowed)}"
    return f"{what}, which is none of the {len(allowed)} that are known" + (f"; {near} is meant" if near else "")


def _near(value: Any, allowed: Sequence[str]) -> str:
    if not isinstance(value, str):
        return ""
    return _nearest(value[:60], tuple(allowed))


@lru_cache(maxsize=1024)
def _nearest(value: str, allowed: tuple[str, ...]) -> str:
    """A body of a thousand blocks has the same slip a thousand times."""
    same = [word for word in allowed if word.lower() == value.strip().lower()]
    return (same or get_close_matches(value, allowed, 1, _NEAR) or [""])[0]


def value_at(body: Any, place: Place) -> Any:
    """What stands at a place, None where nothing does."""
    for step in place:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body


# -- the engine's table and rules


def _by_engine(
    body: Mapping[str, Any], protocol: Protocol, known: Known, betas: Sequence[str], repeated: Sequence[str]
) -> Iterator[Fault]:
    document = Document(0, "utf-8", body, None, tuple(repeated))
    counted = protocol.name == "count_tokens"
    form = islice(walk(body, known.table), MOST)  # to look for the name that is meant takes a millisecond each
    for fault in (*form, *engine.beyond_form(body, document, known.table, betas)):
        if counted and fault.path == "max_tokens":
            continue
        near = re.search(r"(?:; |here it is )([\w.-]+)(?: is meant)?$", fault.says)
        says = fault.says
        if fault.kind == "needs_beta":
            beta = known.raw["betas"]["fields"].get(fault.path)
            says = "is being tried out and needs an anthropic-beta header, and none is given" + (
                f": {beta}" if beta else ""
            )
        if fault.path == "output_format":
            says = "is the former name, tried out with a beta; output_config.format has taken its place"
        yield Fault(
            "body",
            fault.path,
            says,
            _SEVERITY[fault.grade],
            (),
            near[1] if near else "",
            fault.kind,
            place_of(fault.path),
        )


def place_of(path: str) -> Place:
    """The steps of a path as it is shown."""
    return tuple(int(found[1]) if found[1] else found[2] for found in _STEP.finditer(path))
