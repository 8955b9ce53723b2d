"""A worker's side of a run: claim it, follow the engine, store what comes, freeze the report.

Whoever holds the lease may write, and every write says so in its WHERE: a worker that was thought dead and comes back
finds that nothing of it is wanted. The database is asked before and after the network, never held while waiting for it.
"""

from __future__ import annotations

import secrets
import time
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import asdict
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from diagnostics.engine.pipeline import Course
from diagnostics.engine.records import Attempt as Tried
from diagnostics.engine.records import Report
from diagnostics.exceptions import Problem
from diagnostics.models import Attempt, Run
from diagnostics.services import environments, loop, redaction, runs, uploads, vantage
from diagnostics.services.freezing import freeze, give_up

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
RENEW_AFTER = 10.0  # seconds
LOOK_EVERY = 0.5  # seconds between looks at the flag that stops a run
GATHER = 0.1  # seconds in which attempts that end together share one transaction
GRACE = 3.0  # seconds the engine may be over its own limit before it is cancelled
MOST_TRIES = 3

Diagnosis = Callable[[Run, Course, Callable[[Tried], None]], Coroutine[Any, Any, Report]]
"""The engine's way for a run: it keeps the course up to date and tells each attempt as it ends."""


class LeaseLost(Exception):
    """Another worker or the sweep has this run now."""


def claim(run_id: UUID) -> Run | None:
    """Take a run that waits for a worker, or whose worker is gone. None: somebody else has it, or it is over."""
    now, owner = timezone.now(), secrets.token_hex(16)
    free = Q(status=Run.Status.QUEUED) | Q(status=Run.Status.RUNNING, lease_until__lt=now)
    taken = Run.objects.filter(free, pk=run_id, tries__lt=MOST_TRIES, cancel_requested=False).update(
        status=Run.Status.RUNNING,
        lease_owner=owner,
        lease_until=now + LEASE,
        tries=F("tries") + 1,
        started_at=now,
        deadline_at=now + timedelta(seconds=settings.RUN_TIME_LIMIT) + LEASE,
        probes_done=0,
        probes_total=0,
    )
    if not taken:
        return None
    # first(), for the lease may be gone again between the two statements.
    return Run.objects.select_related("environment", "team").filter(pk=run_id, lease_owner=owner).first()


def execute(run_id: UUID, diagnosis: Diagnosis = vantage.diagnosis) -> None:
    """Claim the run and bring it to an end. A message that comes twice does nothing the second time."""
    run = claim(run_id)
    if run is None:
        log.info("nothing to do for this message", run=str(run_id))
        return
    with structlog.contextvars.bound_contextvars(run=str(run.pk), attempt=run.tries):
        try:
            report = uploads.judge(run) if run.upload else _diagnose(run, diagnosis)
        except CancelledError:
            give_up(run, Run.Status.CANCELLED, "Stopped before it was finished.")
        except LeaseLost:
            log.warning("the run was taken over, its result is dropped")
        except DatabaseError:
            raise  # nothing can be written now; the lease runs out and another worker takes the run
        except Problem as problem:
            give_up(run, Run.Status.FAILED, str(problem))
        except Exception as problem:  # noqa: BLE001  whatever it is, the run ends and says so
            _tell_the_log(run)
            sentence = f"Our own code failed ({type(problem).__name__}); the worker's log says where."
            give_up(run, Run.Status.FAILED, f"{sentence} This says nothing about your connection.")
        else:
            freeze(run, report)


def _tell_the_log(run: Run) -> None:
    """The traceback, with the environment's secrets blacked out: a library's message may repeat what it was given."""
    known = environments.secrets_of(run.environment)
    log.error("the run failed on our side", exception=redaction.redact(traceback.format_exc(), known))


