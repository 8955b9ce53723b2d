"""Whether anything at all comes back from outside, summed up over everything that was tried."""

from __future__ import annotations

from typing import Callable, Optional

from diagnostics.engine.net import routes
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import Facts, FactValue

OUTSIDERS = (
    *("control.hosts", "dns.system", "dns.independent", "proxy.connect", "tls.public"),
    *("hello.api", "hello.platform", "edge.trace", "api.models", "service.status"),
)


async def _network(context: Context) -> Result:
    facts: dict[str, FactValue] = {}
    route = None if context.net.names else routes.default_route()
    if route is not None:
        facts["network.route"] = route
    sent_from = () if context.net.names else sources(context.facts)
    if sent_from:
        facts["network.sources"] = sent_from
    answered = outside_answered(context.facts)
    if answered is not None:
        facts["network.outside_answered"] = answered
    return Result(facts)


_TOWARDS = ("proxy.tcp.address", "tcp.v4.address", "tcp.v6.address")
_ANYWHERE = "192.0.2.1"
"""Kept for examples (RFC 5737): the way there is the way to everything that has none of its own."""


def sources(facts: Facts) -> tuple[str, ...]:
    """From which addresses of this machine the attempts came, so that whoever runs the network finds them in its logs."""
    asked = [str(facts[name]) for name in _TOWARDS if name in facts][: 1 if _TOWARDS[0] in facts else 2]
    found = (routes.source_towards(address) for address in asked or (_ANYWHERE,))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def outside_answered(facts: Facts) -> Optional[bool]:
    """Whether an answer authenticated by its content came from beyond the first hop; None when nothing that could tell
    was tried.

    A system resolver's answer does not count: it may be cached in the router on the table. A redirect or a page in
    place of what was
    expected does not either: the first hop can send it.
    """
    witnesses: tuple[tuple[str, Callable[[FactValue], bool]], ...] = (
        ("control.reached", _some),
        ("dns.independent.answered", _some),
        ("hello.api.answerer", _provider),
        ("hello.platform.answerer", _provider),
        ("edge.trace.country", bool),
        ("api.models.answerer", _provider),
        ("service.status.indicator", bool),
    )
    told = [is_so(facts[name]) for name, is_so in witnesses if name in facts]
    if facts.get("config.base_url.first_party") is True and "tls.public.trusted" in facts:
        told.append(facts["tls.public.trusted"] is True)  # a gateway may stand in this very network
    failed = any(name in facts for name in ("hello.api.failure", "service.status.failure", "tcp.failure"))
    return any(told) if told or failed else None


def _some(value: FactValue) -> bool:
    return isinstance(value, int) and value > 0


def _provider(value: FactValue) -> bool:
    return value in ("provider", "edge", "edge_region")


NETWORK = Probe("network", "network", "Whether anything outside answers", 2.0, _network, after=OUTSIDERS)
