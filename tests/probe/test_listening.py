"""``--watch S --upload URL``: what is sent, what is taken from the dashboard, and what a hostile one can do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.probe.running import ALONE, BARE, WORLD

pytestmark = [pytest.mark.netns, pytest.mark.timeout(300)]
RUN = "0b0c9d3e-6a53-4b6e-9a39-3c8f24a0c001"
KEY = "sk-ant-api03-" + "canary-of-a-key-" * 5 + "AA"
TOKEN = "tsk_abcdEFGH_" + "x" * 43
NOTHING: dict[str, Any] = {"runs": []}

BESIDE = {"config", "client.running"}
"""Go along with every check: the settings say what it means, and a client may have begun before them."""


def watched(
    probe: Path, every: str = "60", *, arrived: int = 1, asked: int = 1, lines: int = 0, told: str = "", **script: Any
) -> dict[str, Any]:
    """What a dashboard saw of a probe that listens to it on a machine without any network, until so much has come and was printed."""
    script = {"seconds": 100, "arrived": arrived, "asked": asked, "lines": lines, "told": told, **script}
    command = [*ALONE, sys.executable, str(WORLD), "watched", json.dumps(script)]
    command += [sys.executable, "-I", "-S", str(probe), "--watch", every, "--token", TOKEN, "--mode", "print"]
    environ = {**BARE, "ANTHROPIC_API_KEY": KEY}
    ended = subprocess.run(command, capture_output=True, text=True, env=environ, check=True, timeout=200)
    seen: dict[str, Any] = json.loads(ended.stdout)
    assert "Traceback" not in seen["stderr"]
    for secret in (KEY, TOKEN):
        assert secret not in seen["stdout"] + seen["stderr"] + json.dumps([one["report"] for one in seen["arrived"]])
    return seen


def test_a_check_that_is_asked_for_is_answered_long_before_the_next_beat(probe: Path) -> None:
    check = {"runs": [{"run": RUN, "kind": "check", "probes": ["dns.system", "tcp.v4"]}]}
    told = watched(probe, answers=[NOTHING, check, NOTHING], arrived=2, asked=4)
    beat, answer = told["arrived"]
    assert (beat["run"], answer["run"], answer["token"]) == (None, RUN, f"Bearer {TOKEN}")
    assert {one["probe"] for one in answer["report"]["attempts"]} == BESIDE | {"dns.system", "tcp.v4"}
    assert answer["report"]["run"]["id"] == RUN
    assert answer["at"] - told["asked"][1] < 30
    assert (told["asked"][3] - told["asked"][0]) / 3 > 1  # it asks every two seconds
    assert len(told["stdout"].splitlines()) == 1  # the beat's own run, and nothing else
    assert "goes to http://127.0.0.1" in told["stderr"]
    assert told["stderr"].count("Sent. Read it at http://d/runs/7") == 1


def test_a_whole_run_that_is_asked_for(probe: Path) -> None:
    told = watched(probe, answers=[{"runs": [{"run": RUN, "kind": "full"}]}, NOTHING], arrived=2)
    assert [one["run"] for one in told["arrived"]] == [None, RUN]
    assert len(told["arrived"][1]["report"]["attempts"]) > 10


def test_the_same_verdict_is_sent_once_and_printed_every_time(probe: Path) -> None:
    told = watched(probe, "1", answers=[NOTHING], asked=3, lines=4)
    assert len(told["arrived"]) == 1
    assert len(told["stdout"].splitlines()) > 3


def test_a_hostile_dashboard_gets_harmless_checks_at_a_bounded_rate_and_nothing_else(probe: Path) -> None:
    evil = {"base_url": "{evil}", "upload": "{evil}", "options": ["--send-message", "--base-url", "{evil}"]}
    rows = [
        {"run": RUN, "kind": "check", "probes": ["api.message"]},
        {"run": RUN, "kind": "check", "probes": ["tcp.v4", "{evil}"]},
        {"run": "{evil}", "kind": "full"},
        {"run": RUN, "kind": "run", "probes": ["tcp.v4"], "command": "id"},
        *[{"run": RUN, "kind": "check", "probes": ["tcp.v4"], **evil} for _ in range(40)],
    ]
    answers = ["x" * 70_000, '{"runs": [[[', {"runs": rows, **evil}]
    told = watched(probe, answers=answers, arrived=100, seconds=13)
    sent = told["arrived"][1:]
    assert 0 < len(sent) <= 24
    for one in sent:
        assert {attempt["probe"] for attempt in one["report"]["attempts"]} == BESIDE | {
            "dns.system",
            "tcp.v4",
        }  # with what it needs
        assert one["report"]["environment"]["base_url"]["source"] == "default"
    assert told["called"] == []
    assert told["stderr"].count("it was not done") == 1
    assert told["code"] in (1, 3)


def test_a_redirect_leads_nowhere(probe: Path) -> None:
    told = watched(probe, answers=["elsewhere"], statuses=[302])
    assert told["called"] == []


def test_a_dashboard_that_is_away_is_told_once_and_found_again(probe: Path) -> None:
    told = watched(probe, "1", answers=[NOTHING], away=True, lines=3, told="answers again")
    assert told["stderr"].count("could not be reached") == 1
    assert "The watch goes on, and tries again." in told["stderr"]
    assert told["stderr"].count("the dashboard answers again") == 1
    assert len(told["arrived"]) == 1
    assert len(told["stdout"].splitlines()) > 2


def test_a_token_that_does_no_more_is_told_once_and_the_watch_goes_on(probe: Path) -> None:
    refused = {"detail": "This token is wrong, has ended or was revoked."}
    told = watched(probe, "1", answers=[refused], statuses=[401], arrived=0, lines=5)
    assert len(told["asked"]) == 1
    assert told["stderr"].count("has ended or was revoked. The watch goes on, and nothing more is sent.") == 1
    assert len(told["stdout"].splitlines()) > 3


def test_a_refused_report_is_told_once(probe: Path) -> None:
    told = watched(probe, "1", answers=[NOTHING], upload=409, asked=2)
    assert told["stderr"].count("The report was not sent. No more of this.") == 1
    assert len(told["arrived"]) == 1
