"""What a probe is: a name, what it needs, and a coroutine that gives facts and never concludes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Callable, Optional

from diagnostics.engine.hiding import MOST, Hiding
from diagnostics.engine.net import trust
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import BEGINS, Net, Route, takes_whole
from diagnostics.engine.net.trust import TrustSet
from diagnostics.engine.records import Environment, Event, Facts, FactValue, Origin, Proxy

CONTROLS = (
    "http://connectivitycheck.gstatic.com/generate_204",
    "http://detectportal.firefox.com/success.txt",
    "https://www.cloudflare.com/cdn-cgi/trace",
)
RESOLVERS = ("1.1.1.1", "8.8.8.8", "https://1.1.1.1/dns-query")
_MARGIN = 0.3  # seconds that a step which ran out of time leaves for its probe to say so
STATUS_URL = "https://status.claude.com/api/v2/summary.json"


@dataclass(frozen=True)
class Plan:
    """What to run and whom to ask.

    ``only`` names probes, whose needs come along; ``send_message`` allows the one that is billed; ``timeout`` bounds the whole run in seconds.
    """

    only: Optional[frozenset[str]] = None
    quick: bool = False
    send_message: bool = False
    timeout: float = 30.0
    controls: tuple[str, ...] = CONTROLS
    resolvers: tuple[str, ...] = RESOLVERS
    status_url: str = STATUS_URL


@dataclass(frozen=True)
class Result:
    """What a probe found. ``failed``: the word why its step did not come about; ``idle``: why there was nothing to try
    after all;
    ``opens``: whether the probes that need this one can go on."""

    facts: Facts = field(default_factory=dict)
    failed: Optional[str] = None
    idle: Optional[str] = None
    opens: bool = True


@dataclass
class Shared:
    """What probes of one run hand to each other besides facts."""

    reachable: list[str] = field(
        default_factory=list
    )  # addresses of the target that took a connection, first one first
    trying: set[str] = field(default_factory=set)  # addresses of the target that one is asked of just now
    given: tuple[str, ...] = ()  # where an experiment goes in place of what the name says
    hellos: dict[str, bool] = field(
        default_factory=dict
    )  # first-run probe that ended -> whether its own body came with 200
    families: dict[str, Optional[str]] = field(
        default_factory=dict
    )  # tcp probe that ended -> its failure, None without one
    dates: list[tuple[float, float]] = field(
        default_factory=list
    )  # (an answer's Date, our clock then), seconds since the epoch
    models: list[str] = field(default_factory=list)  # ids that the target lists
    validity: Optional[tuple[float, float]] = None  # dates of the target's certificate
    ages: dict[str, float] = field(
        default_factory=dict
    )  # call of the API -> seconds from its answer's Date to its first byte


class Context:
    """One probe's view of its run. ``facts`` are those of all probes that have ended; ``until`` is the run's end."""

    def __init__(
        self,
        environment: Environment,
        net: Net,
        plan: Plan,
        facts: Mapping[str, FactValue],
        shared: Shared,
        until: float,
        hiding: Hiding,
    ) -> None:
        self.environment = environment
        self.net = net
        self.plan = plan
        self.facts = facts
        self.shared = shared
        self.events: list[Event] = []
        self.kept: dict[str, FactValue] = {}
        self._until = until
        self._hiding = hiding
        self._began = time.monotonic()

    def within(self, seconds: float) -> float:
        """A step's own limit, shorter where the run ends before: so a step that hangs still says what it waited for."""
        return max(0.05, min(seconds, self._until - time.monotonic() - _MARGIN))

    def restart(self) -> None:
        """The probe begins now: events count from here."""
        self._began = time.monotonic()

    @property
    def began(self) -> float:
        """When the probe's time began, by the monotonic clock."""
        return self._began

    def failing(self, failure: Failure, facts: Facts) -> Result:
        """The result of a step that did not come about, with the event that says by which exception."""
        self.tell(failure.word, failure.detail)
        return Result(facts, failed=failure.word, opens=False)

    def short(self, text: str, most: int) -> str:
        """A stranger's text, cut. Its secrets are taken out before: half a password is not known as one."""
        return self._hiding.clean(text[:MOST])[:most]

    def tell(self, what: str, detail: str = "") -> None:
        """Note an event at this moment. The first ``BEGINS`` starts the clock anew."""
        if what == BEGINS:
            if not self.events:
                self.restart()
            return
        self.events.append(Event(round(time.monotonic() - self._began, 4), what, detail))

    def keep(self, facts: Facts) -> None:
        """Facts that stand even if the probe is cut off before its end."""
        self.kept.update(facts)

    @property
    def target(self) -> Origin:
        """Where the client talks to. Only for probes that ``needs_target``."""
        assert self.environment.origin is not None
        return self.environment.origin

    def proxy_to(self, host: str) -> Optional[Proxy]:
        """The proxy that the client would use for another host."""
        return self.environment.proxy_for.get(host, self.environment.proxy)

    def route(self, trusted: Optional[TrustSet] = None) -> Route:
        """The way to the target as the client goes: through its proxy, or to the address that is known to answer.

        ``trusted`` takes the place of the client's own trust set; the proxy itself is always trusted as the client does.
        """
        proxy = self.environment.proxy
        addresses = () if proxy is not None else self.addresses()
        secured = self.target.scheme == "https"
        return Route(trusted or self._client_trust(secured), proxy, addresses, self._trust_of_proxy(proxy))

    def addresses(self, known: bool = False) -> tuple[str, ...]:
        """The target's addresses as the client goes to them: in the system's order, without those that take no connection.

        What is still being tried counts, as the client would try it too, unless only ``known`` ones are wanted.
        """
        if self.shared.given:
            return self.shared.given
        found = self.facts.get("dns.system.addresses")
        ordered = tuple(map(str, found)) if isinstance(found, tuple) else ()
        if self.first_address_only:
            return ordered[:1]
        wanted = {*self.shared.reachable, *(() if known else self.shared.trying)}
        return tuple(address for address in ordered if address in wanted)

    @property
    def first_address_only(self) -> bool:
        """This client tries a name's first address, and no other."""
        return self.environment.facts.get("config.client.first_address_only") is True

    def route_to(self, host: str, trusted: Optional[TrustSet] = None) -> Route:
        """The way to another host."""
        proxy = self.proxy_to(host)
        return Route(trusted or self._client_trust(), proxy, (), self._trust_of_proxy(proxy))

    def _client_trust(self, secured: bool = True) -> TrustSet:
        """What the client trusts; where nothing is secured, a broken setting of it stops nobody."""
        return self.net.trust_of(self.environment.trust) if secured else trust.nobody()

    def _trust_of_proxy(self, proxy: Optional[Proxy]) -> Optional[TrustSet]:
        return self._client_trust() if proxy is not None and proxy.origin.scheme == "https" else None


