"""What stands beside the path: the status page, control hosts, public resolvers, a slow way, a clock a little off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from accuracy.changes.base import CONTROLS, RESOLVERS, STATUS, Change, Hosts, declared, with_hosts
from diagnostics.lab import controls, tcp
from diagnostics.lab.http import Response, Site
from diagnostics.lab.serving import Service
from tests.scenarios.networks.declaring import Broken


def status_down(broken: Broken, rng: Random) -> Broken | None:
    """The status page cannot be read."""
    if STATUS in declared(broken):
        return None
    ways = (tcp.refused(), tcp.closed(), Site(lambda request: Response.html(503, "Service Unavailable")))
    return _with(broken, {STATUS: rng.choice(ways)})


def other_incident(broken: Broken, rng: Random) -> Broken | None:
    """The status page tells of trouble with something else."""
    if STATUS in declared(broken):
        return None
    title = rng.choice(("Elevated errors on claude.ai", "Delayed emails", "File uploads are slow"))
    return _with(broken, {STATUS: controls.status_page("minor", incidents=(title,), concerning="claude.ai")})


def controls_filtered(broken: Broken, rng: Random) -> Broken | None:
    """One or two of the control hosts are kept away."""
    if declared(broken) & set(CONTROLS):
        return None
    hosts = rng.sample(CONTROLS, rng.randint(1, 2))
    return _with(broken, {host: tcp.refused(443 if host == CONTROLS[2] else 80) for host in hosts})


def resolvers_filtered(broken: Broken, rng: Random) -> Broken | None:
    """Some of the public resolvers are kept away; all of them, where the machine's own resolver is right anyway."""
    if declared(broken) & set(RESOLVERS):
        return None
    most = 2 if "resolver" in broken.lab else 3
    silenced = rng.sample(RESOLVERS, rng.randint(1, most))
    return _with(broken, {place: tcp.refused(int(place.rpartition(":")[2])) for place in silenced})


def slow(broken: Broken, rng: Random) -> Broken | None:
    """A way that takes its time, now more and now less."""
    least, more = rng.uniform(0.005, 0.15), rng.uniform(0.0, 0.12)
    seed = rng.random()

    def lab_delay() -> float:
        return least + more * source.random()

    source = Random(seed)
    return replace(broken, lab={**broken.lab, "delay": lab_delay})


def clock_a_little_off(broken: Broken, rng: Random) -> Broken | None:
    """A clock that is forty seconds wrong, which breaks nothing."""
    if "ahead" in broken.lab:
        return None
    return replace(broken, lab={**broken.lab, "ahead": timedelta(seconds=rng.choice((-40, -15, 25, 40)))})


def _with(broken: Broken, more: Hosts) -> Broken:
    def added(hosts: dict[str, Service]) -> Hosts:
        return {**hosts, **more}

    return with_hosts(broken, added)


CHANGES: tuple[Change, ...] = (
    status_down,
    other_incident,
    controls_filtered,
    resolvers_filtered,
    slow,
    clock_a_little_off,
)
