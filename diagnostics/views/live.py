"""A run that has no report yet, as its page shows it: what is there, what is waited for, and how long so far."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine import findings, probes
from diagnostics.engine.library import load
from diagnostics.engine.records import Facts
from diagnostics.models import Membership, Run
from diagnostics.services import proving, runs, sharing
from diagnostics.views.reading import rows

_TICK_SECONDS = 2  # how old the seconds on the page may get while nothing else is new
SILENT_SECONDS = 10  # a worker takes a run within milliseconds; after this we say that none does


@dataclass(frozen=True)
class Live:
    """`since` names what the browser has been given, so that a poll with nothing new answers 204."""

    run: Run
    groups: tuple[rows.Group, ...]
    findings: tuple[dict[str, Any], ...]
    done: int
    total: int
    problems: int
    elapsed: float
    limit: float
    since: str
    report: dict[str, Any]

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return not self.run.is_open

    @property
    def focus(self) -> tuple[rows.Row, ...]:
        """The checks that this run was begun for."""
        return rows.focused(self.groups, self.run.focus.get("probes", ()))

    @property
    def state(self) -> str:
        """For icon, title and favicon."""
        states = {"waiting": "waiting", "queued": "waiting", "running": "running", "failed": "fault"}
        return states.get(self.run.status, "skipped")

    @property
    def bar(self) -> str:
        """The colour of the bar; the words beside it say the same."""
        return "broken" if self.problems else "running"

    @property
    def text(self) -> str:
        """Where the run stands, in one sentence."""
        if self.run.status == Run.Status.QUEUED:
            return self._queued()
        counted = f"{self.done} of {self.total} checks done"
        problems = {0: "no problem so far", 1: "1 problem so far"}.get(
            self.problems, f"{self.problems} problems so far"
        )
        return f"{counted}, {problems}." if self.run.is_open else f"{counted}."

    def _queued(self) -> str:
        if self.elapsed < 2:
            return "Starting."
        if self.elapsed < SILENT_SECONDS:
            return f"Waiting for a worker, {self.elapsed:.0f} s so far."
        return (
            f"No worker has taken this run yet, {self.elapsed:.0f} s so far. "
            "It starts by itself as soon as one is there; you may leave this page."
        )


def read(run: Run, place: Membership, since: str = "") -> Live:
    """The run as it stands now for this member; rows the browser has already are left out when `since` is given."""
    tried = selectors.attempts(run)
    found = sharing.seen_by(place, run, _findings(proving.facts_of({"attempts": tried})))
    tried = sharing.seen_by(place, run, tried)
    elapsed = _elapsed(run)
    listed = [probe for probe in probes.PROBES if not probe.billed and (not run.plan or probe.name in run.plan)]
    began = elapsed if run.status == Run.Status.RUNNING else -1.0
    built = rows.build(listed, tried, found, began if run.is_open else None)
    return Live(
        run=run,
        groups=rows.grouped(_fresh(run, built, tried, since)),
        findings=found,
        done=sum(not attempt["variant"] for attempt in tried),
        total=max(run.probes_total, len(listed)),
        problems=sum(finding["level"] == "problem" for finding in found),
        elapsed=elapsed,
        limit=runs.time_limit(run),
        report={"run": {"client": {"name": run.snapshot.get("client", "")}}, "attempts": tried, "findings": found},
        since=str(_Since(run.status, run.tries, len(tried), time.time())),
    )


def nothing_new(pulse: selectors.Pulse, since: str) -> bool:
    """Whether a poll can be answered from the pulse alone: nothing moved, and the seconds shown are hardly older."""
    seen = _Since.of(since)
    if seen is None or (pulse.status, pulse.probes_done) != (seen.status, seen.done):
        return False
    return pulse.status == Run.Status.WAITING or time.time() - seen.at < _TICK_SECONDS


def shows_rows(since: str) -> bool:
    """Whether the browser's page has the checks on it; one that waits for a machine has not."""
    seen = _Since.of(since)
    return seen is not None and seen.status != Run.Status.WAITING


class _Since(NamedTuple):
    """What a browser has been given: status, try, number of attempts, and when (seconds since the epoch)."""

    status: str
    tries: int
    done: int
    at: float

    @classmethod
    def of(cls, text: str) -> _Since | None:
        """From the address of a poll; None when it makes no sense."""
        parts = text.split("-")
        if len(parts) != 4 or not all(part.isdecimal() and len(part) < 18 for part in parts[1:]):
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]), int(parts[3]) / 1000)

    def __str__(self) -> str:
        return f"{self.status}-{self.tries}-{self.done}-{self.at * 1000:.0f}"


def _findings(facts: Facts) -> tuple[dict[str, Any], ...]:
    """Statements the facts support so far; never a cause."""
    return tuple(
        {"code": finding.code, "level": finding.level, "says": finding.says, "facts": list(finding.facts)}
        for finding in findings.derive(facts, load())
    )


def _fresh(run: Run, built: Sequence[rows.Row], tried: Sequence[dict[str, Any]], since: str) -> tuple[rows.Row, ...]:
    """Rows the browser has not seen as they are now: all at first, later those that ended since and those to come."""
    seen = _Since.of(since)
    if seen is None or seen.tries != run.tries or not run.is_open:
        return tuple(built)
    known = {attempt["probe"] for attempt in tried[: seen.done]}
    return tuple(row for row in built if row.probe not in known)


def _elapsed(run: Run) -> float:
    began = run.started_at if run.status == Run.Status.RUNNING else run.queued_at
    return 0.0 if began is None else max(0.0, (timezone.now() - began).total_seconds())
