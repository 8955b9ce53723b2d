"""What makes every run end: lost messages are sent again, dead workers' runs are taken back, the late ones are closed.

Called every few seconds and at a worker's start. Every step is a conditional update, so several may sweep at once.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from diagnostics.models import Run
from diagnostics.services import deletion, retention, runs
from diagnostics.services.execution import MOST_TRIES

log = structlog.get_logger(__name__)

WAKE_AGAIN = timedelta(seconds=15)
MOST = 500  # rows one sweep handles


def sweep() -> None:
    """Once over everything that is open and overdue."""
    _end_late_runs()
    _take_back_abandoned_runs()
    _wake_for_queued_runs()
    if not deletion.go_on():
        retention.clean()


def _take_back_abandoned_runs() -> None:
    """A lease that ran out means a dead worker: queue its run again, or say after the third time what happened."""
    abandoned = Run.objects.filter(status=Run.Status.RUNNING, lease_until__lt=timezone.now())
    _end(abandoned.filter(cancel_requested=True), Run.Status.CANCELLED, "Stopped before it was finished.")
    _end(
        abandoned.filter(tries__gte=MOST_TRIES),
        Run.Status.FAILED,
        f"{MOST_TRIES} workers stopped in the middle of it; the workers' log says why. Your connection was not judged.",
    )
    count = abandoned.filter(cancel_requested=False, tries__lt=MOST_TRIES).update(
        status=Run.Status.QUEUED,
        lease_owner="",
        lease_until=None,
        woken_at=None,
        deadline_at=timezone.now() + runs.WAITS,
    )
    if count:
        log.warning("took back runs of workers that are gone", count=count)


def _end_late_runs() -> None:
    late = Run.objects.filter(deadline_at__lt=timezone.now())
    _end(late.filter(status=Run.Status.WAITING), Run.Status.EXPIRED, "No report came from the machine within a day.")
    _end(late.filter(status=Run.Status.QUEUED), Run.Status.EXPIRED, "No worker was there to take it within a day.")
    _end(
        late.filter(status=Run.Status.RUNNING),
        Run.Status.FAILED,
        "It did not end within its time limit and was given up. Please start it again.",
    )


def _wake_for_queued_runs() -> None:
    """Send again what nobody answered. When the broker is away the rest waits for the next sweep."""
    cut = timezone.now() - WAKE_AGAIN
    never = Q(woken_at=None) & (Q(tries__gt=0) | Q(queued_at__lt=cut))  # a run just made is sent by its own commit
    queued = Run.objects.filter(never | Q(woken_at__lt=cut), status=Run.Status.QUEUED).order_by("queued_at")
    for run_id in queued.values_list("pk", flat=True)[:MOST]:
        if not runs.wake(run_id):
            return


def _end(found: QuerySet[Run], status: str, sentence: str) -> None:
    """Close runs that nobody works on any more."""
    now = timezone.now()
    found.update(status=status, error=sentence, finished_at=now, lease_owner="", lease_until=None, upload="")
