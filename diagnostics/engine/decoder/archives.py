"""What a browser recorded (HAR): of its many requests the one to an LLM API that failed decides, and it is read as an HTTP exchange."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from diagnostics.engine.decoder.hosts import vendor_of
from diagnostics.engine.decoder.structures import is_api_path

_BODY, _HEADERS = 20_000, 60  # characters of a body and headers of an answer that are looked at


@dataclass(frozen=True)
class _Exchange:
    """One request and what became of it. ``failed``: by its status, or because there was none."""

    url: str
    failed: bool
    text: str


def exchange_of(text: str) -> Optional[str]:
    """The request of an archive that decides, as lines; nothing in them where none was to an LLM API; None where ``text`` is no archive."""
    if '"entries"' not in text or not text.lstrip().startswith("{"):
        return None
    try:
        archive = json.loads(text)
    except (ValueError, RecursionError):
        return None
    log = archive.get("log") if isinstance(archive, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        return None
    last: dict[str, _Exchange] = {}
    for one in _exchanges(entries):
        last.pop(one.url, None)  # what the same address answers later stands, and stands later
        last[one.url] = one
    made = list(last.values())
    chosen = next((one for one in reversed(made) if one.failed), made[-1] if made else None)
    return chosen.text if chosen is not None else ""


def _exchanges(entries: list[Any]) -> Iterator[_Exchange]:
    for entry in entries:
        request, response = (_table(_table(entry).get(name)) for name in ("request", "response"))
        url = str(request.get("url", "")).partition("?")[0]
        host, _, path = url.partition("://")[2].partition("/")
        if vendor_of(host.partition(":")[0].lower()) is None and not is_api_path(f"/{path}".lower()):
            continue
        status = response.get("status")
        number = status if isinstance(status, int) else 0
        yield _Exchange(url, not 200 <= number < 400, "\n".join(_lines(request, response, url, number, _table(entry))))


def _lines(
    request: dict[str, Any], response: dict[str, Any], url: str, number: int, entry: dict[str, Any]
) -> Iterator[str]:
    yield f"{request.get('method', '')} {url}"
    error = response.get("_error") or entry.get("_error")
    if error:
        yield str(error)
    if not number:
        return
    yield f"HTTP/1.1 {number} {response.get('statusText', '')}".rstrip()
    headers = response.get("headers")
    for header in map(_table, headers[:_HEADERS] if isinstance(headers, list) else []):
        yield f"{header.get('name', '')}: {header.get('value', '')}"
    yield ""
    yield str(_table(response.get("content")).get("text", ""))[:_BODY]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
