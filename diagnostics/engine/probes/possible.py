"""Which experiments a run may make, told before anything is tried: for ``--plan``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.engine.net import dns as names
from diagnostics.engine.probes.flips import authorities, named
from diagnostics.engine.records import Environment

MOST = 4
"""Experiments that one run makes."""
SECONDS = 6.0
"""What they may take together, out of the run's own time."""


@dataclass(frozen=True)
class Possible:
    """An experiment that may be made: what would be put in place of what is, and whom that asks."""

    factor: str
    to: str
    asks: str


def possible(environment: Environment) -> Iterator[Possible]:
    """All of them. Which are made is told by what fails: none where the client's way works."""
    origin, others = environment.origin, environment.alternatives
    if origin is not None:
        target = f"{origin} (the base URL)"
        yield from _on_the_way(environment, target)
        if origin.scheme == "https":
            for store, _ in others.trust:
                yield Possible("trust", authorities(store), target)
    if others.base_url is not None:
        yield Possible("base_url", str(others.base_url), f"{others.base_url} (the client's own base URL)")
    if origin is not None:
        for credential in environment.credentials[1:]:
            if credential.stays is None:
                yield Possible("credential", credential.name, target)


def _on_the_way(environment: Environment, target: str) -> Iterator[Possible]:
    origin = environment.origin
    if environment.proxy is not None or environment.cut_off:
        yield Possible("proxy", "direct", target)
        return
    for proxy in environment.alternatives.proxies:
        yield Possible("proxy", named(proxy), f"{proxy.origin} (the proxy that {proxy.variable} names)")
    if origin is not None and not names.literal(origin.host):
        yield Possible("family", "IPv4 only, IPv6 only", target)
        yield Possible("resolver", "the address that independent resolvers give", target)