def stopped_by_proxy(environment: Environment, host: Optional[str] = None) -> Optional[str]:
    """Why the client does not ask ``host`` (None: its target): it stops at its proxy setting, and takes no other way instead."""
    asked = host or (environment.origin.host if environment.origin is not None else None)
    return "the client cannot use its proxy setting" if asked in environment.cut_off else None


AnyOf = tuple[str, ...]
"""Alternatives: one of these probes must have opened the way."""

TUNNEL: tuple[AnyOf, ...] = (("proxy.connect",),)
"""What the way to the target through a proxy needs; plain HTTP is handed to the proxy whole, and needs no tunnel."""

Skip = Callable[[Environment], Optional[str]]
"""Why a probe has nothing to do in an environment, None when it has."""


@dataclass(frozen=True)
class Probe:
    """One thing that can be tried.

    ``title`` says in plain words what it looks at. ``limit`` bounds it in seconds; its own steps are bounded below
    that, so reaching it is a fault of ours.
    ``ways``: each group must have opened the way; ``through_proxy`` takes their place where the client uses a proxy.
    ``after``: these have ended, however. ``idle`` tells where there is nothing to do. ``quick``: on the path itself.
    ``host``: whom it asks, where that is not the target. ``undeterred``: it goes also when none of its ways has opened.
    ``billed``: it costs money, and runs only where that was allowed.
    """

    name: str
    layer: str
    title: str
    limit: float
    run: Callable[[Context], Awaitable[Result]]
    ways: tuple[AnyOf, ...] = ()
    through_proxy: Optional[tuple[AnyOf, ...]] = None
    after: tuple[str, ...] = ()
    idle: Optional[Skip] = None
    quick: bool = True
    host: Optional[str] = None
    billed: bool = False
    undeterred: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """Every probe it may wait for, directly or through a proxy."""
        groups = (*self.ways, *(self.through_proxy or ()))
        return tuple(dict.fromkeys(name for group in groups for name in group))

    def needed(self, environment: Environment) -> tuple[AnyOf, ...]:
        """What must have opened the way in this environment."""
        direct = self.host is not None and environment.proxy_for.get(self.host, environment.proxy) is None
        if environment.proxy is None or self.through_proxy is None or direct:
            return self.ways
        plain = environment.origin is not None and takes_whole(environment.proxy, environment.origin)
        if plain and self.through_proxy == TUNNEL:
            return (("proxy.tcp",),)
        return self.through_proxy
