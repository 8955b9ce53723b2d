"""SIGTERM and Ctrl-C: the run ends early and still tells what it has."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

_TWICE = 1.0  # seconds within which the same wish comes once more: ``timeout`` signals a program, then its whole group


class Stop:
    """Whether the end was asked for. Nothing is raised out of the handler: whoever waits looks here ten times a second."""

    def __init__(self) -> None:
        self._asked_at = 0.0
        self._before: dict[int, Any] = {}

    def asked(self) -> bool:
        """Whether somebody wants the end."""
        return self._asked_at > 0

    def seconds(self) -> float:
        """How long ago that was; 0 where it was not."""
        return time.monotonic() - self._asked_at if self.asked() else 0.0

    def listen(self) -> None:
        """Take the two signals over. To be called by the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._hear)

    def forget(self) -> None:
        """Give them back."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _hear(self, number: int, frame: Any) -> None:
        if not self.asked():
            self._asked_at = time.monotonic()
        elif time.monotonic() - self._asked_at > _TWICE:  # somebody insists
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
