"""`make start`: one command, everything healthy, everything ended; and one clear line when it cannot."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests import pace
from tests.starting import ROOT, Running, environment, free_port, health, running, wait_for

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One start for the tests that look; those that end or break it for good start their own."""
    with running(tmp_path_factory.mktemp("start") / "var") as it:
        yield it


def test_it_is_healthy_and_prints_the_link_to_sign_in(started: Running) -> None:
    status, answer = health(started.port)
    assert status == 200
    assert {name: answer[name] for name in ("status", "database", "broker", "worker")} == dict.fromkeys(
        ("status", "database", "broker", "worker"), "ok"
    )
    assert answer["worker_age"] < 30
    assert re.fullmatch(rf"Sign in: http://127\.0\.0\.1:{started.port}/\S+", started.line("Sign in: "))


def test_it_starts_broker_web_and_one_worker(started: Running) -> None:
    assert set(started.children()) == {"broker", "web", "worker"}


def test_it_keeps_to_280_mb(started: Running) -> None:
    total = sum(process.memory_info().rss for process in started.everything())
    assert total <= 280 * 2**20, f"{total / 2**20:.0f} MB"


def test_only_its_owner_can_read_the_keys(started: Running) -> None:
    for name in ("secret.key", "encryption.key"):
        assert (started.data_dir / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["broker", "web", "worker"])
def test_a_process_that_dies_is_started_again(started: Running, name: str) -> None:
    victim = wait_for(lambda: started.children().get(name), 60, f"no {name}")
    victim.kill()

    def another() -> bool:
        now = started.children().get(name)
        return now is not None and now.pid != victim.pid

    wait_for(another, 60, f"{name} stayed away")

    def fresh() -> bool:
        status, answer = health(started.port)
        return status == 200 and answer["worker_age"] < 6

    wait_for(fresh, 100, f"not healthy again after {name} died: {health(started.port)}")
    assert f"{name} ended (killed by SIGKILL); starting it again" in started.output


def test_a_broker_that_hangs_is_named_within_seconds(started: Running) -> None:
    broker = started.children()["broker"]
    broker.suspend()
    try:
        began = time.monotonic()
        status, answer = health(started.port)
        assert time.monotonic() - began < 30  # or for ever
        assert status == 503
        assert answer["status"] == "failing: broker, worker"
    finally:
        broker.resume()
    wait_for(lambda: health(started.port)[0] == 200, 100, "not healthy again")


def test_a_second_one_on_the_same_folder_is_refused(started: Running) -> None:
    refused = start_in_vain(started.data_dir, PORT=str(free_port()))
    assert "already runs from" in refused
    assert str(started.popen.pid) in refused


def test_a_port_in_use_is_one_line(started: Running, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert start_in_vain(tmp_path, PORT=str(port)) == (
            f"Port {port} on 127.0.0.1 is used by another program: choose another: PORT={port + 1} make start"
        )


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    with running(tmp_path / "var") as it:
        pids = [process.pid for process in it.everything()]
        assert len(pids) >= 4
        assert it.stop() == 0
        wait_for(lambda: not [pid for pid in pids if _lives(pid)], 60, "processes were left behind")
    second_start(tmp_path / "var")


def second_start(data_dir: Path) -> None:
    """The second start is quick; and killing the supervisor itself leaves no orphan."""
    began = time.monotonic()
    with running(data_dir) as it:
        waited, worked = time.monotonic() - began, it.cpu_seconds() / pace.seconds()
        assert waited < 8 or worked < 20_000, f"{waited:.1f} s on the clock, {worked:.0f} paces of work"
        pids = [process.pid for process in it.everything()]
        it.popen.kill()
        wait_for(lambda: not [pid for pid in pids if _lives(pid)], 60, "orphans were left behind")


def test_without_any_broker_everything_runs_in_the_web_process(tmp_path: Path) -> None:
    with running(tmp_path / "var", EMBEDDED_BROKER="memory") as it:
        assert set(it.children()) == {"web"}
        assert health(it.port)[0] == 200


def test_several_workers_have_one_scheduler(tmp_path: Path) -> None:
    with running(tmp_path / "var", WORKERS="2", WORKER_THREADS="4") as it:
        words = [" ".join(process.cmdline()) for process in it.everything()]
        assert sum(" worker " in line for line in words) == 2
        assert sum(" beat " in line for line in words) == 1
        assert not any("--scheduler-thread" in line for line in words)


def test_a_folder_it_cannot_write_to_is_one_line(tmp_path: Path) -> None:
    # A file where the folder should be: permissions would not stop root.
    (tmp_path / "var").write_text("not a folder")
    told = start_in_vain(tmp_path / "var")
    assert told.startswith(f"Cannot write to {tmp_path}/var (")
    assert told.endswith("name another: DATA_DIR=/path")


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"PORT": "80800"}, "Wrong setting: PORT is '80800': write a whole number from 1 to 65535."),
        ({"DEBUG": "maybe"}, "Wrong setting: DEBUG is 'maybe': write true or false."),
        ({"DATABASE_URL": "mysql://root@127.0.0.1/x"}, "Wrong setting: DATABASE_URL is 'mysql://...': start it with"),
        ({"BIND": "192.0.2.1"}, "Cannot listen on BIND=192.0.2.1"),
        ({"DATABASE_URL": "postgres://nobody:canary-pw@127.0.0.1:1/x"}, "Cannot use the database"),
        ({"BROKER_URL": "redis://:canary-pw@127.0.0.1:1/0"}, "Cannot reach the broker"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, setting: dict[str, str], line: str) -> None:
    told = start_in_vain(tmp_path, **setting)
    assert told.startswith(line)
    assert "canary-pw" not in told


def start_in_vain(data_dir: Path, **settings: str) -> str:
    """Start where it must be refused: not success, and one line that is no traceback."""
    told = subprocess.run(
        [sys.executable, "-m", "troubleshooter.supervisor"],
        cwd=ROOT,
        env=environment(data_dir, **{"PORT": str(free_port()), **settings}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [line for line in (told.stdout + told.stderr).splitlines() if line and not line.startswith("Note: ")]
    assert told.returncode != 0
    assert len(lines) == 1, lines
    return lines[0]


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_make_lists_what_one_can_type() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ))
    for word in ("start", "test", "check", "probe"):
        assert re.search(rf"^{word} ", told.stdout, re.MULTILINE)
