"""A terminal: a real interactive bash on a line of its own, with a scratch home, into which lines are typed as a person types them."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.book.homes import NOBODY

LIMIT = 60.0  # seconds for a line and what it starts; what waits for a person waits for ever


@dataclass(frozen=True)
class Told:
    """What came of a line: its exit status, and everything that the terminal showed."""

    status: int
    shown: str


class Waits(AssertionError):
    """A line did not come back: it waits for something that nobody was told to type."""


class Terminal:
    """Bash as a window of a desktop starts it: it reads the start file of its home, and nothing of ours.

    ``environ`` is what the window gives it. Lines go through a pseudo terminal, so ``read -s`` and ``test -t 0`` meet
    what they would meet; without line editing, so that a line is taken as it stands. Where the tests are root the person is
    not: what a line may change is the scratch folder and nothing else.
    """

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self._told = home.parent / f"told-{time.monotonic_ns()}"
        self._master, line = pty.openpty()
        owner: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self._process = subprocess.Popen(
            ["bash", "--noediting", "-i"],
            stdin=line,
            stdout=line,
            stderr=line,
            cwd=home,
            env={
                "TERM": "dumb",
                "PS1": "",
                "PS2": "",
                "HISTFILE": "",
                "SHELL": "/bin/bash",
                "HOME": str(home),
                **environ,
            },
            start_new_session=True,
            **owner,
        )
        os.close(line)

    def close(self) -> None:
        """End the shell and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(LIMIT)
        os.close(self._master)

    def type(self, line: str, answers: Sequence[str] = ()) -> Told:
        """A line and what is typed when it asks. Raises ``Waits`` where it does not come back within ``LIMIT``."""
        shown = self._send(
            "\n".join((line, *answers)), f"printf %s $? > {self._told}.part; mv {self._told}.part {self._told}", line
        )
        return Told(int(self._take()), shown)

    def environ(self) -> dict[str, str]:
        """The variables that a program started from here would get."""
        self._send("", f"env -0 > {self._told}.part; mv {self._told}.part {self._told}", "env")
        pairs = (row.split("=", 1) for row in self._take().split("\0") if "=" in row)
        return {name: value for name, value in pairs if name not in ("_", "OLDPWD", "SHLVL")}

    def _take(self) -> str:
        told = self._told.read_text(encoding="utf-8", errors="surrogateescape")
        self._told.unlink()
        return told

    def _send(self, typed: str, then: str, line: str) -> str:
        """Type, then let the shell say that it is back; what was shown meanwhile."""
        os.write(self._master, (f"{typed}\n" if typed else "").encode() + f" {then}\n".encode())
        ends = time.monotonic() + LIMIT
        shown: list[str] = []
        while not self._told.exists():
            if time.monotonic() > ends or self._process.poll() is not None:
                raise Waits(f"{line!r} did not come back; it showed {''.join(shown)!r}")
            if select.select([self._master], [], [], 0.01)[0]:
                shown.append(os.read(self._master, 65536).decode("utf-8", "replace"))
        return "".join(shown)
