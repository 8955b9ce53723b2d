"""What was pasted: a body, a curl command, a HAR, a raw request, a call in code, or lines of a batch; taken apart into a ``Request``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from diagnostics.payloads import addresses, calls, elsewhere, powershell, shells
from diagnostics.payloads.calls import written
from diagnostics.payloads.records import Choice, Request

KINDS: Mapping[str, str] = {
    "empty": "nothing",
    "json": "a request body",
    "curl": "a curl command",
    "powershell": "a PowerShell command",
    "har": "a HAR entry",
    "http": "a raw HTTP request",
    "code": "a call of an SDK",
    "fetch": "a call of an HTTP library",
    "jsonl": "lines of a batch",
    "report": "a probe's report",
    "answer": "an answer of an API",
    "unknown": "text in which no request was found",
}
"""How something was pasted -> what the page calls it."""

_REQUEST_LINE = re.compile(r"(?:> )?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\S{1,2000})(?: HTTP/\d(?:\.\d)?)?\s*$")
_HEADER = re.compile(r"(?:> )?([A-Za-z][\w.-]{0,80}|:authority)\s*:\s?(.*)$")
_JSON_START = re.compile(r"(?:[\s\ufeff]|//[^\n]*\n|#[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*[\[{\"“]")
_MOST_LINES = 1000
_MOST_CHOICES = 30


def recognise(text: str, chosen: int | None = None) -> Request:
    """The request in ``text``; ``chosen`` is the number of one of several (from 1). Never raises."""
    return _unpacked(_recognised(text, chosen), chosen)


def _recognised(text: str, chosen: int | None) -> Request:
    bare = text.strip("\ufeff \t\r\n")
    if not bare:
        return Request("empty")
    fenced = re.fullmatch(r"```[\w-]*\n(.*?)\n?```", bare, re.DOTALL)
    if fenced:
        bare = text = fenced[1]
    if _JSON_START.match(bare):
        return _json(text, bare, chosen)
    for_powershell = powershell.request(bare)
    if for_powershell is not None:
        return for_powershell
    command = shells.find(bare)
    if command is not None:
        return shells.request_of(command)
    first = bare.split("\n", 1)[0].rstrip("\r")
    if _REQUEST_LINE.match(first) or re.search(r"^> (?:GET|POST) ", bare, re.MULTILINE):
        return _raw(bare)
    return calls.call(bare) or elsewhere.wrapped(bare) or calls.object_inside(bare) or Request("unknown")


def _unpacked(request: Request, chosen: int | None) -> Request:
    """Of a batch, however it goes out, the one of its requests that is checked."""
    if request.kind in ("json", "jsonl") or not request.body or '"requests"' not in request.body:
        return request
    value = _parsed(request.body)
    batch = _batch(value, chosen) if isinstance(value, dict) else None
    if batch is None:
        return request
    at = next((one.number for one in batch.choices if one.chosen), chosen or 1) - 1
    inside = f"requests[{at}].params."
    return replace(
        request,
        body=batch.body,
        headers=tuple((name, text) for name, text in request.headers if name.lower() != "content-length"),
        choices=batch.choices,
        notes=(*request.notes, *batch.notes, "It is a batch: its requests are checked one by one."),
        unresolved=tuple(path.removeprefix(inside) for path in request.unresolved if path.startswith(inside)),
        params_at=batch.params_at,
        protocol="messages",
        aside="",
    )


# -- JSON of several kinds


def _json(text: str, bare: str, chosen: int | None) -> Request:
    value = _parsed(bare)
    if isinstance(value, dict):
        special = _har(value, chosen) or _fetched(value) or _batch(value, chosen)
        if special is not None:
            return special
        if elsewhere.is_answer(value):
            return Request("answer")
        return Request("report" if str(value.get("schema", "")).startswith("troubleshooter.report/") else "json", text)
    if (
        isinstance(value, list)
        and value
        and all(isinstance(entry, dict) and "request" in entry for entry in value[:50])
    ):
        return _har({"log": {"entries": value}}, chosen) or Request("json", text)
    if value is None:
        lines = [line for line in bare.splitlines() if line.strip()]
        if len(lines) > 1 and all(
            line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines[:_MOST_LINES]
        ):
            return _lines(lines, chosen) or Request("json", text)
    return Request("json", text)


def _parsed(text: str) -> Any:
    if text.count("[") + text.count("{") > 400_000:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _har(value: Mapping[str, Any], chosen: int | None) -> Request | None:
    log = value.get("log")
    raw = log.get("entries") if isinstance(log, dict) else [value] if isinstance(value.get("request"), dict) else None
    if not isinstance(raw, list):
        return None
    entries = [entry for entry in raw if isinstance(entry, dict) and isinstance(entry.get("request"), dict)]
    telling = [entry for entry in entries if _text(entry["request"], "method").upper() == "POST"] or entries
    if not telling:
        return None
    place = chosen - 1 if chosen is not None and 0 < chosen <= len(telling) else _most_telling(telling)
    asked = telling[place]["request"]
    posted = asked.get("postData")
    choices = tuple(
        Choice(number, _har_title(entry), number == place + 1)
        for number, entry in enumerate(telling[:_MOST_CHOICES], 1)
    )
    headers = tuple((_text(one, "name"), _text(one, "value")) for one in _dicts(asked.get("headers")))
    return Request(
        kind="har",
        body=_text(posted, "text") or None if isinstance(posted, dict) else None,
        method=_text(asked, "method").upper(),
        url=_text(asked, "url"),
        headers=tuple((name, value) for name, value in headers if not name.startswith(":")),
        complete=True,
        choices=choices if len(telling) > 1 else (),
        notes=() if posted else ("The entry has no body: save the HAR with content.",),
    )


def _most_telling(entries: list[dict[str, Any]]) -> int:
    """The first that was refused and asks an API for an answer, else the first that asks one."""

    def weight(entry: Mapping[str, Any]) -> tuple[bool, bool]:
        asks = (
            re.search(r"/(?:messages|completions|responses|count_tokens)\b", _text(entry["request"], "url")) is not None
        )
        answer = entry.get("response")
        status = answer.get("status") if isinstance(answer, dict) else None
        return asks, asks and isinstance(status, int) and status >= 400

    return max(range(len(entries)), key=lambda place: (*weight(entries[place]), -place))


def _har_title(entry: Mapping[str, Any]) -> str:
    answer = entry.get("response")
    status = answer.get("status") if isinstance(answer, dict) else None
    url = addresses.safe(_text(entry["request"], "url")[:2000])
    return f"{_text(entry['request'], 'method').upper()} {url[:90]} → {status if isinstance(status, int) and status else 'no answer'}"


def _fetched(value: Mapping[str, Any]) -> Request | None:
    """A log's object that holds url, headers and body of a request."""
    url, headers, body = value.get("url"), value.get("headers"), value.get("body", value.get("data"))
    if not isinstance(url, str) or not isinstance(headers, dict) or body is None or "model" in value:
        return None
    pairs = tuple((str(name), str(one)) for name, one in headers.items())
    return Request(
        "fetch",
        body if isinstance(body, str) else written(body),
        _text(value, "method").upper() or "POST",
        url,
        pairs,
        True,
    )


