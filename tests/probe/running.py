"""Starting the probe as people do: by some interpreter, with hardly anything around it, in a network of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

WORLD = Path(__file__).with_name("world.py")
ALONE = ("unshare", "--net")
"""A network namespace without a network."""

BARE = {"PATH": os.environ["PATH"], "LC_ALL": "C", "LANG": "C"}
"""No home, and a locale that knows only ASCII."""

_HEARD = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def run(
    probe: Path,
    *arguments: str,
    python: Sequence[str] = (sys.executable, "-I", "-S"),
    environ: Mapping[str, str] | None = None,
    before: Sequence[str] = ALONE,
    **how: Any,
) -> subprocess.CompletedProcess[str]:
    """The ended probe; it has nobody to ask, and no network."""
    given: dict[str, Any] = {**_HEARD, **how}
    command = [*before, *python, str(probe), *arguments]
    return subprocess.run(command, env=dict(environ or BARE), text=True, check=False, timeout=120, **given)


def begin(probe: Path, *arguments: str, before: Sequence[str] = ALONE, **how: Any) -> subprocess.Popen[str]:
    """The probe, started."""
    given: dict[str, Any] = {**_HEARD, "env": BARE, **how}
    command = [*before, sys.executable, "-I", "-S", str(probe), *arguments]
    process: subprocess.Popen[str] = subprocess.Popen(command, text=True, **given)
    return process


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for what must come about, however slow the machine is."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)
