"""One supervised process: its own group, its own log file, started again after a growing pause."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
LOG_LIMIT = 5_000_000
PR_SET_PDEATHSIG = 1


@dataclass
class Process:
    """A command and what became of it. `dies_by` is what the kernel sends it when the supervisor dies (Linux)."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    handed: tuple[int, ...] = ()
    dies_by: signal.Signals = signal.SIGTERM
    deaths: int = 0
    pause: float = 0.0
    _popen: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _again_at: float = 0.0

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it in a session of its own, so that the terminal's Ctrl-C reaches only the supervisor."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > LOG_LIMIT:
                self.log.replace(self.log.with_suffix(".old.log"))
        self._started = time.monotonic()
        with self.log.open("ab") as out:
            self._popen = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=self.handed,
                start_new_session=True,
                preexec_fn=_follow_parent(self.dies_by),  # noqa: PLW1509  the supervisor has one thread
            )

    def look(self) -> str | None:
        """Notice an end (answered once, as words) and start it again when its pause is over."""
        if self._popen is None:
            if self._again_at and time.monotonic() >= self._again_at:
                self._again_at = 0.0
                self.start()
            return None
        code = self._popen.poll()
        if code is None:
            return None
        self._signal_group(signal.SIGKILL)  # whatever it left behind
        self._popen = None
        steady = time.monotonic() - self._started > STEADY_AFTER
        self.pause = FIRST_PAUSE if steady or not self.pause else min(self.pause * 2, LONGEST_PAUSE)
        self.deaths += 1
        self._again_at = time.monotonic() + self.pause
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def ask_to_end(self) -> None:
        """Ask the process itself; it ends its own children."""
        self._again_at = 0.0
        if self.running and self._popen:
            self._popen.terminate()

    def kill(self) -> None:
        """End it and everything in its group, now."""
        self._signal_group(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait()

    def last_words(self) -> str:
        """The last line of its log, for the one line a person reads."""
        try:
            lines = self.log.read_bytes()[-4000:].decode(errors="replace").strip().splitlines()
        except OSError:
            return "it left no log"
        return lines[-1].strip() if lines else "it said nothing"

    def _signal_group(self, number: signal.Signals) -> None:
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, number)


def _follow_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Ask the kernel to end the child when the supervisor is gone, however it went."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    supervisor = os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != supervisor:  # it died between fork and prctl
            os._exit(1)

    return in_child
