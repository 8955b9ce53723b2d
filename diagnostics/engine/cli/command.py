"""Doing what a command line asks: the plan, one run, or run after run. The probe and ``manage.py diagnose`` share it."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from diagnostics.engine.cli.options import WRONG_COMMAND, Options
from diagnostics.engine.cli.progress import Progress
from diagnostics.engine.cli.stopping import Stop
from diagnostics.engine.cli.streams import Outlet
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

if TYPE_CHECKING:  # the first line must not wait for what a run loads
    from diagnostics.engine.cli.session import Place
    from diagnostics.engine.records import Report

OUR_FAULT = 4
SLACK = 0.6  # seconds over the limit in which the last byte may still be written
_CODES = {HEALTHY: 0, UNKNOWN: 3}
_NAMED = 1
_BRIEFLY = 0.2  # seconds for what stands on standard error to be written before something else is
_LAST_WORD = 0.5  # the same for a sentence after which the process may end


@dataclass(frozen=True)
class Console:
    """Where things are told: the two streams, and whether the end was asked for."""

    out: Outlet
    errors: Outlet
    stop: Stop

    def tell(self, text: str) -> None:
        """A line on standard error, if there is one."""
        self.errors.text(text + "\n")
        self.errors.settle(_LAST_WORD)


def follow(options: Options, place: Callable[[], Place], console: Console, began: float) -> int:
    """Do it, and give the exit code. The time limit counts from ``began``."""
    try:
        return _followed(options, place, console, began)
    except Exception as error:  # noqa: BLE001  a fault of ours outside of any run: still a report, by the error's type alone
        _show(options, _broken(error), console)
        _deliver(console, began + options.timeout + SLACK)
        return OUR_FAULT


def _followed(options: Options, place: Callable[[], Place], console: Console, began: float) -> int:
    progress = Progress(console.errors, began, options.timeout)
    if not (options.plan or options.watch):
        progress.begin(options.client)
    from diagnostics.engine.environment import UnknownClient

    try:
        if options.plan:
            return _plan(options, place(), console, began)
        if options.watch is not None:
            from diagnostics.engine.cli.watching import watch

            return watch(options, place(), console, began)
        return _once(options, place(), console, progress, began)
    except UnknownClient as error:
        console.tell(f"probe: {error}")
        return WRONG_COMMAND


def _broken(error: Exception) -> Report:
    from diagnostics.engine.pipeline import Course

    return Course().so_far("internal_error", f"The probe broke off: {type(error).__name__}. Please report it.")


def code_of(report: Report) -> int:
    """The exit code of a run."""
    return OUR_FAULT if report.run["error"] else _CODES.get(report.verdict.cause, _NAMED)


def _plan(options: Options, place: Place, console: Console, began: float) -> int:
    from diagnostics.engine.cli.planning import plan
    from diagnostics.engine.waiting import OutOfTime, Stopped, within

    try:
        left = began + options.timeout - time.monotonic()
        console.out.text(within(left, lambda: plan(options, place.machine()), console.stop.asked))
    except OutOfTime:
        console.tell("probe: this machine's settings could not be read in time.")
        return OUR_FAULT
    except Stopped:
        console.tell("probe: stopped before the plan was made.")
        return OUR_FAULT
    _deliver(console, began + options.timeout + SLACK)
    return 0


def _once(options: Options, place: Place, console: Console, progress: Progress, began: float) -> int:
    from diagnostics.engine.cli.session import Session

    session = Session(options, place, began, progress.ended)
    report = session.run(console.stop.asked, progress.look)
    progress.clear()
    console.errors.settle(_BRIEFLY)
    _show(options, report, console)
    _deliver(console, began + session.limit + SLACK)  # where the report is also sent, that has its own part of the time
    if options.upload:
        from diagnostics.engine.cli.sending import offer

        offer(options, report, session.course.environment, console, began + options.timeout + SLACK)
    return code_of(report)


def _show(options: Options, report: Report, console: Console) -> None:
    if options.json:
        from diagnostics.engine.report import dumps

        console.out.data(dumps(report) + b"\n")
    elif options.paste:
        from diagnostics.engine.pasting import write
        from diagnostics.engine.report import dumps

        console.out.text(write(dumps(report)))
        if console.errors.terminal:
            console.tell("Paste everything from BEGIN to END on the page of the run or of the environment.")
    else:
        from diagnostics.engine.text import render

        width, colourful = console.out.width(os.environ), console.out.colourful(os.environ)
        console.out.text(render(report, width, colourful, shell=os.environ.get("SHELL", "")))


def _deliver(console: Console, until: float) -> None:
    """Wait for standard output; somebody who no longer reads is told nothing, a full disk is told."""
    if console.out.settle(max(until - time.monotonic(), _BRIEFLY)):
        return
    problem = console.out.problem
    if isinstance(problem, OSError) and problem.errno not in (None, errno.EPIPE, errno.EBADF):
        console.tell(f"probe: the output could not be written ({os.strerror(problem.errno or 0)}).")
