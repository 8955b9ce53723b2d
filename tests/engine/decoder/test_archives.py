"""What a browser recorded (HAR): the request to an LLM API that failed decides, and it alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.decoder import decode
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

API = "https://api.anthropic.com/v1/messages"


def entry(status: int, url: str = API, body: str = "", error: str = "", **headers: str) -> dict[str, Any]:
    """One request as Chromium writes it."""
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    response = {
        "status": status,
        "statusText": "",
        "headers": named,
        "content": {"mimeType": "text/plain", "text": body},
    }
    return {
        "request": {"method": "POST", "url": url, "headers": []},
        "response": {**response, **({"_error": error} if error else {})},
    }


def archive(*entries: dict[str, Any], indent: int | None = None) -> str:
    """The file."""
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "entries": list(entries)}}, indent=indent
    )


BLOCKED = entry(
    403, server="Zscaler/6.2", body="<html><title>Zscaler</title>Sorry, your organization blocks Generative AI</html>"
)
BUSY = entry(529, body='{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}')
GOOD = entry(200, body='{"type":"message","role":"assistant","stop_reason":"end_turn"}')
TRACKER = entry(0, "https://tracker.example/pixel", error="net::ERR_NAME_NOT_RESOLVED")
SHOP = entry(407, "https://shop.example/cart", proxy_authenticate="Basic")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("entries", "cause"),
    [
        ([BLOCKED], "proxy_blocked"),
        ([entry(407, proxy_authenticate="NTLM")], "proxy_auth_required"),
        ([entry(0, error="net::ERR_CERT_AUTHORITY_INVALID")], "tls_intercepted"),
        ([entry(0, error="net::ERR_NAME_NOT_RESOLVED")], "dns_failure"),
        ([TRACKER, BUSY, SHOP], "overloaded"),
        ([GOOD, BUSY], "overloaded"),
        ([BUSY, TRACKER, GOOD], HEALTHY),
        ([GOOD, TRACKER, SHOP], HEALTHY),
        ([TRACKER, SHOP], UNKNOWN),
        ([], UNKNOWN),
    ],
    ids=range(10),
)
def test_the_request_to_the_api_decides(entries: list[dict[str, Any]], cause: str, indent: int | None) -> None:
    assert decode(archive(*entries, indent=indent)).ranked[0].cause == cause


@pytest.mark.parametrize("indent", [None, 2])
def test_its_marks_stand_in_the_file(indent: int | None) -> None:
    answer = decode(archive(TRACKER, entry(0, error="net::ERR_NAME_NOT_RESOLVED"), indent=indent))
    mark = answer.marks[0]
    assert answer.text.split("\n")[mark.line - 1][mark.begin : mark.end].lower() == "err_name_not_resolved"


@pytest.mark.parametrize(
    "odd",
    [
        '{"log": {"entries": 5}}',
        '{"log": {"entries": [5, null, {"request": [], "response": "x"}]}}',
        '{"entries": []}',
        '{"log": {"entries": [{"request": {"url": 5}, "response": {"status": "x", "headers": [1], "content": 3}}]}}',
        archive(BUSY)[:-9],
    ],
)
def test_an_odd_one_is_read_as_far_as_it_goes(odd: str) -> None:
    assert decode(odd).ranked[0].cause in (UNKNOWN, "overloaded")
