"""The Celery application, and the scheduler as a thread of the worker.

`celery worker --scheduler-thread` is what `-B` is without its second process: on one machine
that saves about 60 MB. With several workers exactly one `celery beat` runs instead.
"""

from __future__ import annotations

import os
from typing import Any

import click
from celery import Celery, bootsteps
from celery.beat import EmbeddedService
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troubleshooter.settings")

app = Celery("troubleshooter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class SchedulerThread(bootsteps.StartStopStep):
    """Sends the ticks from inside the worker when the command line asks for it."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, scheduler_thread: bool = False, **options: Any) -> None:
        self.service: Any = None
        self.enabled = scheduler_thread
        super().__init__(worker, **options)

    def start(self, parent: Any) -> None:
        """Begin ticking; `parent` is the worker."""
        self.service = EmbeddedService(parent.app, thread=True, scheduler_cls=parent.app.conf.beat_scheduler)
        self.service.start()

    def stop(self, parent: Any) -> None:
        """Stop ticking before the pool goes down."""
        if self.service is not None:
            self.service.service.stop()  # without waiting for its thread, which sleeps up to a second


app.steps["worker"].add(SchedulerThread)
app.user_options["worker"].add(
    click.Option(["--scheduler-thread"], is_flag=True, help="Send the scheduler's ticks from this worker too.")
)


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as Django's settings made it."""


@worker_ready.connect
def first_tick(**_: Any) -> None:
    """Tick at once: health is known, and runs left behind are picked up, without waiting for the scheduler."""
    app.send_task("diagnostics.tasks.tick", expires=15)
