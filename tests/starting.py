"""Starting the real processes from a test, and looking at them from outside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
_NOT_THEIRS = ("BROKER_URL", "CACHE_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_CURRENT_TEST", "LOG_LEVEL")


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """What a newcomer's shell holds, with the data in a scratch folder."""
    plain = {name: value for name, value in os.environ.items() if name not in _NOT_THEIRS}
    path = f"{Path(sys.executable).parent}{os.pathsep}{plain['PATH']}"
    return {**plain, "PATH": path, "DATA_DIR": str(data_dir), **more}


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def health(port: int, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
    """Status and JSON of the health page; (0, {}) while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())
    except (OSError, ValueError):
        return 0, {}


def wait_for(what: Callable[[], Any], seconds: float, why: str) -> Any:
    """Ask until the answer is truthy; fail with `why` when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := what():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{why} (waited {seconds} s)")


class Running:
    """A supervisor with everything it started."""

    def __init__(self, data_dir: Path, port: int, **more: str) -> None:
        self.data_dir, self.port, self.lines = data_dir, port, list[str]()
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "troubleshooter.supervisor"],
            cwd=ROOT,
            env=environment(data_dir, PORT=str(port), **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout
        for line in self.popen.stdout:
            self.lines.append(line.rstrip())

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return "\n".join(self.lines)

    def line(self, beginning: str) -> str:
        """The first printed line that begins so, or an empty string."""
        return next((line for line in list(self.lines) if line.startswith(beginning)), "")

    def children(self) -> dict[str, psutil.Process]:
        """Its direct children by name: broker, web, worker ..."""
        answer = {}
        for child in psutil.Process(self.popen.pid).children():
            with contextlib.suppress(psutil.Error):
                words = " ".join(child.cmdline())
                kinds = ("valkey-server", "redis-server", "gunicorn", " worker ", " beat ")
                name = next((kind.strip() for kind in kinds if kind in words), words)
                answer["broker" if name.endswith("-server") else "web" if name == "gunicorn" else name] = child
        return answer

    def everything(self) -> list[psutil.Process]:
        """The supervisor and all its descendants."""
        supervisor = psutil.Process(self.popen.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """The work done so far by it and everything it started: what a busy machine does not stretch."""
        ended = psutil.Process(self.popen.pid).cpu_times()
        times = [process.cpu_times() for process in self.everything()]
        return float(sum(one.user + one.system for one in times) + ended.children_user + ended.children_system)

    def stop(self) -> int:
        """Ctrl-C, then the exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
        code = self.popen.wait(timeout=100)
        self._reader.join(timeout=5)
        return code


@contextlib.contextmanager
def running(data_dir: Path, **more: str) -> Iterator[Running]:
    """`make start` without the installing, ready to sign in; everything is gone afterwards."""
    it = Running(data_dir, free_port(), **more)
    try:
        wait_for(lambda: it.line("Sign in: ") or it.popen.poll() is not None, 200, f"not ready: {it.output}")
        assert it.popen.poll() is None, it.output
        yield it
    finally:
        left = it.everything() if it.popen.poll() is None else []
        with contextlib.suppress(subprocess.TimeoutExpired):
            it.stop()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
