"""A report of the probe that was pasted, packed or as JSON: its own verdict stands, since it was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from diagnostics.engine import pasting
from diagnostics.engine.decoder.masking import masked
from diagnostics.engine.decoder.records import Candidate
from diagnostics.engine.uploads import ReportError
from diagnostics.engine.vocabulary import CAUSES, SCHEMA, UNKNOWN

_MOST = 5
_TRIES = 20  # braces at which a report may begin
_CODE = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{1,40}){0,3}")
_MARK = re.compile(r"(?:BEGIN|END)\s+TROUBLESHOOTER\s+REPORT")
_SCHEMA = re.compile(rf'"schema"\s{{0,9}}:\s{{0,9}}"{re.escape(SCHEMA)}"')
_UNDECIDED = (Candidate(UNKNOWN, 0.99, (), ()),)  # a report names what it ruled out: of its words no cause can be told
_SEVERAL = "This text holds several reports of the probe, and each has a verdict of its own: paste one of them."
_BROKEN = "This text holds a report of the probe that is damaged or not whole: copy it once more, from its first character to its last."


class Told(NamedTuple):
    """``ranked`` is a report's own verdict; ``note`` a sentence where there is a report of which none can be told."""

    ranked: tuple[Candidate, ...] = ()
    note: str = ""


def verdict_of(text: str) -> Told:
    """What the report in ``text`` says, which is as it was pasted: masking would break a packed one. Nothing of it but codes is given."""
    try:
        packed = _packed(text)
    except ReportError as problem:
        return Told(note=f"The report in this text cannot be read. {problem}")
    found = [report for report in (*packed, *_plain(text)) if report.get("schema") == SCHEMA]
    different = {json.dumps(report, sort_keys=True) for report in found}
    if len(different) > 1:
        return Told(_UNDECIDED, _SEVERAL)
    if found:
        ranked = _ranked(found[0])
        return Told(ranked or _UNDECIDED, "" if ranked else _BROKEN)
    return Told(_UNDECIDED, _BROKEN) if _SCHEMA.search(text) else Told()


def _packed(text: str) -> list[dict[str, Any]]:
    marks = list(_MARK.finditer(text))
    if not marks:
        return []
    begin = text.rfind("\n", 0, marks[0].start()) + 1
    try:
        report = json.loads(pasting.read(text[begin : marks[-1].end()]))
    except RecursionError:
        raise ReportError(_BROKEN) from None
    except ValueError as problem:
        raise ReportError(str(problem) if isinstance(problem, ReportError) else _BROKEN) from None
    return [report] if isinstance(report, dict) else []


def _plain(text: str) -> Iterator[dict[str, Any]]:
    """The reports among the first objects of the text."""
    last, at, decoder = text.rfind(f'"{SCHEMA}"'), text.find("{"), json.JSONDecoder()
    for _ in range(_TRIES):
        if not 0 <= at < last:
            return
        try:
            report, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(report, dict):
                yield report
        at = text.find("{", end)


def _ranked(report: dict[str, Any]) -> tuple[Candidate, ...]:
    """Its candidates, the verdict first."""
    verdict = report.get("verdict")
    ranked = verdict.get("ranked") if isinstance(verdict, dict) else None
    if not isinstance(ranked, list):
        return ()
    made = [_candidate(one) for one in ranked[:_MOST] if _is_one(one)]
    first = verdict.get("cause") if isinstance(verdict, dict) else None
    return tuple(sorted(made, key=lambda one: (one.cause != first, -one.confidence)))


def _is_one(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("cause"), str)
        and one["cause"] in CAUSES
        and isinstance(one.get("confidence"), (int, float))
        and 0 <= one["confidence"] <= 1
    )


def _candidate(one: dict[str, Any]) -> Candidate:
    return Candidate(one["cause"], float(one["confidence"]), _codes(one.get("because")), _codes(one.get("against")))


def _codes(given: Optional[Any]) -> tuple[str, ...]:
    """Those that have the form of a finding's code: a report is written by whoever pastes it."""
    several = given if isinstance(given, list) else []
    return tuple(one for one in several if isinstance(one, str) and _CODE.fullmatch(one) and masked(one)[1] == 0)
