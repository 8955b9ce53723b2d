"""``--watch S``: run after run, one JSON line each, until somebody ends it or nobody reads any more."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Optional

from diagnostics.engine.cli.command import OUR_FAULT, Console, code_of
from diagnostics.engine.cli.options import Options
from diagnostics.engine.cli.session import Place, Session
from diagnostics.engine.report import dumps

if TYPE_CHECKING:
    from diagnostics.engine.cli.relaying import Relay
    from diagnostics.engine.records import Report

_LOOK = 0.1  # seconds
_PATIENCE = 3600.0  # seconds for a reader that is there and does not read; a pager may well wait


def watch(options: Options, place: Place, console: Console, began: float) -> int:
    """Begin a run every ``options.watch`` seconds, the first one at once; the last run's exit code.

    The beat counts from beginning to beginning. A run that takes longer lets beats pass: the next one begins on a beat.
    """
    every = options.watch or 0.0
    code, starts = OUR_FAULT, began
    relay = _relay(options, place, console)
    while True:
        session = Session(options, place, starts, lambda attempt: None)
        report = session.run(console.stop.asked, lambda course: None)
        options = replace(
            options, send_message=False
        )  # what is billed is sent once, however often the rest is repeated
        code = code_of(report)
        console.out.data(dumps(report) + b"\n")
        _mention(report, console)
        if not console.out.settle(_PATIENCE, console.stop.asked):
            console.out.settle(_LOOK)  # asked to end: the line is already on its way
            return code
        if relay is not None and not console.stop.asked():
            relay.beat(report, session.course.environment)
        starts = _next_beat(began, every)
        while time.monotonic() < starts:
            if console.stop.asked() or console.out.gone:
                return code
            time.sleep(min(_LOOK, max(starts - time.monotonic(), 0.0)))


def _relay(options: Options, place: Place, console: Console) -> Optional[Relay]:
    """Where the runs are sent as well, if anywhere."""
    if not options.upload:
        return None
    from diagnostics.engine.cli.relaying import Relay

    return Relay(options, place, console)


def _next_beat(began: float, every: float) -> float:
    """The first beat that has not passed yet."""
    passed = int((time.monotonic() - began) / every)
    return began + (passed + 1) * every


def _mention(report: Report, console: Console) -> None:
    """A line for who looks on while the JSON goes into a file."""
    if console.errors.terminal and not console.out.terminal:
        shown = datetime.now().astimezone().strftime("%H:%M:%S")
        console.errors.text(f"{shown}  {report.verdict.cause}: {report.verdict.title}\n")
