"""Is every part alive? Cheap enough to be asked every second.

The scheduler sends a tick every few seconds and a worker answers it here, so one fresh answer
proves the scheduler, the broker and a worker at once; its age tells since when one of them is silent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from kombu import Connection

OK = "ok"
_ANSWER_KEY = "health:worker-answered"
_ANSWER_KEPT_SECONDS = 86_400


@dataclass(frozen=True)
class Health:
    """Each part is "ok" or one sentence about what is wrong; `worker_age` is in seconds, None when unknown."""

    database: str
    broker: str
    worker: str
    worker_age: float | None

    @property
    def ok(self) -> bool:
        """Whether every part is well."""
        return self.database == self.broker == self.worker == OK

    @property
    def ready(self) -> bool:
        """Whether pages can be served; runs may still have to wait for a worker."""
        return self.database == OK

    def as_dict(self) -> dict[str, Any]:
        """The JSON of /healthz: `status` names the failing parts."""
        parts = {"database": self.database, "broker": self.broker, "worker": self.worker}
        failing = [name for name, state in parts.items() if state != OK]
        return {"status": f"failing: {', '.join(failing)}" if failing else OK, **parts, "worker_age": self.worker_age}


def check() -> Health:
    """Ask every part once. Never raises."""
    broker = _broker_state()
    worker, age = _worker_state() if broker == OK else ("unknown while the broker is away", None)
    return Health(database=_database_state(), broker=broker, worker=worker, worker_age=age)


def answer_beat() -> None:
    """A worker took the scheduler's tick: remember when."""
    caches["strict"].set(_ANSWER_KEY, time.time(), timeout=_ANSWER_KEPT_SECONDS)


# Each part may fail in any way its library knows, and the answer must name it all the same: hence
# the broad excepts. Only the type's name is told, since messages can carry a URL with a password.


def _database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Exception as problem:  # noqa: BLE001
        return f"does not answer ({type(problem).__name__})"
    return OK


def _broker_state() -> str:
    try:
        with current_app.pool.acquire(block=True, timeout=2) as wire:
            channel: Any = cast("Connection", wire).default_channel
            if hasattr(channel, "client"):  # Redis and Valkey: the connection may be dead without knowing it
                channel.client.ping()
    except Exception as problem:  # noqa: BLE001
        return f"does not answer ({type(problem).__name__})"
    return OK


def _worker_state() -> tuple[str, float | None]:
    try:
        answered = caches["strict"].get(_ANSWER_KEY)
    except Exception as problem:  # noqa: BLE001
        return f"unknown, the cache does not answer ({type(problem).__name__})", None
    if answered is None:
        return "no worker has answered the scheduler yet", None
    age = round(max(0.0, time.time() - float(answered)), 1)
    if age > settings.WORKER_SILENT_AFTER:
        return f"no answer for {age:.0f} s: worker or scheduler is away", age
    return OK, age
