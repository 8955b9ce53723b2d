"""How ``probe.pyz`` ends: at its second whatever hangs, at a signal, at a fault of its own; always with a report and a true code."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from diagnostics.lab import KEY
from tests.probe.running import ALONE, BARE, WORLD, begin, run

pytestmark = pytest.mark.netns

APART = ("unshare", "--net", "--mount")
PRINTS = ("--json", "--mode", "print")
_SLOW = 15.0  # seconds that a busy machine may take to start and to end it


def in_world(*what: str) -> tuple[str, ...]:
    """In namespaces of its own, made up as ``world.py`` does it."""
    return (*APART, sys.executable, str(WORLD), *what)


class Clock:
    """Holds a run to its limit, whoever else uses this machine: what does not hear of it takes the usual thirty seconds, or for ever."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.began = seconds, time.monotonic()

    def stop(self) -> None:
        """It has ended by its limit, and not by the usual one."""
        took = time.monotonic() - self.began
        assert took < self.seconds + _SLOW < 29, f"{took:.1f} s, of which {_SLOW:.1f} are forgiven"


def report_of(process: subprocess.Popen[str]) -> Any:
    """The report of a process that ends by itself."""
    try:
        stdout, stderr = process.communicate(timeout=100)
    finally:
        process.kill()
    assert "Traceback" not in (stderr or "")
    return json.loads(stdout)


# -- what hangs ----------------------------------------------------------------------------------------------------


def test_an_api_that_never_answers_does_not_hold_it(probe: Path) -> None:
    environ = {**BARE, "ANTHROPIC_API_KEY": KEY}
    clock = Clock(11)
    process = begin(probe, *PRINTS, "--timeout", "10", before=in_world("silent", "--base-url"), env=environ)
    told = report_of(process)
    clock.stop()
    assert process.returncode in (1, 3)
    (asked,) = [one for one in told["attempts"] if one["probe"] == "api.models"]
    assert asked["status"] != "done"
    assert asked["reason"] in ("deadline", "http_timeout")


def test_a_dashboard_that_never_answers_does_not_hold_it_and_changes_no_code(probe: Path) -> None:
    clock = Clock(13)
    options = ("--json", "--token", "t0k3n", "--yes", "--timeout", "12")
    process = begin(probe, *options, before=in_world("silent", "--upload"))
    stdout, stderr = process.communicate(timeout=100)
    clock.stop()
    assert (process.returncode, json.loads(stdout)["verdict"]["cause"]) == (1, "no_internet")
    assert "was not sent" in stderr


def test_a_stuck_resolver_and_lost_packets_do_not_hold_it(probe: Path) -> None:
    clock = Clock(4)
    process = begin(probe, *PRINTS, "--timeout", "3", before=in_world("dropped"))
    told = report_of(process)
    clock.stop()
    assert process.returncode in (1, 3)
    assert told["run"]["error"] is None


@pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="a dead disk needs /dev/fuse")
@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"HOME": "{dead}"}, []),
        ({"HOME": "{dead}", "CLAUDE_CONFIG_DIR": "{dead}/x", "VIRTUAL_ENV": "{dead}", "PATH": "{dead}:{path}"}, []),
        ({"NODE_EXTRA_CA_CERTS": "{dead}/ca.pem", "SSL_CERT_FILE": "{dead}/ca.pem"}, ["--client", "anthropic-python"]),
        ({}, ["--public-roots", "{dead}/roots.pem"]),
        ({}, ["--project", "{dead}/project"]),
    ],
    ids=["home", "everything", "CA file", "--public-roots", "--project"],
)
def test_a_dead_disk_does_not_hold_it(probe: Path, tmp_path: Path, environ: dict[str, str], options: list[str]) -> None:
    dead = tmp_path / "dead"
    dead.mkdir()
    told = {name: value.format(dead=dead, path=os.environ["PATH"]) for name, value in environ.items()}
    asked = [option.format(dead=dead) for option in options]
    before = in_world("dead", str(dead))
    clock = Clock(11)
    ended = run(probe, "--json", "--timeout", "10", *asked, before=before, environ={**BARE, **told})
    clock.stop()
    if options and options[0] != "--client":
        assert ended.returncode == 2
        assert options[0] in ended.stderr
        return
    report = json.loads(ended.stdout)
    assert (ended.stderr, report["run"]["error"]) == ("", None)
    tried = {one["probe"]: one for one in report["attempts"]}
    assert tried["control.hosts"]["reason"] != "deadline"  # what the disk holds is left out, and the rest is looked at
    assert ended.returncode in (1, 3)


