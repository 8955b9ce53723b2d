"""How soon somebody who starts ``probe.pyz`` by hand reads something, and sees the plan, beside an interpreter that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Figure, median, show
from diagnostics import packing

TIMES = 15
BARE = {"PATH": os.environ["PATH"]}


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory() as folder:
        probe = packing.build(Path(folder) / "probe.pyz")
        first, plan, nothing = _taking_turns(
            lambda: _until_first_line(probe),
            lambda: _until_ended(str(probe), "--plan"),
            lambda: _until_ended("-c", "pass"),
        )
        size = probe.stat().st_size / 1e6
    figures = [
        Figure("first line at a terminal", first * 1000, "ms", 500),
        Figure("the whole plan", plan * 1000, "ms"),
        Figure("an interpreter that does nothing", nothing * 1000, "ms"),
        Figure("size of the file", size, "MB", 2.5),
    ]
    show(f"probe.pyz on Python {sys.version.split()[0]}", figures)


def _taking_turns(*works: Callable[[], float]) -> list[float]:
    """The median of each, measured in the same minutes."""
    rounds = [[work() for work in works] for _ in range(TIMES)]
    return [median([each[number] for each in rounds]) for number in range(len(works))]


def _until_first_line(probe: Path) -> float:
    ours, theirs = os.openpty()
    began = time.monotonic()
    # A client nobody knows ends it before it asks anybody.
    command = [sys.executable, str(probe), "--client", "none"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=BARE)
    os.read(ours, 1)
    took = time.monotonic() - began
    process.wait()
    os.close(theirs)
    os.close(ours)
    return took


def _until_ended(*arguments: str) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, *arguments], env=BARE, capture_output=True, check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
