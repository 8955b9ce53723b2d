"""The probe's run under its limit: what hangs or breaks inside still ends in a truthful report."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from diagnostics.engine import pipeline
from diagnostics.engine.cli import session
from diagnostics.engine.cli.options import Options
from diagnostics.engine.environment import Asked, Machine, UnknownClient, capture, registered
from diagnostics.engine.library import load
from diagnostics.engine.net import Guard, Net
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Attempt, Report
from tests.engine.conftest import Hang
from tests.starting import wait_for

PLACE = session.Place(
    lambda: registered({"ANTHROPIC_API_KEY": "your-key-here"}), lambda: Net(Guard.strict()), pipeline.Vantage()
)

Doing = Any
"""A stand-in for ``pipeline.diagnose``: a fault of ours cannot be had on order."""


def begun(asked: Asked, machine: Machine, course: pipeline.Course) -> None:
    """As far as every run gets: the environment is captured, and one probe has ended."""
    course.environment = capture(asked, machine, load())
    course.expected = ("config", "tcp.v4", "api.models")
    course.attempts.append(Attempt("config", "done", facts=course.environment.facts))


def run(monkeypatch: pytest.MonkeyPatch, doing: Doing, **options: Any) -> Report:
    """The report of a session whose diagnosis does this."""
    monkeypatch.setattr(session, "diagnose", doing)
    made = session.Session(Options(**options), PLACE, time.monotonic(), lambda attempt: None)
    return made.run(lambda: False, lambda course: None)


def test_a_fault_of_ours_is_told_and_what_was_found_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(
        asked: Asked, machine: Machine, net: Net, plan: Plan, on: Any, *, course: pipeline.Course
    ) -> Report:
        begun(asked, machine, course)
        raise ZeroDivisionError("sk-ant-api03-secret")

    report = run(monkeypatch, breaks, timeout=5)
    assert report.run["error"] == "The run broke off: ZeroDivisionError. Please report it."
    assert [(one.probe, one.reason) for one in report.attempts[1:]] == [
        ("tcp.v4", "internal_error"),
        ("api.models", "internal_error"),
    ]
    assert report.verdict.cause == "key_malformed"


def test_a_fault_before_anything_is_known_gives_a_report_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*given: Any, **named: Any) -> Report:
        raise RuntimeError

    report = run(monkeypatch, breaks, timeout=5)
    assert (report.verdict.cause, report.run["error"] is None) == ("unknown", False)
    assert report.run["client"]["name"] == "unknown"


@pytest.mark.parametrize("how", ["blocks the thread", "awaits for ever"])
def test_what_hangs_is_cut_off_at_the_limit(monkeypatch: pytest.MonkeyPatch, hang: Hang, how: str) -> None:
    async def hangs(
        asked: Asked, machine: Machine, net: Net, plan: Plan, on: Any, *, course: pipeline.Course
    ) -> Report:
        begun(asked, machine, course)
        if how == "blocks the thread":
            hang()
        await asyncio.sleep(100)
        raise AssertionError("nobody waits that long")

    began = time.monotonic()
    report = run(monkeypatch, hangs, timeout=1)
    assert time.monotonic() - began < 20
    assert report.run["error"] is None
    assert {one.why for one in report.verdict.not_checked if one.probe == "tcp.v4"} == {"the run's time was over"}


def test_an_unknown_client_is_the_callers_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownClient, match="netscape"):
        run(monkeypatch, pipeline.diagnose, timeout=5, client="netscape")


def test_somebody_who_wants_the_end_gets_the_report_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    left = []

    async def lasts(
        asked: Asked, machine: Machine, net: Net, plan: Plan, on: Any, *, course: pipeline.Course
    ) -> Report:
        begun(asked, machine, course)
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            left.append("in order")
            raise
        raise AssertionError("nobody waits that long")

    monkeypatch.setattr(session, "diagnose", lasts)
    began = time.monotonic()
    made = session.Session(Options(timeout=60), PLACE, began, lambda attempt: None)
    report = made.run(lambda: time.monotonic() - began > 0.3, lambda course: None)
    assert time.monotonic() - began < 20
    assert {one.why for one in report.verdict.not_checked if one.probe == "tcp.v4"} == {"the run was stopped"}
    wait_for(lambda: left == ["in order"], 20, "the run was not left in order")


@pytest.mark.parametrize("part", ["machine", "net"])
def test_a_machine_that_cannot_even_be_looked_at_gives_a_report_in_time(hang: Any, part: str) -> None:
    place = session.Place(
        hang if part == "machine" else PLACE.machine, hang if part == "net" else PLACE.net, PLACE.vantage
    )
    began = time.monotonic()
    made = session.Session(Options(timeout=1), place, began, lambda attempt: None)
    report = made.run(lambda: False, lambda course: None)
    assert time.monotonic() - began < 20
    assert (report.verdict.cause, report.run["error"]) == ("unknown", None)
    assert [(one.probe, one.status, one.reason) for one in report.attempts] == [("config", "skipped", "deadline")]


def test_sending_keeps_a_part_of_the_limit() -> None:
    alone = session.Session(Options(timeout=30), PLACE, 0.0, lambda attempt: None)
    sends = session.Session(Options(timeout=30, upload="http://d"), PLACE, 0.0, lambda attempt: None)
    short = session.Session(Options(timeout=4, upload="http://d"), PLACE, 0.0, lambda attempt: None)
    assert (alone.limit, sends.limit, short.limit) == (30, 25, 3)
