"""``--watch S``: a line a run, on its beat, until somebody ends it or nobody reads."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine.cli import watching
from diagnostics.engine.cli.command import Console
from diagnostics.engine.cli.options import Options
from diagnostics.engine.cli.session import Place
from diagnostics.engine.cli.stopping import Stop
from diagnostics.engine.cli.streams import Outlet
from diagnostics.engine.environment import registered
from diagnostics.engine.pipeline import Course, Vantage
from diagnostics.engine.records import Report
from tests.probe.running import ALONE, BARE, WORLD, begin, until


@pytest.mark.netns
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_run_is_a_line_and_a_signal_ends_it(probe: Path, number: signal.Signals) -> None:
    process = begin(probe, "--watch", "1")
    assert process.stdout is not None
    first, second = json.loads(process.stdout.readline()), json.loads(process.stdout.readline())
    process.send_signal(number)
    rest, stderr = process.communicate(timeout=100)
    assert process.returncode in (1, 3)  # the last run's, which may have been cut off
    assert stderr == ""
    assert {one["verdict"]["cause"] for one in (first, second)} == {"no_internet"}
    assert all(json.loads(line)["schema"] for line in rest.splitlines())
    assert first["run"]["id"] != second["run"]["id"]


@pytest.mark.netns
def test_a_signal_within_a_run_prints_that_run_so_far(probe: Path) -> None:
    before = ("unshare", "--net", sys.executable, str(WORLD), "silent", "--base-url")
    process = begin(probe, "--watch", "60", "--mode", "print", before=before)
    of_it, ours = Path(f"/proc/{process.pid}"), Path("/proc/self/ns/net").readlink()
    until(lambda: (of_it / "ns/net").readlink() != ours, "it has a network of its own")
    until(lambda: " 01 " in (of_it / "net/tcp").read_text(), "a connection of its own stands")
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=100)
    told = json.loads(stdout)
    assert "the run was stopped" in {one["why"] for one in told["verdict"]["not_checked"]}


@pytest.mark.netns
def test_a_reader_that_goes_ends_it(probe: Path) -> None:
    process = begin(probe, "--watch", "60")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(100) == 1


@pytest.mark.netns
def test_head_takes_its_lines_and_ends_it(probe: Path) -> None:
    shell = [*ALONE, "sh", "-c", '"$@" | head -n 2', "sh", sys.executable, str(probe), "--watch", "1"]
    ended = subprocess.run(shell, env=BARE, capture_output=True, text=True, check=False, timeout=100)
    assert (len(ended.stdout.splitlines()), ended.stderr) == (2, "")


class Clock:
    """Stands in for ``time``: it goes on where somebody sleeps, and nowhere else."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + 1e-6


class Runs:
    """Stands in for ``Session``: each run takes its seconds, the last one asks for the end; notes when each began."""

    def __init__(self, lasting: Sequence[float], stop: Stop, clock: Clock) -> None:
        self.lasting, self.stop, self.clock = list(lasting), stop, clock
        self.starts: list[float] = []
        self.limits: list[float] = []

    def __call__(self, options: Options, place: Place, began: float, on_attempt: Any) -> Runs:
        self.limits.append(began)
        return self

    def run(self, halted: Any, look: Any) -> Report:
        self.starts.append(self.clock.now)
        self.clock.sleep(self.lasting.pop(0))
        if not self.lasting:
            self.stop._hear(signal.SIGTERM, None)
        return Course().so_far("deadline", "broke" if not self.lasting else None)


def test_runs_begin_on_the_beat_and_a_long_one_lets_beats_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, out = Stop(), io.StringIO()
    clock = Clock()
    runs = Runs([0.1, 0.5, 0.1, 0.0], stop, clock)
    monkeypatch.setattr(watching, "Session", runs)
    monkeypatch.setattr(watching, "time", clock)
    place = Place(lambda: registered({}), lambda: None, Vantage())
    began = clock.now
    code = watching.watch(Options(watch=0.4), place, Console(Outlet(out), Outlet(None), stop), began)
    assert code == 4  # the last run's
    assert [round(start - began, 1) for start in runs.limits] == [0.0, 0.4, 1.2, 1.6]
    assert all(0 <= start - beat < 0.01 for start, beat in zip(runs.starts, runs.limits, strict=True))
    assert len(out.getvalue().splitlines()) == 4
