"""The report for a terminal: five lines that a tired person understands, and nothing that acts on the terminal."""

from __future__ import annotations

from diagnostics.engine import text
from diagnostics.engine.records import Facts
from tests.scenarios.scenario import baseline, changed, judged

PROXY_407: Facts = changed(
    baseline("proxied"),
    ("proxy.connect", "tls.", "hello.", "edge.", "api."),
    {"proxy.connect.status": 407, "proxy.connect.schemes": ("basic",), "control.reached": 0},
)


def test_a_named_cause_begins_with_what_it_is_and_what_to_do() -> None:
    lines = [line for line in text.render(judged(PROXY_407)).splitlines() if line]
    assert lines[0] == "[!] The proxy wants a user name and password"
    assert lines[1].startswith("  The proxy http://proxy.corp.example:8080 answers 407")
    told = "\n".join(lines)
    assert "Do next: Write your proxy user name and password into the proxy setting." in told
    assert "Cause proxy_auth_required, almost certain (98%), on the client side, at proxy." in told
    assert max(map(len, lines)) <= 92


def test_a_healthy_run_is_short() -> None:
    lines = [line for line in text.render(judged(baseline("direct"))).splitlines() if line]
    assert lines[0] == "[ok] Nothing stops this client"
    assert len(lines) <= 7
    assert "Do next" not in "\n".join(lines)


def test_an_undecided_run_says_what_would_decide() -> None:
    facts = changed(
        baseline("direct"),
        ("clock.", "tls.", "hello.", "edge.", "api."),
        {"tls.client.trusted": False, "tls.client.failure": "tls_expired", "tls.handshake.completed": True},
    )
    told = text.render(judged(facts))
    assert told.lstrip().startswith("[?] The evidence does not decide")
    assert "Open: clock would decide." in told
    assert "Less likely" not in told
    assert "Nearest: clock_skew" in told


def test_what_the_network_says_cannot_act_on_the_terminal() -> None:
    hostile = changed(
        PROXY_407,
        (),
        {"proxy.connect.status": 403, "proxy.connect.reason": "\x1b[2J\x1b]0;owned\x07 no\r\nCause healthy"},
    )
    told = text.render(judged(hostile))
    assert "\x1b" not in told
    assert "\x07" not in told
    assert not [line for line in told.splitlines() if line.startswith("Cause healthy")]
