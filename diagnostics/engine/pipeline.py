"""The whole diagnosis in one place: every stage is named here once, in order, and none knows another."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable, Optional

from diagnostics.engine import causes, findings, library, playbooks
from diagnostics.engine.records import Attempt, Environment, Experiment, FactValue, Report
from diagnostics.engine.report import Upload
from diagnostics.engine.vocabulary import ENGINE_VERSION

if TYPE_CHECKING:
    from diagnostics.engine.environment import Asked, Machine
    from diagnostics.engine.net import Net
    from diagnostics.engine.probes import Plan


@dataclass(frozen=True)
class Vantage:
    """Where a run is made: ``kind`` is "probe" (the machine itself) or "worker" (the dashboard's network)."""

    kind: str = "probe"
    name: str = "this machine"


@dataclass(frozen=True)
class Started:
    """The particulars of a run that are known before it has found anything."""

    id: str
    at: datetime
    clock: float
    vantage: Vantage


def begin(vantage: Vantage, run_id: Optional[str] = None) -> Started:
    """Note who runs, where and when."""
    return Started(run_id or secrets.token_hex(16), datetime.now(timezone.utc), time.monotonic(), vantage)


async def diagnose(
    asked: Asked,
    machine: Machine,
    net: Net,
    plan: Plan,
    on_attempt: Optional[Callable[[Attempt], None]] = None,
    vantage: Vantage = Vantage(),
    run_id: Optional[str] = None,
) -> Report:
    """Diagnose a machine as its client would connect: what is configured, what happens when tried, what that means, what to do.

    ``on_attempt`` hears of every attempt as it ends. The verdict is made from the facts alone.
    """
    from diagnostics.engine.environment import capture, summarise
    from diagnostics.engine.probes import observe

    started = begin(vantage, run_id)
    environment = capture(asked, machine, library.load())
    observations = await observe(environment, net, plan, on_attempt or (lambda attempt: None))
    return conclude(
        particulars(started, environment),
        summarise(environment),
        observations.attempts,
        observations.experiments,
    )


def conclude(
    run: Mapping[str, Any],
    environment: Mapping[str, Any],
    attempts: Sequence[Attempt],
    experiments: Sequence[Experiment] = (),
) -> Report:
    """Findings, verdict and next step of what was tried, frozen with the versions that made them."""
    knowledge = library.load()
    facts = facts_of(attempts)
    found = findings.derive(facts, knowledge)
    ranking = causes.rank(found, facts, knowledge, attempts)
    step = playbooks.first_step(ranking, facts, knowledge)
    versions = {"engine": ENGINE_VERSION, "knowledge": knowledge.version}
    return Report({**run, "versions": versions}, environment, tuple(attempts), found, tuple(experiments), ranking, step)


def judge(upload: Upload) -> Report:
    """The report anew from what was measured elsewhere; a verdict that came along is never believed."""
    return conclude(upload.run, upload.environment, upload.attempts, upload.experiments)


def particulars(started: Started, environment: Environment, error: Optional[str] = None) -> dict[str, Any]:
    """The ``run`` part of a report. ``error`` tells a fault of our own."""
    client = environment.client
    return {
        "id": started.id,
        "started_at": started.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(time.monotonic() - started.clock, 3),
        "client": {"name": client.name, "version": client.version, "source": client.source},
        "mode": environment.mode,
        "vantage": {"kind": started.vantage.kind, "name": started.vantage.name},
        "error": error,
    }


def facts_of(attempts: Sequence[Attempt]) -> dict[str, FactValue]:
    """The union of what the attempts found; later ones win, and variants made for an experiment do not count."""
    found: dict[str, FactValue] = {}
    for attempt in attempts:
        if not attempt.variant:
            found.update(attempt.facts)
    return found
