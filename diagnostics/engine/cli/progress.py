"""What a person at a terminal sees while the run goes: each check as it ends, and what is still waited for. Never a bare spinner."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from diagnostics.engine.vocabulary import NOT_NEEDED

if TYPE_CHECKING:  # the first line must not wait for what a run loads
    from diagnostics.engine.pipeline import Course
    from diagnostics.engine.records import Attempt

_PATIENCE = 2.0  # seconds without news after which we say what is waited for
_MARKS = {"done": "ok  ", "failed": "fail", "skipped": "skip"}


class Progress:
    """Writes to standard error, and only to a terminal."""

    def __init__(self, shown: bool, began: float, limit: float) -> None:
        self._shown, self._began, self._limit = shown, began, limit
        self._news = began
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
        if now - self._news < _PATIENCE:
            return
        tried = {attempt.probe for attempt in list(course.attempts)}
        open_ones = [name for name in course.expected if name not in tried]
        if open_ones:
            names = ", ".join(open_ones[:3]) + (" ..." if len(open_ones) > 3 else "")
            self._line(f"  still waiting for {names}: {now - self._began:.0f} s of {self._limit:.0f} s")
            self._waiting = True

    def clear(self) -> None:
        """Take the waiting line away before the report."""
        if self._waiting:
            self._line("")

    def _line(self, text: str) -> None:
        if not self._shown:
            return
        try:
            sys.stderr.write("\r\x1b[K" + text if self._waiting or not text.endswith("\n") else text)
            sys.stderr.flush()
        except (OSError, ValueError):
            self._shown = False
        self._waiting = False