def test_pipes_in_place_of_files_do_not_hold_it(probe: Path, tmp_path: Path) -> None:
    for name in (".claude.json", ".claude/settings.json", ".claude/.credentials.json", "ca.pem", ".anthropic"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        os.mkfifo(tmp_path / name)
    environ = {**BARE, "HOME": str(tmp_path), "NODE_EXTRA_CA_CERTS": str(tmp_path / "ca.pem")}
    told = json.loads(run(probe, *PRINTS, environ=environ, cwd=tmp_path).stdout)
    assert told["run"]["error"] is None
    assert told["run"]["seconds"] < 25  # its limit is 30
    assert "is not a regular file" in json.dumps(told)


def test_roots_may_come_out_of_a_pipe_that_somebody_writes_to(probe: Path) -> None:
    import certifi

    shell = ("sh", "-c", f'cat {certifi.where()} | "$@" --public-roots /dev/stdin', "sh")
    ended = run(probe, "--json", before=(*ALONE, *shell))
    assert json.loads(ended.stdout)["run"]["error"] is None
    silent, _ = os.pipe()
    ended = run(probe, "--json", "--timeout", "2", "--public-roots", "/dev/stdin", stdin=silent)
    assert (ended.returncode, "nothing comes from it" in ended.stderr) == (2, True)


def test_a_reader_that_has_stopped_does_not_hold_it(probe: Path) -> None:
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with suppress(BlockingIOError):
        while os.write(theirs, b"x" * 4096):
            pass
    os.set_blocking(theirs, True)
    clock = Clock(3)
    ended = run(probe, "--json", "--timeout", "2", stdout=theirs, stderr=theirs)
    clock.stop()
    assert ended.returncode in (1, 3)
    os.close(theirs)
    os.close(ours)


def test_a_halted_terminal_does_not_hold_it(probe: Path) -> None:
    ours, theirs = os.openpty()
    termios.tcflow(theirs, termios.TCOOFF)
    clock = Clock(6)
    ended = run(probe, stderr=theirs)
    clock.stop()
    assert "no way out" in ended.stdout
    os.close(theirs)
    os.close(ours)


# -- who stops it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "times"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGTERM, 3)], ids=["TERM", "INT", "3 TERM"]
)
def test_a_signal_prints_the_report_so_far(probe: Path, number: signal.Signals, times: int) -> None:
    ours, theirs = os.openpty()
    environ = {**BARE, "ANTHROPIC_API_KEY": KEY}
    process = begin(probe, *PRINTS, before=in_world("silent", "--base-url"), env=environ, stderr=theirs)
    seen = b""
    while b"tcp.v4" not in seen:
        seen += os.read(ours, 1000)
    clock = Clock(2)
    for _ in range(times):
        process.send_signal(number)
    told = report_of(process)
    clock.stop()
    assert process.returncode in (1, 3)
    assert "the run was stopped" in {one["why"] for one in told["verdict"]["not_checked"]}
    assert {"config", "tcp.v4"} <= {one["probe"] for one in told["attempts"]}
    os.close(theirs)
    os.close(ours)


def test_a_signal_in_the_first_moments_prints_a_report_too(probe: Path) -> None:
    ours, theirs = os.openpty()
    process = begin(probe, "--json", stderr=theirs)
    os.read(ours, 10)
    process.send_signal(signal.SIGTERM)
    told = json.loads(process.communicate(timeout=100)[0])
    assert process.returncode in (1, 3)
    assert told["run"]["error"] is None
    os.close(theirs)
    os.close(ours)


# -- who no longer reads -------------------------------------------------------------------------------------------


