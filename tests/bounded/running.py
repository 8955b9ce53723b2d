"""A whole run under a hostile network, held to what every run must keep: its time, its memory, its form, and its words."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnostics.engine import pipeline, report, text
from diagnostics.engine.environment import Asked, registered
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Report
from diagnostics.lab import KEY
from diagnostics.lab.network import Lab
from diagnostics.lab.serving import Service
from diagnostics.report_schema import report_schema
from tests.bounded.schema import faults

LIMIT = 2.0  # seconds of a run
SLACK = 5.0  # seconds: the hostile server runs in this very process, and other tests beside it; what hangs takes eight at least
TRIES = 3  # what hangs does so each time; a machine that others use is not slow each time
MOST_MEGABYTES = 120  # of memory that a run may take beside what the process has, the hostile servers' own included
SCHEMA = report_schema()


def run(
    hosts: Mapping[str, Service], environ: Mapping[str, str] | None = None, machine: Machine | None = None, **asked: Any
) -> Report:
    """One run; fails when it takes longer than its limit each time, or more memory than ``MOST_MEGABYTES`` once."""
    machine = machine or registered({"ANTHROPIC_API_KEY": KEY, **(environ or {})})
    for _ in range(TRIES):
        made, took = _timed(hosts, machine, asked)
        if took < LIMIT + SLACK:
            return made
    raise AssertionError(f"{took:.1f} s, and no less in {TRIES} tries")


def _timed(hosts: Mapping[str, Service], machine: Machine, asked: Mapping[str, Any]) -> tuple[Report, float]:
    with Lab(dict(hosts)) as lab:
        net = Net(Guard.open(), lab.network_map(), Roots(lab.public_pem, system_pem=lab.public_pem))
        net.prepare()
        before, began = _reset_peak(), time.monotonic()
        made = asyncio.run(pipeline.diagnose(Asked(mode="interactive", **asked), machine, net, Plan(timeout=LIMIT)))
        took, grown = time.monotonic() - began, _peak() - before
    assert grown < MOST_MEGABYTES, f"{grown:.0f} MB"
    return made, took


def check(made: Report) -> dict[str, Any]:
    """The report as JSON: valid by its schema, taken back as an upload, printable, and no bigger than anybody reads."""
    written = report.dumps(made)
    data: dict[str, Any] = json.loads(written)
    assert faults(data, SCHEMA) == []
    assert len(written) < 200_000
    assert pipeline.judge(report.parse(written)).verdict == made.verdict
    shown = text.render(made)
    assert is_plain(shown.replace("\n", " ")), repr(shown)
    assert len(shown) < 10_000
    for told in _texts(data["attempts"]):
        assert is_plain(told), repr(told)
        assert len(told) <= 400
    assert not [one for one in made.attempts if one.reason == "internal_error"], [
        one for one in made.attempts if one.events
    ]
    return data


def is_plain(words: str) -> bool:
    """Nothing in it steers a terminal or turns a line around."""
    return not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in words)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [told for part in value.values() for told in _texts(part)]
    if isinstance(value, list):
        return [told for part in value for told in _texts(part)]
    return [value] if isinstance(value, str) else []


def _reset_peak() -> float:
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """Megabytes of memory at most since the last reset; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
