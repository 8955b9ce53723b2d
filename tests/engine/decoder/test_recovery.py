"""What went wrong and then went well is no fault; what fails afterwards, or for somebody else, is."""

from __future__ import annotations

import pytest

from diagnostics.engine.decoder import decode
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

POST = "INFO httpx HTTP Request: POST https://api.anthropic.com/v1/messages"
BUSY, GOOD = f'{POST} "HTTP/1.1 529 Overloaded"', f'{POST} "HTTP/1.1 200 OK"'
WAITS = "INFO Retrying request to /v1/messages in 0.5 seconds"
REFUSED = "Error: connect ECONNREFUSED 127.0.0.1:7890"
RETRIED = "WARN connect ETIMEDOUT 160.79.104.10:443, retrying (1/10)"


def first(text: str) -> str:
    """The cause that is named."""
    return decode(text).ranked[0].cause


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        (f"{BUSY}\n{WAITS}\n{GOOD}", {HEALTHY}),
        (f"{BUSY}\n{WAITS}\n{BUSY}\n{WAITS}\n{GOOD}\nINFO done", {HEALTHY}),
        (f"{BUSY.replace('529 Overloaded', '429 Too Many Requests')}\n{GOOD}", {HEALTHY}),
        (f"{REFUSED}\nunset HTTPS_PROXY\nHTTP/2 200", {HEALTHY, UNKNOWN}),
        (
            f"{REFUSED}\n$ unset https_proxy\n$ curl -sI https://api.anthropic.com/v1/models\nHTTP/2 200",
            {HEALTHY, UNKNOWN},
        ),
        (f"Error: getaddrinfo ENOTFOUND api.anthropic.com\n{GOOD}", {HEALTHY}),
        (f"{RETRIED}\nINFO HTTP/1.1 200 OK\nINFO done", {HEALTHY, UNKNOWN}),
        (
            f'{RETRIED}\n{{"id":"msg_01","type":"message","role":"assistant","content":[],"stop_reason":"end_turn"}}',
            {HEALTHY},
        ),
    ],
    ids=range(8),
)
def test_what_a_later_success_takes_back_is_no_cause(text: str, causes: set[str]) -> None:
    assert first(text) in causes


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"{GOOD}\n{BUSY}", "overloaded"),
        (f"{BUSY}\n{GOOD}\n{BUSY}", "overloaded"),
        (f"{BUSY}\n{GOOD.replace('api.anthropic.com', 'shop.example').replace('/v1/messages', '/cart')}", "overloaded"),
        (f"{BUSY}\n{GOOD.replace('/v1/messages', '/v1/models')}", "overloaded"),
        (f"{REFUSED}\n$ curl -sI https://api.anthropic.com/v1/models\nHTTP/2 200", "proxy_unreachable"),
        (f"Error: getaddrinfo ENOTFOUND api.anthropic.com\n$ python ask.py\n{GOOD}", "dns_failure"),
        (f"{GOOD}\nError: getaddrinfo ENOTFOUND api.anthropic.com", "dns_failure"),
        (f"{REFUSED}\nHTTP/1.1 200 Connection established", "proxy_unreachable"),
        (f"{RETRIED}\nretry 2 failed\nError: connect ETIMEDOUT 160.79.104.10:443", "firewall_blocked"),
        (f'{RETRIED}\n{{"svc":"menu","path":"/readyz","status":200,"ms":2}}', "firewall_blocked"),
        (f"{BUSY}\n{GOOD}\nunset HTTPS_PROXY\n{REFUSED}", "proxy_unreachable"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_not_taken_back_stands(text: str, cause: str) -> None:
    assert first(text) == cause


def test_marks_stand_where_the_words_are_after_lines_were_taken_back() -> None:
    answer = decode(f"{BUSY}\n{WAITS}\n{GOOD}\n{REFUSED}")
    mark = answer.marks[0]
    assert mark.line == 4
    assert "ECONNREFUSED" in answer.text.split("\n")[3][mark.begin : mark.end]


def test_in_a_long_log_too() -> None:
    assert first(f"{BUSY}\n" * 4_000 + f"{GOOD}\n" * 4_000) == HEALTHY
    assert first(f"{GOOD}\n" * 4_000 + f"{BUSY}\n" * 4_000) == "overloaded"
