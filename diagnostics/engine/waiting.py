"""Waiting without being held: what may hang is done by a thread of its own, while this one watches the clock.

A dead network disk, a pipe nobody writes to and a resolver that never answers cannot be interrupted, only left behind.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, TypeVar, Union

T = TypeVar("T")
U = TypeVar("U")

_LOOK = 0.1  # seconds between looks at the clock and at whether somebody wants the end


class OutOfTime(Exception):
    """The work has not ended in its time; its thread is left behind."""


class Stopped(Exception):
    """Somebody asked for the end meanwhile."""


def within(
    seconds: float,
    work: Callable[[], T],
    halted: Callable[[], bool] = lambda: False,
    look: Callable[[], None] = lambda: None,
) -> T:
    """What ``work`` gives. Raises what it raises, ``OutOfTime`` after ``seconds``, ``Stopped`` once ``halted()`` says so.

    ``look`` is called ten times a second meanwhile.
    """
    until = time.monotonic() + seconds
    ended = threading.Event()
    given: list[Any] = []
    broke: list[BaseException] = []

    def run() -> None:
        try:
            given.append(work())
        except BaseException as error:  # noqa: BLE001  raised again by the thread that waits
            broke.append(error)
        ended.set()

    aside(run)
    while not ended.wait(_until_next_look(until)):
        if halted():
            raise Stopped
        if time.monotonic() >= until:
            raise OutOfTime
        look()
    if broke:
        raise broke[0]
    found: T = given[0]
    return found


def aside(work: Callable[[], None]) -> None:
    """Do it in a thread of its own; here and now where the system gives no more threads."""
    try:
        threading.Thread(target=work, name="aside", daemon=True).start()
    except RuntimeError:
        work()


def _until_next_look(until: float) -> float:
    return max(0.0, min(_LOOK, until - time.monotonic()))


class Patience:
    """Seconds that a number of things together may take, and each one of them: what hangs leaves less for the next."""

    def __init__(self, seconds: float, each: float, least: float = 0.05) -> None:
        self._left, self._each, self._least = seconds, each, least
        self._lock = threading.Lock()

    def wait(self, work: Callable[[], T], otherwise: U) -> Union[T, U]:
        """What ``work`` gives, or ``otherwise`` when it takes too long."""
        with self._lock:
            limit = max(min(self._left, self._each), self._least)
        began = time.monotonic()
        try:
            return within(limit, work)
        except OutOfTime:
            return otherwise
        finally:
            took = time.monotonic() - began
            if took > self._least:
                with self._lock:
                    self._left -= took
