"""A furnished team: a real report of the practice range, shown by many environments, cases, and a run under way."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Attempt, Environment, Role, Run, User
from diagnostics.services import cases, execution, practice, sharing
from tests import factories


@dataclass(frozen=True)
class Furnished:
    """Where to look: paths of pages, and the Cookie header of somebody who has signed in."""

    cookies: str
    environment: str
    run: str
    open_run: str
    progress: str
    up_to_date: str  # what a browser that has everything asks ``progress`` with
    shared: str
    floor: str


def furnish(environments: int, open_cases: int) -> Furnished:
    """Fill the database."""
    team = factories.make_team("Benchmark")
    owner = factories.make_member(team, Role.OWNER)
    practice.register_environments(team, owner)
    real = _really_run(owner, Environment.objects.get(practice="region"))
    shown = {name: getattr(real, name) for name in ("cause", "title", "side", "layer", "path", "confidence")}
    for number in range(environments):
        place = factories.make_environment(team, name=f"Laptop {number:03}")
        run = factories.make_finished_run(place, json.loads(real.report or ""), requested_by=owner, **shown)
        if number < open_cases:
            cases.record(run)
    link = sharing.create(owner, real, days=7)
    going = _under_way(owner, place)
    return Furnished(
        cookies=_session(owner),
        environment=reverse("environment", args=[place.pk]),
        run=reverse("run", args=[real.pk]),
        open_run=reverse("run", args=[going.pk]),
        progress=reverse("run_progress", args=[going.pk]),
        up_to_date=f"running-1-{going.probes_done}-{(time.time() + 3600) * 1000:.0f}",
        shared=reverse("shared", args=[sharing.token(link)]),
        floor=f"/one-query/{real.pk}/",
    )


def _really_run(owner: User, environment: Environment) -> Run:
    run = factories.make_run(environment, requested_by=owner)
    execution.execute(run.pk)
    run.refresh_from_db()
    return run


def _under_way(owner: User, environment: Environment) -> Run:
    """A run whose worker has stored half of a real run's attempts."""
    source = Attempt.objects.filter(run__environment__practice="region").order_by("position")
    half = list(source[: source.count() // 2])
    leased = {
        "lease_owner": "benchmark",
        "lease_until": timezone.now() + timedelta(hours=1),
        "started_at": timezone.now(),
    }
    told = {"status": Run.Status.RUNNING, "tries": 1, "probes_done": len(half), "probes_total": source.count()}
    run = factories.make_run(environment, requested_by=owner, **leased, **told)
    for attempt in half:
        attempt.pk, attempt.run, attempt._state.adding = None, run, True
        attempt.save()
    return run


def _session(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: "c" * 32})
    return "; ".join(f"{name}={one.value}" for name, one in cookies.items())