def _diagnose(run: Run, diagnosis: Diagnosis) -> Report:
    """Run the engine on the shared loop while this thread stores what its probes find.

    The engine keeps its own time limit; should it hang all the same, the report is of what there is by then.
    """
    arrivals: SimpleQueue[Tried | None] = SimpleQueue()
    course = vantage.course_of(run)
    follower = _Follower(run, course, arrivals)
    future = loop.submit(diagnosis(run, course, arrivals.put))
    future.add_done_callback(lambda _: arrivals.put(None))
    try:
        in_time = follower.follow(future)
    finally:
        future.cancel()
    return future.result() if in_time else course.so_far("deadline")


class _Follower:
    """Stores attempts as they end, keeps the lease, and looks for the wish to stop, until the engine is done."""

    def __init__(self, run: Run, course: Course, arrivals: SimpleQueue[Tried | None]) -> None:
        self.run = run
        self.course = course
        self.arrivals = arrivals
        self.known = environments.secrets_of(run.environment)
        self.stored = 0  # attempts
        self.stored_at = float("-inf")  # the first attempt is stored at once: somebody waits to see it
        self.looked_at = self.renewed_at = self.began = time.monotonic()

    def follow(self, future: Future[Report]) -> bool:
        """True when the engine is done and everything is stored, False when its time is over. Raises LeaseLost."""
        limit = runs.time_limit(self.run) + GRACE
        while True:
            give_back_connection()
            found, ended = self._gather()
            self._store(found)
            if ended:
                return True
            now = time.monotonic()
            if now - self.began > limit:
                return False
            if now - self.looked_at >= LOOK_EVERY:
                self._look(now, future)

    def _gather(self) -> tuple[list[Tried], bool]:
        """What arrives before the next look, and whether the engine is done; what ends together stays together."""
        found: list[Tried] = []
        until = time.monotonic() + LOOK_EVERY
        while (left := until - time.monotonic()) > 0:
            try:
                attempt = self.arrivals.get(timeout=left)
            except Empty:
                break
            if attempt is None:
                return found, True
            if not found:
                until = max(self.stored_at + GATHER, time.monotonic() + 0.001)
            found.append(attempt)
        return found, False

    @transaction.atomic
    def _store(self, found: list[Tried]) -> None:
        if not found:
            return
        rows = [self._row(attempt, self.stored + place) for place, attempt in enumerate(found)]
        self.stored += len(rows)
        self._write(probes_done=self.stored, probes_total=len(self.course.expected))
        Attempt.objects.bulk_create(rows)
        self.stored_at = time.monotonic()

    def _row(self, attempt: Tried, position: int) -> Attempt:
        return Attempt(
            team_id=self.run.team_id,
            run=self.run,
            try_number=self.run.tries,
            position=position,
            probe=attempt.probe,
            variant=attempt.variant,
            status=attempt.status,
            reason=redaction.scrub(attempt.reason or "", self.known)[:120],
            started=attempt.started,
            seconds=attempt.seconds,
            facts=redaction.scrub(dict(attempt.facts), self.known),
            events=redaction.scrub([asdict(event) for event in attempt.events], self.known),
        )

    def _look(self, now: float, future: Future[Report]) -> None:
        self.looked_at = now
        held = Run.objects.filter(pk=self.run.pk, lease_owner=self.run.lease_owner, status=Run.Status.RUNNING)
        cancel = held.values_list("cancel_requested", flat=True).first()
        if cancel is None:
            raise LeaseLost
        if cancel:
            future.cancel()
        elif now - self.renewed_at >= RENEW_AFTER:
            self._write(lease_until=timezone.now() + LEASE)
            self.renewed_at = now

    def _write(self, **values: Any) -> None:
        held = Run.objects.filter(pk=self.run.pk, lease_owner=self.run.lease_owner, status=Run.Status.RUNNING)
        if not held.update(**values):
            raise LeaseLost


def give_back_connection() -> None:
    """Let another thread use the pooled connection while this one waits for the network. SQLite has no pool."""
    if connection.vendor != "sqlite":
        connection.close()
