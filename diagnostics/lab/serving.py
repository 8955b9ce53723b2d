"""What every server of the laboratory is made of: where it stands, what it may ask of its network, how it listens."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from diagnostics.engine.secrets import Secret
from diagnostics.lab.secured import Secured
from diagnostics.lab.tls import Tls

Address = tuple[str, int]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_HANDSHAKE_SECONDS = 10.0
_RST_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, for zero seconds: close() sends RST in place of FIN
_CREDENTIAL_HEADERS = ("authorization", "x-api-key", "proxy-authorization", "cookie")


@dataclass(frozen=True)
class Seen:
    """A request that reached a server. Header names in lower case; ``credentials`` are the headers nobody may read."""

    host: str
    port: int
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, Secret] = field(default_factory=dict)

    @classmethod
    def of(cls, spot: Spot, method: str, target: str, headers: Mapping[str, str]) -> Seen:
        """Sort a request's headers into those that may be shown and those that may not."""
        shown = {name: value for name, value in headers.items() if name not in _CREDENTIAL_HEADERS}
        hidden = {name: Secret(value) for name, value in headers.items() if name in _CREDENTIAL_HEADERS}
        return cls(spot.host, spot.port, method, target, shown, hidden)


class World(Protocol):
    """The network around a server, as far as a server may know it."""

    @property
    def ahead(self) -> timedelta:
        """How far its clock is ahead of the machine's that we run on."""

    def country_of(self, writer: asyncio.StreamWriter) -> str:
        """Country (ISO 3166) from which a connection seems to come: the machine's own, or the exit of its proxy."""

    def dial(
        self, host: str, port: int, country: str | None, inspected: bool
    ) -> contextlib.AbstractAsyncContextManager[Streams]:
        """A connection to a declared host, closed at the end.

        It seems to come from ``country`` (None: the machine's own). ``inspected`` reaches the same host behind the
        private authority. Raises OSError as a real connect would, ``socket.gaierror`` for a name nobody declared.
        """

    def delay(self) -> float:
        """Seconds that the way takes: waited before a connection is served, and before each answer."""

    def answers(self, name: str) -> tuple[str, ...] | str:
        """Addresses that honest resolvers give for a name, or "nxdomain"."""

    def record(self, seen: Seen) -> None:
        """Remember a request that reached a server."""

    @property
    def altered(self) -> Callable[[Any, Any], Any]:
        """(``http.Request``, ``http.Response``) -> the response that is sent."""


@dataclass(frozen=True)
class Spot:
    """Where a server stands: the name and port it is known by, the address it listens on (port 0: any free one)."""

    host: str
    port: int
    world: World
    bind: Address = ("127.0.0.1", 0)


@dataclass(frozen=True)
class Listening:
    """A started server: the address it can be reached at, and how to end it."""

    address: Address
    close: Callable[[], object]


class Service(Protocol):
    """A declaration of what answers at a host. ``port`` is its usual port, for hosts that are declared without one."""

    @property
    def port(self) -> int: ...

    async def open(self, spot: Spot) -> Listening:
        """Start serving."""


def abort(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as a packet filter does."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
    writer.transport.abort()


async def hang(reader: asyncio.StreamReader) -> None:
    """Read and never answer, until the other side gives up."""
    while await reader.read(65536):
        pass


async def listen(spot: Spot, handler: Handler, secured: Tls | None = None) -> Listening:
    """Serve connections at a spot, behind TLS if ``secured`` says so. A handler's end ends its connection."""
    context = secured.context(spot.host, spot.world.ahead.days) if secured is not None else None
    if secured is not None and secured.instead is not None:
        others = (handler, context) if secured.only_named and context is not None else None
        handler, context = _in_place_of_tls(secured.instead, spot.host, others), None
    sock = bound(spot.bind)
    sock.listen(128)
    # An accept loop of our own: each connection is one task from its first packet on, and ends with the laboratory.
    loop = asyncio.get_running_loop()
    accepting = loop.create_task(_accept(sock, handler, context, spot.world))
    accepting.add_done_callback(lambda _: sock.close())  # also when it is cancelled before it began
    return Listening(sock.getsockname()[:2], accepting.cancel)


def bound(address: Address) -> socket.socket:
    """A non-blocking TCP socket bound to an address. Raises OSError when that cannot be had."""
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


async def _accept(sock: socket.socket, handler: Handler, context: ssl.SSLContext | None, world: World) -> None:
    loop = asyncio.get_running_loop()
    connections: dict[asyncio.Task[None], socket.socket] = {}
    while True:
        connection, _ = await loop.sock_accept(sock)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for an ACK
        task = loop.create_task(_converse(connection, handler, context, world.delay()))
        connections[task] = connection
        task.add_done_callback(lambda done: connections.pop(done).close())


async def _converse(connection: socket.socket, handler: Handler, context: ssl.SSLContext | None, delay: float) -> None:
    # A client may vanish or talk nonsense; that is its own affair and no error of the laboratory.
    with contextlib.suppress(OSError, EOFError, ValueError, asyncio.LimitOverrunError, asyncio.TimeoutError):
        reader, writer = await asyncio.open_connection(sock=connection)
        try:
            await asyncio.sleep(delay)
            if context is None:
                await handler(reader, writer)
            else:
                await _secured(reader, writer, handler, context)
            writer.close()
            await writer.wait_closed()
        finally:
            writer.transport.abort()


async def _secured(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler, context: ssl.SSLContext
) -> None:
    session = Secured(reader, writer, context)
    await asyncio.wait_for(session.shake(), _HANDSHAKE_SECONDS)
    pumping = asyncio.ensure_future(session.pump())
    try:
        await handler(session.reader, session.writer)
        session.writer.close()
    finally:
        pumping.cancel()


def _in_place_of_tls(instead: str, host: str, others: tuple[Handler, ssl.SSLContext] | None) -> Handler:
    """``others``: how a hello is served that does not name ``host``; None: the same happens to every one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.read(4096)
        if others is not None and host.encode() not in hello:
            await _secured(_with(hello, reader), writer, *others)
        elif instead == "reset":
            abort(writer)
        elif instead == "silent":
            await hang(reader)
        elif instead == "http":
            # What nginx says to a request for the wrong port, whatever it was.
            writer.write(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()

    return answer


def _with(heard: bytes, reader: asyncio.StreamReader) -> asyncio.StreamReader:
    """A reader that begins with what another one has read already."""
    whole = asyncio.StreamReader()
    whole.feed_data(heard)

    async def go_on() -> None:
        while data := await reader.read(65536):
            whole.feed_data(data)
        whole.feed_eof()

    # The task is kept as long as somebody reads.
    whole.__dict__["going_on"] = asyncio.ensure_future(go_on())
    return whole
