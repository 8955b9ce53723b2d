"""A client that runs already, as real processes: what it was started with is compared by name, and no value is told."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from diagnostics.engine import processes
from diagnostics.engine.environment import Asked, capture, registered, this_machine
from diagnostics.engine.findings import derive
from diagnostics.engine.library import load
from diagnostics.engine.net.guard import Guard
from diagnostics.engine.net.network import Net
from diagnostics.engine.probes import PROBES, Plan, observe, runner
from diagnostics.engine.records import Attempt, Environment

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at on Linux"),
    pytest.mark.usefixtures("alone"),
]
KEY = "sk-ant-api03-" + "n" * 40
OLD = "sk-ant-api03-" + "o" * 40
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def alone() -> Iterator[None]:
    """One of these at a time on this machine, whatever shares out the tests: one's client is a running client to the next."""
    with (Path(tempfile.gettempdir()) / "troubleshooter-test-running.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def start(tmp_path: Path, alone: None) -> Iterator[Start]:
    """Start a program of that name with these variables; all are ended with the test."""
    begun: list[subprocess.Popen[bytes]] = []

    def one(name: str = "claude", **variables: str) -> subprocess.Popen[bytes]:
        file = tmp_path / name
        if not file.exists():
            shutil.copy(shutil.which("sleep") or "/bin/sleep", file)
        begun.append(subprocess.Popen([str(file), "60"], env={"PATH": os.environ["PATH"], **variables}))
        until = time.monotonic() + 60
        while not any(found.pid == begun[-1].pid for found in processes.running(name)) and time.monotonic() < until:
            time.sleep(0.01)
        return begun[-1]

    yield one
    for process in begun:
        process.kill()
        process.wait()


def here(home: Path, **variables: str) -> Environment:
    """What Claude Code is configured with on this machine, in a shell with these variables."""
    machine = replace(this_machine(), environ={"PATH": "/usr/bin", **variables}, home=str(home), cwd=str(home))
    return capture(Asked(client="claude-code"), machine, load())


async def looked(environment: Environment) -> Attempt:
    net = Net(Guard.strict())
    seen = await observe(environment, net, Plan(only=frozenset({"client.running"})))
    return next(one for one in seen.attempts if one.probe == "client.running")


async def test_nothing_runs(tmp_path: Path) -> None:
    if processes.running("claude"):
        pytest.skip("one runs on this machine")
    seen = await looked(here(tmp_path, ANTHROPIC_API_KEY=KEY))
    assert (seen.status, dict(seen.facts)) == ("done", {"client.running": False})


async def test_one_that_has_what_the_shell_has(tmp_path: Path, start: Start) -> None:
    start(ANTHROPIC_API_KEY=KEY, OTHER="1")
    facts = (await looked(here(tmp_path, ANTHROPIC_API_KEY=KEY))).facts
    assert (facts["client.running"], facts["client.running_lacks"], facts["client.running_keeps"]) == (True, (), ())
    began = time.strptime(str(facts["client.running_since"])[-5:], "%H:%M")
    minutes = (time.localtime().tm_hour - began.tm_hour) * 60 + time.localtime().tm_min - began.tm_min
    assert minutes % 1440 in (0, 1)


async def test_one_that_was_started_before(tmp_path: Path, start: Start) -> None:
    start(ANTHROPIC_API_KEY=OLD, HTTPS_PROXY="http://me:pw-of-old@old:1")
    environment = here(tmp_path, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL="http://127.0.0.1:1")
    seen = await looked(environment)
    assert seen.facts["client.running_lacks"] == ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
    assert seen.facts["client.running_keeps"] == ("HTTPS_PROXY",)
    told = repr(seen) + repr(environment)
    assert not [secret for secret in (KEY, OLD, "pw-of-old") if secret in told]


async def test_what_it_was_started_before_is_said(tmp_path: Path, start: Start) -> None:
    start(ANTHROPIC_API_KEY=OLD)
    environment = here(tmp_path, ANTHROPIC_API_KEY=KEY)
    seen = await observe(environment, Net(Guard.strict()), Plan(only=frozenset({"client.running"})))
    said = {one.code: one for one in derive(seen.facts, load())}
    assert said["client.started_before"].level == "warning"
    assert "ANTHROPIC_API_KEY" in said["client.started_before"].says
    assert "client.keeps_former" not in said


async def test_what_a_settings_file_sets_is_not_the_shells(tmp_path: Path, start: Start) -> None:
    folder = tmp_path / ".claude"
    folder.mkdir()
    (folder / "settings.json").write_text('{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:2"}}')
    start(ANTHROPIC_BASE_URL="http://127.0.0.1:3")
    facts = (await looked(here(tmp_path, ANTHROPIC_BASE_URL="http://127.0.0.1:1"))).facts
    assert (facts["client.running_lacks"], facts["client.running_keeps"]) == ((), ())


async def test_a_registered_environment_is_no_process() -> None:
    environment = capture(Asked(client="claude-code"), registered({"ANTHROPIC_API_KEY": KEY}), load())
    seen = await looked(environment)
    assert (seen.status, seen.reason) == ("skipped", "not needed: a registered environment is no process here")


def test_it_goes_along_with_every_check_on_a_machine(tmp_path: Path) -> None:
    plan = Plan(only=frozenset({"dns.system"}))
    assert "client.running" in [one.name for one in runner.selected(PROBES, here(tmp_path), plan)]
    away = capture(Asked(client="claude-code"), registered({}), load())
    assert "client.running" not in [one.name for one in runner.selected(PROBES, away, plan)]


def test_programs_are_known_by_their_own_name(tmp_path: Path, start: Start) -> None:
    mine = start("a-client", ANTHROPIC_API_KEY=KEY)
    start("a-client-too")
    assert [one.pid for one in processes.running("a-client")] == [mine.pid]
    script = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert script.pid not in [one.pid for one in processes.running("a-client", ("python",))]
    finally:
        script.kill()
        script.wait()
    assert KEY not in repr(processes.running("a-client"))


def test_a_script_is_known_behind_its_interpreter(tmp_path: Path) -> None:
    file = tmp_path / "a-script"
    file.write_text("import time\nprint(flush=True)\ntime.sleep(60)\n")
    with subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            assert [one.pid for one in processes.running("a-script", ("python",))] == [process.pid]
            assert processes.running("a-script", ("node",)) == ()
        finally:
            process.kill()


def test_what_is_no_process_is_left_out(tmp_path: Path) -> None:
    for name, line in (("17", b"claude\0"), ("18", b""), ("self", b"claude\0")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cmdline").write_bytes(line)
        (tmp_path / name / "comm").write_bytes(b"x\n")
    assert processes.running("claude", folder=str(tmp_path)) == ()  # its stat cannot be read
    assert processes.running("claude", folder=str(tmp_path / "nowhere")) == ()
