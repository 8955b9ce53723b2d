"""One run under its time limit: it works in a thread of its own, and this one watches the clock and the signals.

Whatever hangs in there (a resolver, a dead disk, a fault of ours), the caller gets a report of what there is by then.
"""

from __future__ import annotations

import asyncio
import platform
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable, Optional

from diagnostics.engine.cli.options import Options
from diagnostics.engine.environment import Asked, Machine, UnknownClient, this_machine
from diagnostics.engine.pipeline import Course, Vantage, diagnose
from diagnostics.engine.records import Attempt, Report
from diagnostics.engine.waiting import OutOfTime, Stopped, within

_FOR_THE_END = 0.7  # seconds of the limit that probes leave for cutting off, judging and printing
_SENDING = 5.0  # seconds kept for sending, of a limit that is long enough


@dataclass(frozen=True)
class Place:
    """Where a run is made: whose settings count, through which network (a ``net.Net``), seen from where.

    ``machine`` and ``net`` are called by the thread that may hang.
    """

    machine: Callable[[], Machine]
    net: Callable[[], Any]
    vantage: Vantage


def here(options: Options, python_path: Optional[tuple[str, ...]] = None) -> Place:
    """This machine and its own network; ``python_path`` is where its Python finds modules."""
    return Place(
        lambda: this_machine(python_path), lambda: net_of(options), Vantage("probe", platform.node() or "this machine")
    )


def asked_of(options: Options) -> Asked:
    """What the command line asks of the environment."""
    return Asked(
        client=options.client,
        mode=options.mode,
        base_url=options.base_url,
        model=options.model,
        project=options.project,
        headers=options.headers,
        request=options.request,
        run_helper=options.run_helper,
    )


def plan_of(options: Options, left: float) -> Any:
    """What to run in the seconds that are left: a ``probes.Plan``."""
    from diagnostics.engine.probes.base import CONTROLS, RESOLVERS, Plan

    return Plan(
        only=options.only or None,
        quick=options.quick,
        send_message=options.send_message,
        timeout=max(left - _FOR_THE_END, 0.2),
        controls=options.controls or CONTROLS,
        resolvers=options.resolvers or RESOLVERS,
    )


def net_of(options: Options) -> Any:
    """The network as the user's own machine reaches it: a ``net.Net``."""
    from diagnostics.engine.net import Guard, Net, Roots

    return Net(Guard.open(), roots=Roots(public_pem=options.public_roots))


class Session:
    """A run of the probe. ``began`` is the monotonic time from which its limit counts."""

    def __init__(self, options: Options, place: Place, began: float, on_attempt: Callable[[Attempt], None]) -> None:
        self._options, self._place, self._on_attempt = options, place, on_attempt
        self.limit = options.timeout - (min(_SENDING, options.timeout / 4) if options.upload else 0.0)
        self._ends = began + self.limit
        self.course = Course(place.vantage, clock=began)
        if options.run:
            self.course.run_id = options.run
        self._cancel: Callable[[], object] = lambda: None

    def run(self, halted: Callable[[], bool], every_look: Callable[[Course], None]) -> Report:
        """The report, by the time limit at the latest. ``UnknownClient`` comes through; other faults of ours are told in the report."""
        left = max(self._ends - time.monotonic(), 0.0)
        try:
            return within(left, self._work, halted, lambda: every_look(self.course))
        except OutOfTime:
            cut = "deadline"
        except Stopped:
            cut = "cancelled"
        except UnknownClient:
            raise
        except Exception as error:  # noqa: BLE001  told in the report, by its type: a text might hold a secret
            return self.course.so_far("internal_error", f"The run broke off: {type(error).__name__}. Please report it.")
        report = self.course.so_far(cut)
        with suppress(RuntimeError):  # its loop has ended meanwhile
            self._cancel()
        return report

    def _work(self) -> Report:
        plan = plan_of(self._options, self._ends - time.monotonic())
        machine, net = self._place.machine(), self._place.net()
        return asyncio.run(self._diagnose(machine, net, plan))

    async def _diagnose(self, machine: Machine, net: Any, plan: Any) -> Report:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel) if task is not None else None
        return await diagnose(asked_of(self._options), machine, net, plan, self._on_attempt, course=self.course)
