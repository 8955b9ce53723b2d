"""What an answer's body has of an error, in whichever of the usual forms its speaker writes one.

Vendors, clouds, gateways and relays wrap the same three things differently: a kind, a code and a sentence. They are looked for by their
names at the places where one of these is known to stand, so that a vendor nobody listed is read as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnostics.engine.net.http import Answer
from diagnostics.engine.probes.streams import Event, events_of, is_stream

_KINDS = ("type", "__type", "status", "error_type")
_CODES = ("code", "error_code", "status_code", "statusCode")
_SENTENCES = ("message", "msg", "Message", "error_msg", "error_message", "error_description", "status_msg")
_TYPE_HEADER = "x-amzn-errortype"
_WELL = ("", "0", "200")  # codes that a success carries


@dataclass(frozen=True)
class Body:
    """What an answer's body has of a JSON error, and what it has of a page. Empty where it has none."""

    data: Any = None
    kind: str = ""
    code: str = ""
    message: str = ""
    request_id: str = ""
    enveloped: bool = False  # {"type": "error", "error": {"type": …}}: the Anthropic API's own form
    refused: bool = False  # it tells a failure whatever the status says
    page: bool = False

    @property
    def is_error(self) -> bool:
        """It is a JSON error of some form."""
        return bool(self.kind or self.code or self.message)


def body_of(answer: Answer) -> Body:
    """Read the body, whatever its media type claims. That of a stream is its error, else the message that it begins with."""
    if is_stream(answer):
        return _of_stream(events_of(answer))
    text = answer.text
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, list) and data and isinstance(data[0], dict) and "error" in data[0]:
        data = data[0]
    if not isinstance(data, dict):
        return Body(page="<html" in text[:4096].lower() or "text/html" in answer.headers.get("content-type", ""))
    return error_of(data, answer.headers.get(_TYPE_HEADER, ""))


def _of_stream(events: Sequence[Event]) -> Body:
    told = [event.data for event in events]
    failed = next((data for data in told if data.get("type") == "error" or isinstance(data.get("error"), dict)), None)
    if failed is not None:
        return replace(error_of(failed), refused=True)
    begun = next((data.get("message") for data in told if data.get("type") == "message_start"), None)
    return Body(data=begun if isinstance(begun, dict) else None)


def error_of(data: Mapping[str, Any], type_header: str = "") -> Body:
    """The error that a JSON object tells; only ``data`` in it when it tells none."""
    error = data.get("error")
    layers = list(_layers(data))
    kind = _first(layers, _KINDS) or type_header
    base = data.get("base_resp")
    code = _first(layers, _CODES)
    return Body(
        data=data,
        kind=kind.partition(":")[0].rpartition("#")[2],
        code=code,
        message=_first(layers, _SENTENCES) or _listed(data.get("detail")),
        request_id=_text(data.get("request_id")),
        enveloped=data.get("type") == "error" and isinstance(error, dict) and "type" in error,
        refused=data.get("type") == "error" or data.get("success") is False or (base is not None and code not in _WELL),
    )


def _layers(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects in which an error may stand, the innermost first."""
    error, base = data.get("error"), data.get("base_resp")
    several, detail = data.get("errors"), data.get("detail")
    if isinstance(error, dict):
        details = error.get("details")
        yield error
        if isinstance(details, dict):
            yield {name: value for name, value in details.items() if name in _CODES}
        return
    if isinstance(error, str):  # OAuth (RFC 6749 5.2), and gateways that put a sentence there
        words = _first([data], _SENTENCES)
        yield {"type": error, "message": words} if words or " " not in error.strip() else {"message": error}
        return
    if isinstance(several, list) and several and isinstance(several[0], dict):
        yield several[0]
    if isinstance(detail, dict):
        yield detail
    if isinstance(base, dict) and _text(base.get("status_code")) not in _WELL:
        yield base
    if any(isinstance(data.get(name), str) for name in (*_SENTENCES, "__type")):
        yield {name: value for name, value in data.items() if name != "type"}


def _first(layers: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    return next((text for layer in layers for name in names if (text := _text(layer.get(name)))), "")


def _listed(detail: Any) -> str:
    """A web framework's own complaint: a sentence, or a list of places with what is wrong there."""
    if isinstance(detail, str):
        return detail
    one = detail[0] if isinstance(detail, list) and detail and isinstance(detail[0], dict) else {}
    place = one.get("loc")
    where = ".".join(str(part) for part in place) if isinstance(place, list) else ""
    return ": ".join(part for part in (where, _text(one.get("msg"))) if part)


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
