"""Engines for tests of runs: the real judgement of attempts that the test names, in the test's own time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from diagnostics.engine import pipeline
from diagnostics.engine.records import Attempt as Tried
from diagnostics.engine.records import Event, Report
from diagnostics.models import Run
from diagnostics.services import execution

Tell = Callable[[Tried], None]

CONFIG = Tried("config", "done", facts={"config.key.present": True, "config.proxy.present": True})
CONNECT = Tried(
    "proxy.connect",
    "done",
    started=0.01,
    seconds=0.02,
    facts={"proxy.tcp.connected": True, "proxy.connect.status": 407, "proxy.connect.schemes": ("basic",)},
    events=(Event(0.01, "answered", "407"),),
)


def concluded(*attempts: Tried) -> Report:
    """The engine's own judgement of these attempts."""
    run = {
        "id": "0" * 32,
        "started_at": "2026-11-22T20:15:00Z",
        "seconds": 0.1,
        "client": {"name": "claude-code", "version": None, "source": "assumed"},
        "mode": "print",
        "vantage": {"kind": "worker", "name": "test"},
        "error": None,
    }
    return pipeline.conclude(run, {}, attempts)


def engine(*attempts: Tried, after: float = 0.0) -> execution.Diagnosis:
    """An engine that tells these attempts and concludes from them; `after` seconds of network before each."""

    def diagnosis(run: Run, course: pipeline.Course, tell: Tell) -> Coroutine[Any, Any, Report]:
        async def work() -> Report:
            course.expected = tuple(attempt.probe for attempt in attempts)
            for attempt in attempts:
                await asyncio.sleep(after)
                course.attempts.append(attempt)
                tell(attempt)
            return concluded(*attempts)

        return work()

    return diagnosis


def failing(problem: Exception) -> execution.Diagnosis:
    """An engine with a bug."""

    def diagnosis(run: Run, course: pipeline.Course, tell: Tell) -> Coroutine[Any, Any, Report]:
        async def work() -> Report:
            raise problem

        return work()

    return diagnosis


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """What a worker's thread does, with a database connection of its own."""

    def target() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=target)
    thread.start()
    return thread


def wait_until(run: Run, **columns: object) -> None:
    """Ask the row until it looks like this, at most half a minute."""
    for _ in range(3000):
        if Run.objects.filter(pk=run.pk, **columns).exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{columns} did not come; the row is {Run.objects.filter(pk=run.pk).values().get()}")


def past(seconds: float = 1.0) -> Any:
    return timezone.now() - timedelta(seconds=seconds)
