"""A report of the probe that was pasted: its own verdict stands, since it was measured."""

from __future__ import annotations

import json
from typing import Any, Optional

from diagnostics.engine.decoder.records import Candidate
from diagnostics.engine.vocabulary import CAUSES, SCHEMA

_MOST = 5
_BEFORE = 10_000  # characters that may stand before it


def verdict_of(text: str) -> Optional[tuple[Candidate, ...]]:
    """The ranking of the report that ``text`` is; None where it is none."""
    at = text.find("{", 0, _BEFORE)
    if at < 0 or SCHEMA not in text:
        return None
    try:
        report, _ = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        return None
    verdict = report.get("verdict")
    ranked = verdict.get("ranked") if isinstance(verdict, dict) else None
    made = tuple(_candidate(one) for one in ranked[:_MOST] if _is_one(one)) if isinstance(ranked, list) else ()
    return tuple(sorted(made, key=lambda one: -one.confidence)) or None


def _is_one(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and one.get("cause") in CAUSES
        and isinstance(one.get("confidence"), (int, float))
        and 0 <= one["confidence"] <= 1
    )


def _candidate(one: Any) -> Candidate:
    because, against = (
        tuple(code for code in one.get(name, ()) if isinstance(code, str))
        if isinstance(one.get(name, ()), list)
        else ()
        for name in ("because", "against")
    )
    return Candidate(one["cause"], float(one["confidence"]), because, against)
