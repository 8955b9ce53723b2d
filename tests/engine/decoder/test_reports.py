"""A report of the probe in a pasted text: what it measured stands, and its words are no error text."""

from __future__ import annotations

import json

import pytest

from diagnostics.engine import pasting
from diagnostics.engine.decoder import decode
from diagnostics.engine.vocabulary import UNKNOWN
from tests import canaries

REPORT = {
    "attempts": [{"reason": "dns_nxdomain", "says": "getaddrinfo ENOTFOUND api.anthropic.com"}],
    "schema": "troubleshooter.report/1",
    "verdict": {
        "cause": "tls_intercepted",
        "ranked": [
            {"cause": "tls_intercepted", "confidence": 0.97, "because": ["tls.private_authority"], "against": []},
            {"cause": "unknown", "confidence": 0.03},
        ],
    },
}
OTHER = json.loads(json.dumps(REPORT).replace("tls_intercepted", "clock_skew"))
BLOCK = pasting.write(json.dumps(REPORT).encode())


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(REPORT),
        f"here it is:\n{json.dumps(REPORT, indent=2)}\n",
        f"$ echo ${{HOME}} {{}}\n{json.dumps(REPORT)}",
        json.dumps(REPORT) * 2,
        BLOCK,
        "".join(f"> {line}\r\n" for line in BLOCK.splitlines()),
        f"$ python3 probe.pyz --paste\nError: getaddrinfo ENOTFOUND api.anthropic.com\n{BLOCK}{json.dumps(REPORT)}",
    ],
    ids=["json", "indented", "after braces", "twice", "packed", "quoted", "packed and json"],
)
def test_it_keeps_its_verdict(text: str) -> None:
    answer = decode(text)
    assert [(one.cause, one.confidence) for one in answer.ranked] == [("tls_intercepted", 0.97), ("unknown", 0.03)]
    assert answer.ranked[0].because == ("tls.private_authority",)
    assert answer.note == ""


def test_its_verdict_comes_first_though_another_is_likelier() -> None:
    verdict = {
        "cause": UNKNOWN,
        "ranked": [{"cause": UNKNOWN, "confidence": 0.4}, {"cause": "clock_skew", "confidence": 0.6}],
    }
    assert decode(json.dumps({**REPORT, "verdict": verdict})).ranked[0].cause == UNKNOWN


@pytest.mark.parametrize("text", [json.dumps([REPORT, OTHER])[1:-1], BLOCK + pasting.write(json.dumps(OTHER).encode())])
def test_several_are_told(text: str) -> None:
    answer = decode(text)
    assert [one.cause for one in answer.ranked] == [UNKNOWN]
    assert "several reports" in answer.note


@pytest.mark.parametrize(
    "text",
    [
        BLOCK[:-40],
        BLOCK.replace("eN", "eM", 1),
        json.dumps(REPORT)[:-30],
        '{"schema": "troubleshooter.report/1"',
        '{"schema": "troubleshooter.report/1", "verdict": {"ranked": [{"cause": "none", "confidence": 2}]}}',
        '{"schema": "troubleshooter.report/1", "verdict": {"ranked": [{"cause": [], "confidence": 1}]}}',
    ],
    ids=range(6),
)
def test_a_broken_one_is_told(text: str) -> None:
    answer = decode(text)
    assert answer.ranked[0].cause == UNKNOWN
    assert "opy it once more" in answer.note


def test_what_stands_beside_a_broken_block_is_decoded() -> None:
    answer = decode(f"Error: connect ECONNREFUSED 127.0.0.1:7890\n{BLOCK[:-40]}")
    assert answer.ranked[0].cause == "proxy_unreachable"
    assert answer.note


def test_a_made_up_report_gives_no_secret_away() -> None:
    secret = f"sk-ant-api03-{canaries.WORD}AA"
    ranked = [{"cause": "clock_skew", "confidence": 0.9, "because": [secret, "tls.expired"], "against": [secret]}]
    text = json.dumps({**REPORT, "verdict": {"cause": "clock_skew", "ranked": ranked}})
    for form in (text, pasting.write(text.encode())):
        assert decode(form).ranked[0].because == ("tls.expired",)
        assert canaries.leaks(str(decode(form).ranked), [canaries.WORD]) == []
