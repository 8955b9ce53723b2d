"""A declared network: host names, what answers there, and what the machine's own resolver says of them.

    with Lab({"api.anthropic.com": tcp.refused()}) as lab:
        ...

Whatever is not declared is healthy: ``internet()`` names the hosts that a run may visit.
Keys are ``host`` or ``host:port``.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from diagnostics.engine.net.names import NetworkMap
from diagnostics.lab import api, certificates, controls, dns
from diagnostics.lab.http import Site
from diagnostics.lab.proxy import Proxy
from diagnostics.lab.serving import Address, Listening, Seen, Service, Spot, Streams
from diagnostics.lab.tls import INSPECTED

T = TypeVar("T")

ADDRESSES: dict[str, tuple[str, ...]] = {
    "api.anthropic.com": ("160.79.104.10",),
    "platform.claude.com": ("160.79.104.11",),
    "status.claude.com": ("18.66.122.33",),
    "connectivitycheck.gstatic.com": ("142.250.185.67",),
    "detectportal.firefox.com": ("34.107.221.82",),
    "www.cloudflare.com": ("104.16.123.96",),
    "api.openai.com": ("162.159.140.245",),
}
"""Addresses as the public resolvers give them; hosts that are not listed get one of ``_SPARE``."""

ADDRESSES_V6: dict[str, tuple[str, ...]] = {
    "api.anthropic.com": ("2607:6bc0::10",),
    "platform.claude.com": ("2607:6bc0::11",),
}
"""The same for IPv6."""

# Outside every range that a report would call private, documentation or sinkhole.
_SPARE, _SPARE_V6 = "93.184.216.{}", "2606:2800:220:1::{}"
_SOON = 10.0
_FAILURE_WORDS = {
    "nxdomain": "dns_nxdomain",
    "servfail": "dns_servfail",
    "refused": "dns_refused",
    "silent": "dns_timeout",
}


def internet() -> dict[str, Service]:
    """A healthy internet: the API, its first-run and status hosts, the control hosts and two independent resolvers."""
    resolver = dns.resolver()
    return {
        "api.anthropic.com": api.api(),
        "platform.claude.com": api.api(),
        "status.claude.com": controls.status_page(),
        "connectivitycheck.gstatic.com": controls.generate_204(),
        "detectportal.firefox.com": controls.success_txt(),
        "www.cloudflare.com": controls.trace(),
        "1.1.1.1:53": resolver,
        "8.8.8.8:53": resolver,
        "1.1.1.1:443": dns.doh(),
    }


class Lab:
    """A network that runs on loopback while it is started. Starting and stopping are safe from any thread.

    ``hosts``: key ``host`` or ``host:port`` -> what answers there, over ``rest`` (the healthy internet).
    ``v6``: the same for IPv6; a host that is not in it has no AAAA record. ``direct``: what the machine itself meets
    where a proxy meets ``hosts``; its key "*" stands for all but the proxies.
    ``resolver``: what the machine's own resolver says where it differs from the truth: name (or "*") -> addresses, or
    "nxdomain", "servfail", "refused", "silent". ``country``: where the machine seems to stand. ``ahead``: how far the
    world's clocks, its certificates with them, are ahead of this machine's. ``addresses``: host -> its true addresses,
    where they are not the usual ones. ``delay``: asked for the seconds that the way takes, before a connection is
    served and before each answer. ``remember``: how many requests it keeps.
    ``altered``: (request, response) -> the response that its web servers and proxies send in its place.
    """

    def __init__(
        self,
        hosts: Mapping[str, Service] | None = None,
        *,
        v6: Mapping[str, Service] | None = None,
        direct: Mapping[str, Service] | None = None,
        resolver: Mapping[str, tuple[str, ...] | str] | None = None,
        country: str = "DE",
        ahead: timedelta = timedelta(),
        addresses: Mapping[str, tuple[str, ...]] | None = None,
        delay: Callable[[], float] = lambda: 0.0,
        remember: int = 1000,
        rest: Mapping[str, Service] | None = None,
        altered: Callable[[Any, Any], Any] = lambda request, response: response,
    ) -> None:
        declared = {**_split(internet() if rest is None else rest), **_split(hosts or {})}
        self._v4 = declared
        self._v6 = _split(v6 or {})
        self._direct = _split(direct or {})
        self._resolver = dict(resolver or {})
        self._country = country
        self._ahead = ahead
        self._delay = delay
        self.altered = altered
        usual = _addresses({host for host, _ in self._v4}, {host for host, _ in self._v6})
        self._addresses = {**usual, **(addresses or {})}
        self._open: dict[tuple[str, str, int], Listening] = {}  # by family, host and port
        self._exits: dict[int, str] = {}
        self._seen: deque[Seen] = deque(maxlen=remember)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self, own_addresses: bool = False, within: Callable[[], None] | None = None) -> Lab:
        """Serve every declared host; a second call does nothing. Raises OSError when a port cannot be had.

        ``own_addresses``: at each host's own address and port in place of loopback, for a network namespace that has
        them, where nothing needs to be mapped. ``within``: called first in the thread that serves, to enter it.
        """
        with self._lock:
            if self._thread is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="troubleshooter-lab", daemon=True)
                if within is not None:
                    self._loop.call_soon(within)
                self._thread.start()
                try:
                    self._run(self._open_all(own_addresses))
                except BaseException:
                    self._end()
                    raise
        return self

    def stop(self) -> None:
        """End every server, connection and the thread; a second call does nothing."""
        with self._lock:
            self._end()

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SOON)

    def _end(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = self._thread = None
        asyncio.run_coroutine_threadsafe(self._close_all(), loop).result(_SOON)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_SOON)
        loop.close()

    def _own_address(self, host: str, family: str) -> str:
        return next(one for one in self._addresses[host] if (":" in one) == (family == "v6"))

    async def _open_all(self, own_addresses: bool) -> None:
        for (host, port), service in self._direct.items():
            self._open["direct", host, port] = await service.open(Spot(host, port, self))
        for family, loopback, declared in (("v4", "127.0.0.1", self._v4), ("v6", "::1", self._v6)):
            for (host, port), service in declared.items():
                where = self._own_address(host, family), port
                spot = Spot(host, port, self, where if own_addresses else (loopback, 0))
                self._open[family, host, port] = await service.open(spot)

    async def _close_all(self) -> None:
        for listening in self._open.values():
            listening.close()
        self._open.clear()
        # Told more than once: before Python 3.12, wait_for loses a cancellation that comes as its work is done.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=0.1)
        for _ in range(3):
            await asyncio.sleep(0)  # transports close in the loop's next rounds

    # -- what the engine needs to see it ------------------------------------------------------------------------------

    @property
    def public_pem(self) -> str:
        """The practice root: the whole list of public authorities in this network."""
        return certificates.practice_root().pem

    def routes(self) -> dict[tuple[str, int], Address]:
        """(host, port) as the configuration names it -> loopback address and port that serve it, IPv4."""
        if self._loop is None:
            raise RuntimeError("the laboratory is not running")
        return {place: self._met_at(place) for place in self._v4}

    def _met_at(self, place: tuple[str, int]) -> Address:
        if place in self._direct:
            return self._open["direct", *place].address
        for anything in self._direct:
            if anything[0] == "*" and not isinstance(self._v4[place], Proxy):
                return self._open["direct", *anything].address
        return self._open["v4", *place].address

    def routes_v6(self) -> dict[tuple[str, int], Address]:
        """The same for IPv6."""
        return {(host, port): one.address for (family, host, port), one in self._open.items() if family == "v6"}

    def network_map(self) -> NetworkMap:
        """What the engine's ``Net`` takes: places, and the resolver's answers and failures."""
        places = self.routes()
        for (host, port), address in self.routes_v6().items():
            places[self._own_address(host, "v6"), port] = address  # an address outranks its host
        told = self.names()
        answers = {name: says for name, says in told.items() if not isinstance(says, str)}
        failures = {name: _FAILURE_WORDS[says] for name, says in told.items() if isinstance(says, str)}
        return NetworkMap(places, answers, failures)

    @property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Host -> its true addresses."""
        return self._addresses

    def names(self) -> dict[str, tuple[str, ...] | str]:
        """Name -> addresses that the machine's resolver gives, or its failure (of ``dns.FAILURES``, or "silent")."""
        return {
            host: self._resolver.get(host, self._resolver.get("*", self._addresses[host])) for host in self._addresses
        }

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The last requests that reached a server, oldest first."""
        return tuple(self._seen)

    # -- what its servers see (serving.World) -------------------------------------------------------------------------

    @property
    def ahead(self) -> timedelta:
        """How far the world's clocks are ahead of this machine's."""
        return self._ahead

    def country_of(self, writer: asyncio.StreamWriter) -> str:
        """Country from which a connection seems to come."""
        peer = writer.get_extra_info("peername")
        return self._exits.get(peer[1], self._country) if peer else self._country

    def delay(self) -> float:
        """Seconds that the way takes this time."""
        return self._delay()

    def answers(self, name: str) -> tuple[str, ...] | str:
        """What honest resolvers say of a name."""
        return self._addresses.get(name.lower().rstrip("."), "nxdomain")

    def record(self, seen: Seen) -> None:
        """Remember a request."""
        self._seen.append(seen)

    @contextlib.asynccontextmanager
    async def dial(self, host: str, port: int, country: str | None, inspected: bool) -> AsyncIterator[Streams]:
        """Connect to a declared host on behalf of a proxy."""
        address = await self._address(host.lower(), port, inspected)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind(("127.0.0.1", 0))
        local = sock.getsockname()[1]
        # Told before connecting: the server asks as soon as it accepts.
        if country is not None:
            self._exits[local] = country
        writer = None
        try:
            await asyncio.get_running_loop().sock_connect(sock, address)
            reader, writer = await asyncio.open_connection(sock=sock)
            yield reader, writer
        finally:
            self._exits.pop(local, None)
            writer.close() if writer else sock.close()

    async def _address(self, host: str, port: int, inspected: bool) -> Address:
        service = self._v4.get((host, port))
        if service is None:
            if host in self._addresses:
                raise ConnectionRefusedError(f"nothing is declared at {host}:{port}")
            raise socket.gaierror(socket.EAI_NONAME, f"no such host: {host}")
        if not (inspected and isinstance(service, Site) and service.tls):
            return self._open["v4", host, port].address
        key = ("inspected", host, port)
        if key not in self._open:
            self._open[key] = await replace(service, tls=INSPECTED).open(Spot(host, port, self))
        return self._open[key].address


def _split(hosts: Mapping[str, Service]) -> dict[tuple[str, int], Service]:
    declared = {}
    for key, service in hosts.items():
        host, colon, port = key.rpartition(":")
        declared[(host, int(port)) if colon else (key, service.port)] = service
    return declared


def _addresses(v4: set[str], v6: set[str]) -> dict[str, tuple[str, ...]]:
    """Host -> its IPv4 and IPv6 addresses, as far as it is declared for each."""
    spare = {host: number for number, host in enumerate(sorted(v4 | v6), start=10)}
    return {
        host: (ADDRESSES.get(host, (_literal(host) or _SPARE.format(spare[host]),)) if host in v4 else ())
        + (ADDRESSES_V6.get(host, (_SPARE_V6.format(spare[host]),)) if host in v6 else ())
        for host in sorted(v4 | v6)
    }


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
