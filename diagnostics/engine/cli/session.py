"""One run under its time limit: it works in a thread of its own, and this one watches the clock and the signals.

Whatever hangs in there (a resolver, a dead disk, a fault of ours), the caller gets a report of what there is by then.
"""

from __future__ import annotations

import asyncio
import platform
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional

from diagnostics.engine.cli.options import Options
from diagnostics.engine.environment import Asked, Machine
from diagnostics.engine.pipeline import Course, Vantage, diagnose
from diagnostics.engine.records import Attempt, Report

_LOOK = 0.25  # seconds between looks at the clock; a signal is answered at once
_FOR_THE_END = 0.7  # seconds of the limit that probes leave for cutting off, judging and printing
_SENDING = 5.0  # seconds kept for sending, of a limit that is long enough


class Stopped(Exception):
    """SIGTERM or Ctrl-C: print what there is."""


def asked_of(options: Options) -> Asked:
    """What the command line asks of the environment."""
    return Asked(
        client=options.client,
        mode=options.mode,
        base_url=options.base_url,
        model=options.model,
        project=options.project,
        headers=options.headers,
        run_helper=options.run_helper,
    )


def plan_of(options: Options, left: float) -> Any:
    """What to run in the seconds that are left: a ``probes.Plan``."""
    from diagnostics.engine.probes.base import CONTROLS, RESOLVERS, Plan

    return Plan(
        quick=options.quick,
        timeout=max(left - _FOR_THE_END, 0.2),
        controls=options.controls or CONTROLS,
        resolvers=options.resolvers or RESOLVERS,
    )


def net_of(options: Options) -> Any:
    """The network as the user's own machine reaches it: a ``net.Net``."""
    from diagnostics.engine.net import Guard, Net, Roots

    return Net(Guard.open(), roots=Roots(public_pem=options.public_roots))


class Session:
    """A run of the probe. ``began`` is the monotonic time at which the process began; the limit counts from there."""

    def __init__(self, options: Options, machine: Machine, began: float, on_attempt: Callable[[Attempt], None]) -> None:
        self._options, self._machine, self._on_attempt = options, machine, on_attempt
        self.limit = options.timeout - (min(_SENDING, options.timeout / 4) if options.upload else 0.0)
        self._ends = began + self.limit
        self.course = Course(Vantage("probe", platform.node() or "this machine"), clock=began)
        if options.run:
            self.course.run_id = options.run
        self._done = threading.Event()
        self._report: Optional[Report] = None
        self._error: Optional[BaseException] = None

    def run(self, every_look: Callable[[Course], None]) -> Report:
        """The report, by the time limit at the latest. ``UnknownClient`` comes through; other faults of ours are told in the report."""
        from diagnostics.engine.environment import UnknownClient

        threading.Thread(target=self._work, name="diagnosis", daemon=True).start()
        cut = "deadline"
        try:
            with _signals():
                while not self._done.wait(_LOOK) and time.monotonic() < self._ends:
                    every_look(self.course)
        except Stopped:
            cut = "cancelled"
        if isinstance(self._error, UnknownClient):
            raise self._error
        if self._error is not None:
            return self.course.so_far(
                "internal_error", f"The run broke off: {type(self._error).__name__}. Please report it."
            )
        return self._report or self.course.so_far(cut)

    def _work(self) -> None:
        try:
            plan = plan_of(self._options, self._ends - time.monotonic())
            running = diagnose(
                asked_of(self._options),
                self._machine,
                net_of(self._options),
                plan,
                self._on_attempt,
                course=self.course,
            )
            self._report = asyncio.run(running)
        except BaseException as error:  # noqa: BLE001  told in the report; the other thread prints it
            self._error = error
        finally:
            self._done.set()


@contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM and SIGINT raise ``Stopped`` here; a second one ends the process as usual."""

    def stop(number: int, frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
