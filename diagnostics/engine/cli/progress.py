"""What a person at a terminal sees while the run goes: each check as it ends, and what is still waited for. Never a bare spinner."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from diagnostics.engine.vocabulary import NOT_NEEDED

if TYPE_CHECKING:  # the first line must not wait for what a run loads
    from diagnostics.engine.cli.streams import Outlet
    from diagnostics.engine.pipeline import Course
    from diagnostics.engine.records import Attempt

_PATIENCE = 2.0  # seconds without news after which we say what is waited for
_AGAIN = 5.0  # seconds between two such lines where a line cannot be written over
_MARKS = {"done": "ok  ", "failed": "fail", "skipped": "skip"}


class Progress:
    """Writes to standard error, and only to a terminal; a terminal that has been halted (Ctrl-S) holds nothing up."""

    def __init__(self, errors: Outlet, began: float, limit: float) -> None:
        self._errors, self._began, self._limit = errors, began, limit
        self._shown = errors.terminal
        self._over = errors.moves(os.environ)  # a line can be written over
        self._news = self._told = began
        self._waiting = False

    def begin(self, client: str) -> None:
        """Something to read at once, before the network side is even loaded."""
        self._line(f"Looking how {client} reaches its API, for {self._limit:.0f} s at most.\n")

    def ended(self, attempt: Attempt) -> None:
        """A check has ended; one that had nothing to do here is not told."""
        self._news = time.monotonic()
        if not (attempt.reason or "").startswith(NOT_NEEDED):
            why = f"  ({attempt.reason})" if attempt.reason else ""
            self._line(
                f"  {_MARKS[attempt.status]} {attempt.variant or attempt.probe:<16} {attempt.seconds:6.2f} s{why}\n"
            )

    def look(self, course: Course) -> None:
        """Some time has passed."""
        now = time.monotonic()
        if now - self._news < _PATIENCE or (not self._over and now - self._told < _AGAIN):
            return
        tried = {attempt.probe for attempt in list(course.attempts)}
        open_ones = [name for name in course.expected if name not in tried]
        if open_ones:
            names = ", ".join(open_ones[:3]) + (" ..." if len(open_ones) > 3 else "")
            told = f"  still waiting for {names}: {now - self._began:.0f} s of {self._limit:.0f} s"
            self._line(told if self._over else told + "\n")
            self._waiting, self._told = self._over, now

    def clear(self) -> None:
        """Take the waiting line away before the report."""
        if self._waiting:
            self._line("")

    def _line(self, text: str) -> None:
        if self._shown:
            self._errors.text("\r\x1b[K" + text if self._waiting else text)
        self._waiting = False
