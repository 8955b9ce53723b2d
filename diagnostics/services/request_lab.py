"""A pasted request, checked here and forgotten: the page and the API call ask this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.utils import timezone

from diagnostics.exceptions import InvalidInput, Problem
from diagnostics.payloads.checking import check
from diagnostics.payloads.knowing import known
from diagnostics.payloads.records import Checked, Fault
from diagnostics.services import decoding

log = structlog.get_logger(__name__)

LARGEST = decoding.LARGEST
TOO_LARGE = (
    "This is over 5 MB. Leave images out, or cut the longest texts: what is wrong with a request is seen without them."
)
_EMPTY = "Paste a request first: its JSON, a curl command, a HAR entry, or the call in your code."
_OUR_FAULT = "Our own code failed on this request, and nothing of it was kept. Try its JSON body alone."


def checked(text: str, chosen: int | None = None, protocol: str = "") -> Checked:
    """The check of a text. Raises InvalidInput for none or too much, Problem when our code fails; neither repeats anything of it."""
    if not text.strip("\ufeff \t\r\n"):
        raise InvalidInput({"pasted": _EMPTY})
    if len(text) > LARGEST:
        raise InvalidInput({"pasted": TOO_LARGE})
    try:
        return check(text, timezone.now().date(), chosen=chosen, protocol=protocol)
    except Exception as problem:  # noqa: BLE001  its traceback and message may hold what was pasted
        log.error("a request could not be checked", problem=type(problem).__name__)
        raise Problem(_OUR_FAULT) from None


def protocols() -> tuple[tuple[str, str], ...]:
    """Names and titles of the protocols that a request can be judged by."""
    return tuple((one.name, one.title) for one in known().protocols.values())


def as_data(done: Checked) -> dict[str, Any]:
    """The same as plain data, as the API answers it."""
    state = done.model
    return {
        "kind": done.kind,
        "title": done.title,
        "protocol": done.protocol,
        "schema": {"source": done.source, "date": done.source_date},
        "faults": [fault_data(one) for one in done.faults],
        "more": done.more,
        "model": None
        if state is None
        else {
            "name": state.name[:100],
            "state": state.word,
            "says": state.says,
            "use": state.use,
            "days_left": state.days_left,
        },
        "size": None
        if done.size is None
        else {"bytes": done.size.bytes, "largest": done.size.largest or None, "rough_tokens": done.size.tokens},
        "corrected": done.corrected,
        "changes": list(done.changes),
        "open": [fault_data(one) for one in done.open_faults],
        "snippets": {one.key: one.text for one in done.snippets},
        "notes": list(done.notes),
        "not_checked": list(done.not_checked),
        "hidden": done.hidden,
    }


def fault_data(fault: Fault) -> dict[str, Any]:
    """One fault as plain data."""
    return {
        "part": fault.part,
        "path": fault.path,
        "says": fault.says,
        "severity": fault.severity,
        "allowed": list(fault.allowed),
        "near": fault.near or None,
        "also": list(fault.also),
        "line": fault.line,
        "column": fault.column,
        "cause": known().cause(fault.part),
    }


def sample(name: str) -> Mapping[str, str] | None:
    """A request to try the page with."""
    return next((one for one in known().samples if one["name"] == name), None)
