"""The user's own program that prints a key: run only when the person allowed it with ``--run-helper``."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import Optional

from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.secrets import Secret

LIMIT = 10.0  # seconds
_MOST = 65_536  # bytes
LONGEST = 16_384  # characters; the client takes no more, and printable ASCII only


def is_missing(command: str, machine: Machine) -> bool:
    """The helper is a program named by its whole path, and nothing stands there. Told without running it."""
    try:
        program = next(iter(shlex.split(command)), "")
    except ValueError:  # a quote that does not end
        return False
    if program.startswith("~/") and machine.home:
        program = machine.home + program[1:]
    on_this_disk = machine.platform != "win32" and not machine.in_memory
    return on_this_disk and program.startswith("/") and machine.files.resolve(program) is None


def output_of(command: str, machine: Machine) -> Optional[Secret]:
    """What the helper prints, as the client would send it; None when it fails, hangs, or prints what cannot be a key."""
    try:
        process = _started(command, machine)
    except OSError:
        return None
    printed = _printed(process)
    text = printed.decode("utf-8", errors="replace").strip()
    usable = process.returncode == 0 and 0 < len(text) <= LONGEST and text.isascii() and text.isprintable()
    return Secret(text) if usable else None


def _started(command: str, machine: Machine) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S602 - the setting is a shell command, and the client runs it as one
        command,
        shell=True,
        cwd=machine.cwd,
        env=dict(machine.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _printed(process: subprocess.Popen[bytes]) -> bytes:
    """What it has printed when it is over, in time and no longer than any key; it is ended at once where it goes on."""
    heard: list[bytes] = []

    def listen() -> None:
        assert process.stdout is not None
        heard.append(process.stdout.read(_MOST))

    listening = threading.Thread(target=listen, daemon=True)
    ends = time.monotonic() + LIMIT
    listening.start()
    listening.join(LIMIT)
    if not listening.is_alive() and len(heard[0]) < _MOST:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(ends - time.monotonic(), 0))
            return heard[0]
    _end(process)
    return b""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the helper with everything it started; where there are no process groups, the helper alone."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):  # it is over, and so is what it started
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
