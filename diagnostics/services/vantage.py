"""From rows to the engine: the machine, the network and the plan of a run as a worker makes it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from django.conf import settings

from diagnostics.engine.net import Guard, Net, NetworkMap, Roots
from diagnostics.engine.pipeline import Course, Vantage, diagnose
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Attempt, Report
from diagnostics.models import Environment, Run
from diagnostics.services import practice, runs
from diagnostics.services.registered import asked_of, machine_of


def here() -> Vantage:
    """This host: where the dashboard's workers stand."""
    return Vantage("worker", platform.node())


def course_of(run: Run) -> Course:
    """The run as the engine keeps it up to date, made from this host."""
    return Course(here(), str(run.pk))


def diagnosis(run: Run, course: Course, on_attempt: Callable[[Attempt], None]) -> Coroutine[Any, Any, Report]:
    """The engine's whole way for this run, ready to be awaited."""
    environment = run.environment
    plan = Plan(only=frozenset(run.plan) or None, timeout=runs.time_limit(run))
    asked, machine, net = asked_of(environment), machine_of(environment), net_of(environment)
    return diagnose(asked, machine, net, plan, on_attempt, course=course)


def net_of(environment: Environment, public_pem: str | None = None) -> Net:
    """The strict network of a worker; a practice environment gets its own range on loopback.

    `public_pem` stands in for the bundled public roots.
    """
    names, roots = NetworkMap(), _ROOTS
    if environment.practice:
        names, roots = practice.network(environment.practice)
    if public_pem is not None:
        roots = replace(roots, public_pem=public_pem)
    return Net(Guard.strict(tuple(str(network) for network in settings.ALLOWED_NETWORKS)), names, roots)


# Paths that a client's settings name are files of another machine.
_ROOTS = Roots(read=lambda path: None)
