"""From rows to the engine: the machine, the network and the plan of a run as a worker makes it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Coroutine
from typing import Any

from django.conf import settings

from diagnostics.engine import library, pipeline
from diagnostics.engine.environment import capture
from diagnostics.engine.net import Guard, Net, NetworkMap, Roots
from diagnostics.engine.probes import PROBES, Plan, runner
from diagnostics.engine.records import Attempt, Report
from diagnostics.models import Environment, Run
from diagnostics.services import practice, runs
from diagnostics.services.registered import asked_of, machine_of


def diagnosis(run: Run, on_attempt: Callable[[Attempt], None]) -> Coroutine[Any, Any, Report]:
    """The engine's whole way for this run, ready to be awaited."""
    environment = run.environment
    asked, machine, net = asked_of(environment), machine_of(environment), net_of(environment)
    here = pipeline.Vantage("worker", platform.node())
    return pipeline.diagnose(asked, machine, net, plan_of(run), on_attempt, here, str(run.pk))


def plan_of(run: Run) -> Plan:
    """All probes, or those of a check; within the run's time limit."""
    return Plan(only=frozenset(run.plan) or None, timeout=runs.time_limit(run))


def expected(run: Run) -> int:
    """How many probes this run will try: those it names and what they need where the client connects."""
    captured = capture(asked_of(run.environment), machine_of(run.environment), library.load())
    return len(runner.selected(PROBES, captured, plan_of(run)))


def net_of(environment: Environment) -> Net:
    """The strict network of a worker; a practice environment gets its own range on loopback."""
    names, roots = NetworkMap(), _ROOTS
    if environment.practice:
        names, roots = practice.network(environment.practice)
    return Net(Guard.strict(tuple(str(network) for network in settings.ALLOWED_NETWORKS)), names, roots)


# Paths that a client's settings name are files of another machine.
_ROOTS = Roots(read=lambda path: None)