def test_a_closed_pipe_is_nobodys_fault(probe: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    ended = run(probe, "--json", stdout=theirs)
    assert (ended.returncode, ended.stderr) == (1, "")
    os.close(theirs)


def test_a_full_disk_is_told(probe: Path) -> None:
    with open("/dev/full", "wb") as full:
        ended = run(probe, "--json", stdout=full)
    assert ended.returncode == 1
    assert "could not be written (No space left on device)" in ended.stderr


# -- our own fault -------------------------------------------------------------------------------------------------

SABOTAGE = (sys.executable, "-I", str(WORLD.with_name("sabotage.py")))


@pytest.mark.parametrize(
    ("module", "reports"),
    [
        ("diagnostics.engine.probes.runner", True),
        ("diagnostics.engine.cli.session", True),
        ("diagnostics.engine.report", False),
        ("diagnostics.engine.cli.streams", False),
        ("diagnostics.engine.library", False),
    ],
)
def test_a_fault_of_our_own_is_4_and_a_report_where_one_can_be_made(probe: Path, module: str, reports: bool) -> None:
    ended = run(probe, "--json", python=[*SABOTAGE, "fails", module])
    assert ended.returncode == 4
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stdout + ended.stderr
    assert "ZeroDivisionError" in (json.loads(ended.stdout)["run"]["error"] if reports else ended.stderr)


def test_one_broken_check_is_told_in_its_place(probe: Path) -> None:
    ended = run(probe, "--json", python=[*SABOTAGE, "fails", "httpx"])
    told = json.loads(ended.stdout)
    assert ended.returncode in (1, 3, 4)
    assert "internal_error" in {one["reason"] for one in told["attempts"]} or told["run"]["error"]


def test_a_fault_is_shown_in_the_text_too(probe: Path) -> None:
    ended = run(probe, python=[*SABOTAGE, "fails", "diagnostics.engine.probes.runner"])
    assert ended.returncode == 4
    assert "ZeroDivisionError" in ended.stdout


def test_when_even_the_clock_watcher_hangs_the_process_still_ends(probe: Path) -> None:
    clock = Clock(3)
    ended = run(probe, "--timeout", "2", python=[*SABOTAGE, "hangs", "diagnostics.engine.text"])
    clock.stop()
    assert ended.returncode == 4
    assert "hangs beyond our reach" in ended.stderr


# -- a person at a terminal ----------------------------------------------------------------------------------------


def at_terminal(probe: Path, *options: str, environ: dict[str, str], enough: Callable[[bytes], bool]) -> bytes:
    """What somebody sees who starts it by hand, until it is enough."""
    ours, theirs = os.openpty()
    process = begin(probe, *options, stdin=theirs, stdout=theirs, stderr=theirs, env={**BARE, **environ})
    os.close(theirs)
    seen = b""
    try:
        while not enough(seen):
            piece = os.read(ours, 4096)
            seen += piece
    except OSError:  # the terminal is closed: it has ended
        pass
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return seen


def test_somebody_at_a_terminal_reads_something_at_once(probe: Path) -> None:
    began = time.monotonic()
    assert b"claude-code" in at_terminal(probe, environ={}, enough=lambda seen: b"claude-code" in seen)
    assert time.monotonic() - began < 60  # how fast it is on a quiet machine is a benchmark's to tell


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"y\n", b"was not sent. http://127.0.0.1:9 could not be reached"),
        (b"\n", b"Not sent."),
        (b"n\n", b"Not sent."),
        (b"\x04", b"Not sent."),
        (b"\x03", b"stopped; the report was not sent"),
    ],
    ids=["yes", "enter", "no", "end of input", "Ctrl-C"],
)
def test_the_person_is_asked_before_anything_is_sent(probe: Path, answer: bytes, told: bytes) -> None:
    ours, theirs = os.openpty()
    options = ("--json", "--upload", "http://127.0.0.1:9", "--token", "t0k3n", "--timeout", "10")
    process = begin(probe, *options, stdin=theirs, stderr=theirs, preexec_fn=lambda: _own_terminal(theirs))
    os.close(theirs)
    seen = b""
    while b"[y/N] " not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, answer)
    with suppress(OSError):
        while told not in seen:
            seen += os.read(ours, 4096)
    stdout, _ = process.communicate(timeout=100)
    assert told in seen
    assert b"t0k3n" not in seen
    assert process.returncode == 1
    assert json.loads(stdout)["verdict"]["cause"] == "no_internet"
    os.close(ours)


def _own_terminal(terminal: int) -> None:
    """A session of its own, whose terminal this is: only so do its keys send signals."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def test_only_a_terminal_that_can_be_written_over_gets_escapes(probe: Path) -> None:
    plain = at_terminal(probe, environ={"TERM": "dumb"}, enough=lambda seen: False)
    assert b"\x1b" not in plain
    assert b"no way out" in plain
