"""From rows to the engine: the machine, the network and the plan of a run as a worker makes it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Coroutine
from typing import Any

from django.conf import settings

from diagnostics.engine import pipeline
from diagnostics.engine.net import Guard, Net, NetworkMap, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Attempt, Report
from diagnostics.models import Environment, Run
from diagnostics.services import practice, runs
from diagnostics.services.registered import asked_of, machine_of


def diagnosis(run: Run, on_attempt: Callable[[Attempt], None]) -> Coroutine[Any, Any, Report]:
    """The engine's whole way for this run, ready to be awaited."""
    environment = run.environment
    return pipeline.diagnose(
        asked_of(environment),
        machine_of(environment),
        net_of(environment),
        Plan(only=frozenset(run.plan) or None, timeout=runs.time_limit(run)),
        on_attempt=on_attempt,
        vantage=pipeline.Vantage("worker", platform.node()),
        run_id=str(run.pk),
    )


def net_of(environment: Environment) -> Net:
    """The strict network of a worker; a practice environment gets its own range on loopback."""
    names, roots = NetworkMap(), _ROOTS
    if environment.practice:
        names, roots = practice.network(environment.practice)
    return Net(Guard.strict(tuple(str(network) for network in settings.ALLOWED_NETWORKS)), names, roots)


# Paths that a client's settings name are files of another machine.
_ROOTS = Roots(read=lambda path: None)
