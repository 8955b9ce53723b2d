"""Worker and scheduler as threads of the web process: the last resort where no broker can be started.

With `memory://` messages never leave the process, so the one that sends must also receive.
Queued messages die with it; the sweep sends them again, since the row is the truth.
"""

from __future__ import annotations

import threading
from typing import Any

from celery import Celery
from celery.beat import EmbeddedService
from celery.signals import worker_ready
from django.conf import settings

_started = threading.Lock()


def start_if_needed(app: Celery) -> None:
    """Start both threads, once a process, when BROKER_URL is memory://."""
    if settings.BROKER_URL.startswith("memory:") and _started.acquire(blocking=False):
        threading.Thread(target=_work, args=(app,), name="worker", daemon=True).start()
        scheduler: Any = EmbeddedService(app, thread=True, scheduler_cls=settings.CELERY_BEAT_SCHEDULER)
        scheduler.start()


def _work(app: Celery) -> None:
    """Run a worker without the signal handlers and forks of the real command."""
    options: dict[str, Any] = {
        "pool": "threads",
        "concurrency": settings.WORKER_THREADS,
        "without_heartbeat": True,
        "without_mingle": True,
        "without_gossip": True,
        "ready_callback": lambda _consumer: worker_ready.send(sender=None),
    }
    app.WorkController(app=app, hostname="web@localhost", **options).start()
