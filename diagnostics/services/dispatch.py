"""Wake-up calls for the workers. The row is the truth: a call that gets lost is sent again by the sweep."""

from __future__ import annotations

from uuid import UUID

import structlog
from kombu.exceptions import OperationalError

from troubleshooter.celery import app

log = structlog.get_logger(__name__)

RUN_TASK = "diagnostics.tasks.run"


def wake(run_id: UUID) -> bool:
    """Tell a worker that this run is there to be claimed; False when the broker is away."""
    try:
        app.send_task(RUN_TASK, args=[str(run_id)])
    except (OperationalError, OSError) as problem:
        log.warning("broker is away, the run stays queued", run=str(run_id), problem=type(problem).__name__)
        return False
    return True