def _batch(value: Mapping[str, Any], chosen: int | None) -> Request | None:
    """The body of a batch: its requests one by one; or one line of a batch by itself."""
    requests = value.get("requests")
    if isinstance(value.get("custom_id"), str) and isinstance(value.get("params", value.get("body")), dict):
        return _of_several([dict(value)], chosen)
    if not isinstance(requests, list) or not any(isinstance(one, dict) and "params" in one for one in requests[:50]):
        return None
    return _of_several([one for one in requests if isinstance(one, dict)], chosen)


def _lines(lines: list[str], chosen: int | None) -> Request | None:
    values = [_parsed(line) for line in lines[:_MOST_LINES]]
    entries = [value for value in values if isinstance(value, dict)]
    if len(entries) < len(values) or not entries:
        return None
    if not any("params" in entry or "body" in entry for entry in entries):
        return None
    return _of_several(entries, chosen)


def _of_several(entries: list[dict[str, Any]], chosen: int | None) -> Request:
    place = chosen - 1 if chosen is not None and 0 < chosen <= len(entries) else 0
    entry = entries[place]
    params = entry.get("params", entry.get("body", {}))
    choices = tuple(
        Choice(number, f"{number}: {str(one.get('custom_id', 'without custom_id'))[:60]}", number == place + 1)
        for number, one in enumerate(entries[:_MOST_CHOICES], 1)
    )
    return Request(
        kind="jsonl",
        body=written(params),
        url=_text(entry, "url"),
        method=_text(entry, "method").upper(),
        choices=choices if len(entries) > 1 else (),
        notes=tuple(_ids(entries)),
        params_at=("params",),
    )


def _ids(entries: list[dict[str, Any]]) -> Iterator[str]:
    ids = [entry.get("custom_id") for entry in entries]
    if not all(isinstance(one, str) and one for one in ids):
        yield "A request of the batch has no custom_id: each needs one, and no two the same."
    elif len(set(ids)) < len(ids):
        yield "Two requests of the batch have the same custom_id: each needs its own."


# -- HTTP as it goes over the wire


def _raw(text: str) -> Request:
    lines = text.replace("\r\n", "\n").split("\n")
    place = next(number for number, line in enumerate(lines) if _REQUEST_LINE.match(line) or line.startswith("> "))
    found = _REQUEST_LINE.match(lines[place])
    headers: list[tuple[str, str]] = []
    dumped = lines[place].startswith("> ")
    place += 1
    while place < len(lines) and (header := _HEADER.match(lines[place])):
        headers.append((header[1], header[2].strip()))
        place += 1
    rest = [line for line in lines[place:] if not dumped or not line.startswith(("<", "*", ">", "{ [", "} ["))]
    path = found[2] if found else ""
    host = next((value for name, value in headers if name.lower() in ("host", ":authority")), "")
    url = path if "://" in path or not host else f"https://{host}{path}"
    body = "\n".join(rest).strip()
    notes = () if body else ("No body stands below the headers: paste it as well to have it checked.",)
    return Request("http", body or None, found[1] if found else "", url, tuple(headers), True, notes=notes)


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
