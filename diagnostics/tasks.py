"""Celery's side of the product: a message is only a wake-up call, the row is the truth."""

from __future__ import annotations

from celery import shared_task

from diagnostics.services import health


@shared_task(name="diagnostics.tasks.tick")
def tick() -> None:
    """The scheduler's beat, every few seconds: answer it, then do what is due."""
    health.answer_beat()
