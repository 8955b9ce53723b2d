"""The report for a terminal: five lines that a tired person understands, and nothing that acts on the terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from diagnostics.engine import text
from diagnostics.engine.records import Facts, Report
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
    copied = [line for line in lines if line.startswith("      ")]  # never broken, whatever its length
    assert "      export HTTPS_PROXY=" in "\n".join(copied)
    assert max(len(line) for line in lines if line not in copied) <= 92


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


def with_client(report: Report, name: str) -> Report:
    """The report of a run by this client."""
    return replace(report, run={**report.run, "client": {"name": name}})


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("linux", "export HTTPS_PROXY=http://USER:PASSWORD@"),
        ("darwin", "export HTTPS_PROXY=http://USER:PASSWORD@"),
        ("win32", "$env:HTTPS_PROXY = 'http://USER:PASSWORD@"),
        ("freebsd14", "export HTTPS_PROXY=http://USER:PASSWORD@"),
    ],
)
def test_the_next_step_has_the_line_for_this_system_and_client(platform: str, line: str) -> None:
    lines = text.render(with_client(judged(PROXY_407), "claude-code"), platform=platform).splitlines()
    place = next(number for number, one in enumerate(lines) if one.startswith("  Do next: "))
    assert "OLD_set_proxy_HTTPS_PROXY" in lines[place + 1]
    assert lines[place + 2].startswith(f"      {line}")
    assert lines[place + 3] == "  Takes it back:"
    assert "  Type in the proxy's user name and password:" not in lines  # the same by another line: one is enough
    assert "settings.json" not in "".join(lines)


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("/usr/bin/fish", "set -gx HTTPS_PROXY "),
        ("/bin/zsh", "export HTTPS_PROXY"),
        ("/bin/tcsh", "export HTTPS_PROXY"),
    ],
)
def test_the_line_is_for_the_shell_that_it_is_printed_in(shell: str, line: str) -> None:
    told = text.render(judged(PROXY_407), platform="linux", shell=shell)
    assert f"\n      {line}" in told


def test_it_goes_verdict_evidence_next_step_and_what_stands_beside() -> None:
    told = text.render(with_client(judged(PROXY_407), "claude-code"))
    order = ["[!] ", "answers 407", "  - ", "  Cause ", "  Do next: ", "      export", "  Not checked: "]
    places = [told.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("columns", [40, 57, 80, 100])
def test_no_line_is_wider_than_the_terminal_but_one_to_copy(columns: int) -> None:
    for facts in (PROXY_407, baseline("direct")):
        for line in text.render(judged(facts), columns).splitlines():
            assert len(line) <= columns or line.startswith("      ")


def test_colour_is_ours_alone_and_only_where_it_is_welcome() -> None:
    told = text.render(judged(PROXY_407), colourful=True)
    assert told.splitlines()[1] == "\x1b[1;31m[!] The proxy wants a user name and password\x1b[0m"
    assert "\x1b[1mDo next:\x1b[0m " in told
    assert re.sub(r"\x1b\[[0-9;]*m", "", told) == text.render(judged(PROXY_407))
    assert "\x1b[1;32m[ok]" in text.render(judged(baseline("direct")), colourful=True)


def test_our_own_fault_stands_with_the_verdict() -> None:
    broken = replace(judged(PROXY_407), run={"error": "The run broke off: KeyError. Please report it."})
    lines = [line for line in text.render(broken).splitlines() if line]
    assert lines[3] == "  Our own fault: The run broke off: KeyError. Please report it."
