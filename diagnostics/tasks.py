"""Celery's side of the product: a message is only a wake-up call, the row is the truth."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from diagnostics.services import dispatch, execution, health, sweep


@shared_task(name="diagnostics.tasks.tick")
def tick() -> None:
    """The scheduler's beat, every few seconds: answer it, then do what is due."""
    health.answer_beat()
    sweep.sweep()


@shared_task(name=dispatch.RUN_TASK)
def run(run_id: str) -> None:
    """Bring one run to its end: probe for a worker's run, judge what came in for a machine's."""
    execution.execute(UUID(run_id))
