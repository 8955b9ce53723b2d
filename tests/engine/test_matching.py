"""Conditions as data: every test word, three values, and joins."""

from __future__ import annotations

import pytest

from diagnostics.engine.matching import facts_in, holds
from diagnostics.engine.records import Facts

FACTS: Facts = {
    "api.models.status": 403,
    "dns.system.kinds": ("private", "public"),
    "tcp.connected": False,
    "clock.offset_seconds": -400.5,
    "edge.trace.country": "DE",
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"fact": "api.models.status", "is": 403}, True),
        ({"fact": "api.models.status", "is": 404}, False),
        ({"fact": "api.models.status", "in": [401, 403]}, True),
        ({"fact": "api.models.status", "above": 402}, True),
        ({"fact": "api.models.status", "above": 403}, False),
        ({"fact": "clock.offset_seconds", "below": -300}, True),
        ({"fact": "edge.trace.country", "matches": "^D"}, True),
        ({"fact": "dns.system.kinds", "matches": "^pub"}, True),
        ({"fact": "dns.system.kinds", "has": "private"}, True),
        ({"fact": "dns.system.kinds", "has_any": ["loopback", "zero"]}, False),
        ({"fact": "tcp.connected", "is": False}, True),
        ({"fact": "tcp.connected", "is": 0}, False),
        ({"fact": "tcp.connected", "below": 1}, False),
        ({"fact": "tcp.failure", "is": "connect_timeout"}, None),
        ({"fact": "tcp.failure", "known": False}, True),
        ({"fact": "tcp.connected", "known": True}, True),
    ],
)
def test_a_leaf(condition: dict[str, object], expected: bool | None) -> None:
    assert holds(condition, FACTS) is expected


YES, NO, OPEN = (
    {"fact": "api.models.status", "is": 403},
    {"fact": "api.models.status", "is": 1},
    {"fact": "tls.client.trusted", "is": True},
)


@pytest.mark.parametrize(
    ("join", "parts", "expected"),
    [
        ("all", [YES, YES], True),
        ("all", [YES, OPEN], None),
        ("all", [NO, OPEN], False),
        ("any", [NO, YES], True),
        ("any", [YES, OPEN], True),
        ("any", [NO, OPEN], None),
        ("any", [NO, NO], False),
        ("none", [NO, NO], True),
        ("none", [NO, YES], False),
        ("none", [NO, OPEN], True),
    ],
)
def test_a_join(join: str, parts: list[dict[str, object]], expected: bool | None) -> None:
    assert holds({join: parts}, FACTS) is expected


def test_the_facts_a_condition_asks_about_come_once_and_in_order() -> None:
    condition = {"all": [YES, {"any": [OPEN, YES]}, {"none": [{"fact": "tcp.connected", "is": True}]}]}
    assert facts_in(condition) == ("api.models.status", "tls.client.trusted", "tcp.connected")
