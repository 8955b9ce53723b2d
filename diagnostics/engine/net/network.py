"""``Net``: what probes are handed. It alone opens connections, each past the map and the guard at the socket.

It alone opens connections, and every one of them passes the map and the guard at the socket.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable, Optional
from urllib.parse import urlsplit

from diagnostics.engine.net import dns, dns_message, proxy, socks, tcp, tls, trace
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.guard import Guard
from diagnostics.engine.net.names import NetworkMap
from diagnostics.engine.net.trust import Roots
from diagnostics.engine.records import Origin, Proxy, TrustSettings

if TYPE_CHECKING:  # importing httpx costs 100 ms, and the first output must not wait for it
    from diagnostics.engine.net.http import Answer, Request

RESOLVE_LIMIT = 10.0
_STAGGER = 0.25  # RFC 8305 5: the Connection Attempt Delay
_APART = 0.003  # handshakes begun together falsify each other's timings; 3 ms apart they do not
USER_AGENT = "troubleshooter/0.1.0"

BEGINS = "begins"
"""Told before the first step: what was waited for until then is no part of what is timed."""

Tell = Callable[[str, str], None]
"""Told of each step as it comes about: what, and a detail that is never secret."""


def _nobody(what: str, detail: str) -> None:
    return


@dataclass(frozen=True)
class Route:
    """The way to a destination: through ``proxy``, or directly, to ``addresses`` in order where they are known."""

    trust: ssl.SSLContext
    proxy: Optional[Proxy] = None
    addresses: tuple[str, ...] = ()
    proxy_trust: Optional[ssl.SSLContext] = None  # for an ``https://`` proxy; credentials are told to it
    segment: Optional[int] = None  # most bytes that one packet may carry, either way; None: as the system does it


class Net:
    """The network as one run sees it. Times are seconds; every call raises ``Failure`` and nothing else."""

    def __init__(
        self,
        guard: Guard,
        names: Optional[NetworkMap] = None,
        roots: Optional[Roots] = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.guard = guard
        self.names = names if names is not None else NetworkMap()
        self.roots = roots if roots is not None else Roots.default()
        self.clock = clock
        self._resolving: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._next_turn = 0.0
        self._between: dict[bytes, None] = {}

    def prepare(self) -> None:
        """Load what takes long, before a clock runs: httpx takes 100 ms, and the public roots 15, of everybody's time."""
        from diagnostics.engine.net import http  # noqa: F401

        self.roots.public()

    # -- trust -----------------------------------------------------------------------------------------------------

    def trust_of(self, settings: TrustSettings) -> ssl.SSLContext:
        """What a client with these settings trusts."""
        return self.roots.client(settings)

    def completed(self) -> Optional[ssl.SSLContext]:
        """The public roots, with the certificates in between that proven servers have shown so far; None without any.

        These are no anchors: what they complete must still end in a public root.
        """
        return self.roots.completed(tuple(self._between)) if self._between else None

    # -- names -----------------------------------------------------------------------------------------------------

    async def resolve(self, host: str, limit: float = RESOLVE_LIMIT) -> tuple[str, ...]:
        """The system's answer for a host, asked once a run and shared by all who need it."""
        if dns.literal(host):
            return (host,)
        mapped = self.names.addresses(host)
        if mapped is not None:
            return mapped
        task = self._resolving.get(host)
        if task is None:
            task = self._resolving[host] = asyncio.ensure_future(self._resolve(host))
        try:
            return await asyncio.wait_for(asyncio.shield(task), limit)
        except asyncio.TimeoutError:
            raise Failure("dns_timeout", "no answer in time") from None

    async def _resolve(self, host: str) -> tuple[str, ...]:
        until = time.monotonic() + RESOLVE_LIMIT
        try:
            return await dns.system(host, RESOLVE_LIMIT)
        except Failure as failure:
            if not dns.is_vague(failure):
                raise
            told = await dns.explain(failure, host, self.guard.check)
        left = until - time.monotonic()
        if told.word == "dns_timeout" and left > 0:
            return await dns.system(host, left)  # a lost packet is nobody's refusal
        raise told

    async def answered_share(self, host: str) -> Optional[float]:
        """Share of questions that the machine's own name server answers; None in the practice range."""
        return None if self.names else await dns.answered_share(host, self.guard.check)

    async def ask(self, resolver: str, host: str, kind: int, route: Route, limit: float) -> dns_message.Message:
        """Ask a resolver: ``1.1.1.1`` or ``[::1]:5353`` by UDP, an ``https://`` URL by DoH (RFC 8484) on ``route``."""
        if resolver.startswith("https://"):
            return await self._ask_over_https(resolver, host, kind, route, limit)
        split = urlsplit(f"//{resolver}" if resolver.count(":") < 2 or resolver.startswith("[") else f"//[{resolver}]")
        server, port = split.hostname or "", split.port or 53
        try:
            place = self.names.place(server, server, port)
        except Failure as failure:
            raise Failure("dns_unreachable", failure.detail) from failure
        if place is None:
            self.guard.check(server)
        return await dns.ask(*(place or (server, port)), host, kind, limit)

    async def _ask_over_https(self, url: str, host: str, kind: int, route: Route, limit: float) -> dns_message.Message:
        from diagnostics.engine.net.http import Request

        split = urlsplit(url)
        origin = Origin("https", (split.hostname or "").lower(), split.port or 443)
        headers = {"content-type": "application/dns-message", "accept": "application/dns-message"}
        try:
            packet = dns_message.question(0, host, kind)  # RFC 8484 4.1: number 0, so that caches can share the answer
            answer = await self.request(
                Request("POST", origin, split.path or "/dns-query", headers, packet), route, limit
            )
            if answer.status != 200:
                raise Failure("dns_error", f"status {answer.status}")
            return dns.named(dns_message.answer(answer.body, 0, host, kind))
        except dns_message.Malformed as error:
            raise Failure("dns_error", "garbled") from error

    # -- connections -----------------------------------------------------------------------------------------------

    async def dial(
        self, host: str, address: str, port: int, limit: float, segment: Optional[int] = None
    ) -> tcp.TcpStream:
        """Connect to one address of a host: the place where the map and the guard have their say."""
        place = self.names.place(host, address, port)
        if place is None:
            self.guard.check(address)
        stream = await tcp.connect(*(place or (address, port)), limit, segment)
        stream.peer = address
        return stream

    async def hop(self, address: str, port: int, distance: int, limit: float) -> Optional[trace.Hop]:
        """How a connection ends that may go only so many hops; None in the practice range and where nobody tells."""
        if self.names or not trace.AVAILABLE:
            return None
        self.guard.check(address)
        return await trace.hop(address, port, distance, limit)

    async def connect(
        self,
        host: str,
        port: int,
        addresses: Sequence[str],
        limit: float,
        tell: Tell = _nobody,
        segment: Optional[int] = None,
    ) -> tcp.TcpStream:
        """Connect to the first address that answers, a new one tried every quarter second (RFC 8305)."""
        until = time.monotonic() + limit
        addresses = addresses or await self.resolve(host, limit)
        waiting, failures = list(interleaved(addresses)), {}
        running: dict[asyncio.Task[tcp.TcpStream], str] = {}
        try:
            while waiting or running:
                if waiting:
                    address = waiting.pop(0)
                    dialling = self.dial(host, address, port, max(0.0, until - time.monotonic()), segment)
                    running[asyncio.ensure_future(dialling)] = address
                done, _ = await asyncio.wait(
                    running, timeout=_STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    address = running.pop(task)
                    error = task.exception()
                    if error is None:
                        tell("connected", address)
                        return task.result()
                    failures[address] = error
        finally:
            _abandon(running)
        raise failures[interleaved(addresses)[-1]]

    async def open(self, origin: Origin, route: Route, limit: float, tell: Tell = _nobody) -> tcp.Stream:
        """A stream to ``origin``: connected, tunnelled where a proxy is used, secured where it is https."""
        if origin.scheme == "https":
            await self._turn()
            tell(BEGINS, "")
        until = time.monotonic() + limit
        stream = await self.reach(origin, route, limit, tell)
        if origin.scheme == "https":
            return await self.secure(stream, route.trust, origin.host, until - time.monotonic(), tell)
        return stream

    async def _turn(self) -> None:
        """Wait until the last one who asked is a little ahead: so nobody's time holds the work of another's handshake."""
        now = time.monotonic()
        turn = self._next_turn = max(now, self._next_turn + _APART)
        if turn > now:
            await asyncio.sleep(turn - now)

    async def reach(self, origin: Origin, route: Route, limit: float, tell: Tell = _nobody) -> tcp.Stream:
        """The same before anything is said to ``origin`` itself: connected, and tunnelled where a proxy is used."""
        until = time.monotonic() + limit
        if route.proxy is None:
            return await self.connect(origin.host, origin.port, route.addresses, limit, tell, route.segment)
        stream = await self.reach_proxy(route.proxy, route.proxy_trust, limit, tell, route.segment)
        if not takes_whole(route.proxy, origin):
            await self.tunnel(stream, origin, route.proxy, until - time.monotonic(), tell)
        return stream

    async def reach_proxy(
        self,
        through: Proxy,
        context: Optional[ssl.SSLContext],
        limit: float,
        tell: Tell = _nobody,
        segment: Optional[int] = None,
    ) -> tcp.Stream:
        """A stream to the proxy itself. One whose URL begins with ``https://`` is spoken to over TLS, always verified."""
        if through.origin.scheme == "https" and (context is None or context.verify_mode != ssl.CERT_REQUIRED):
            raise Failure("tls_trust_unusable", "no trust set for the proxy")
        until = time.monotonic() + limit
        stream: tcp.Stream = await self.connect(through.origin.host, through.origin.port, (), limit, tell, segment)
        if through.origin.scheme == "https" and context is not None:
            stream = await self.secure(stream, context, through.origin.host, until - time.monotonic(), tell)
        return stream

    async def tunnel(
        self, stream: tcp.Stream, origin: Origin, through: Proxy, limit: float, tell: Tell = _nobody
    ) -> Optional[proxy.ProxyAnswer]:
        """Ask the proxy for a tunnel to ``origin``; its answer to CONNECT, None of a SOCKS proxy, which says no more.

        ``TunnelRefused`` and ``SocksRefused`` hold what it said. Closes the stream when there is no tunnel.
        """
        answer = None
        try:
            if through.origin.scheme.startswith("socks"):
                await socks.connect(stream, origin.host, origin.port, through, max(0.0, limit))
            else:
                answer = await proxy.connect(stream, origin.host, origin.port, through, USER_AGENT, max(0.0, limit))
        except BaseException:
            stream.close()
            raise
        tell("tunnelled", through.origin.host)
        return answer

    async def secure(
        self, stream: tcp.Stream, context: ssl.SSLContext, host: str, limit: float, tell: Tell = _nobody
    ) -> tls.TlsStream:
        """Shake hands over a stream."""
        secured = await tls.secure(stream, context, host, max(0.0, limit))
        tell("secured", secured.version)
        if context.verify_mode == ssl.CERT_REQUIRED:
            self._between.update(dict.fromkeys(secured.chain()[1:]))
        return secured

    # -- HTTP ------------------------------------------------------------------------------------------------------

    async def request(self, request: Request, route: Route, limit: float, tell: Tell = _nobody) -> Answer:
        """Ask and read the answer, any status. Nothing is sent before the route's trust set accepts the server."""
        from diagnostics.engine.net import http

        opened: list[tcp.Stream] = []
        if request.credentials and request.origin.scheme == "https" and route.trust.verify_mode != ssl.CERT_REQUIRED:
            raise Failure("internal_error", "a credential over TLS that proves nothing")
        plain_proxy = route.proxy if route.proxy is not None and takes_whole(route.proxy, request.origin) else None
        if plain_proxy is not None:
            credentials = proxy.authorization(plain_proxy)
            if credentials is not None:
                request = replace(request, credentials={**request.credentials, "proxy-authorization": credentials})

        async def open_stream() -> tcp.Stream:
            opened.append(await self.open(request.origin, route, limit, tell))
            return opened[0]

        def asked() -> None:
            tell("asked", request.origin.host)

        absolute = plain_proxy is not None
        answer = await http.exchange(request, open_stream, USER_AGENT, limit, absolute=absolute, asked=asked)
        tell("answered", str(answer.status))
        return replace(answer, public=self._is_public(opened[0]))

    def _is_public(self, stream: tcp.Stream) -> Optional[bool]:
        return stream.ends_in(self.roots.public()) if isinstance(stream, tls.TlsStream) else None


def takes_whole(through: Proxy, origin: Origin) -> bool:
    """Whether the proxy is handed the whole request in place of a tunnel: an HTTP proxy, for plain HTTP."""
    return origin.scheme == "http" and through.origin.scheme in ("http", "https")


def interleaved(addresses: Sequence[str]) -> list[str]:
    """Addresses with the families taking turns, the first one's family first (RFC 8305 4)."""
    first = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    other = [address for address in addresses if address not in first]
    mixed = [address for pair in zip(first, other) for address in pair]
    return mixed + first[len(other) :] + other[len(first) :]


def _abandon(tasks: dict[asyncio.Task[tcp.TcpStream], Any]) -> None:
    """Cancel the attempts that lost; one that wins at the same moment is closed."""
    for task in tasks:
        task.add_done_callback(_close_late)
        task.cancel()


def _close_late(task: asyncio.Task[tcp.TcpStream]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()
