"""Byte streams over a socket: connect, read, write, each step with its own deadline and its own failure word."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Optional, Protocol

from diagnostics.engine.net import kernel
from diagnostics.engine.net.failures import classify


class Stream(Protocol):
    """What TLS, CONNECT and HTTP are spoken over. Every call raises ``Failure`` alone; times are seconds."""

    stage: str
    peer: str

    @property
    def kept(self) -> Optional[kernel.Kept]:
        """What the system knows of the connection below, None where it does not tell."""

    async def read(self, limit: float, size: int = 65536) -> bytes:
        """The next bytes, at most ``size``; empty at the end."""

    async def write(self, data: bytes, limit: float) -> None:
        """All of ``data``, or a failure."""

    def close(self) -> None:
        """Give the socket back at once. Never waits, never raises."""


class TcpStream:
    """A connected socket. ``stage`` is what the far end is spoken to for, so that a reset gets the right word."""

    def __init__(self, sock: socket.socket, peer: str, stage: str = "http") -> None:
        self._sock = sock
        self.peer = peer
        self.stage = stage

    @property
    def kept(self) -> Optional[kernel.Kept]:
        """What the system knows of this connection."""
        return kernel.kept(self._sock)

    async def read(self, limit: float, size: int = 65536) -> bytes:
        """The next bytes, empty at the end."""
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(loop.sock_recv(self._sock, size), limit)
        except (OSError, asyncio.TimeoutError) as error:
            raise classify(error, self.stage) from error

    async def write(self, data: bytes, limit: float) -> None:
        """Send everything."""
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.sock_sendall(self._sock, data), limit)
        except (OSError, asyncio.TimeoutError) as error:
            raise classify(error, self.stage) from error

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


async def connect(address: str, port: int, limit: float, segment: Optional[int] = None) -> TcpStream:
    """A TCP connection to a numeric address within ``limit`` seconds; ``segment``: most bytes in one of its packets."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise classify(error, "connect") from error
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if segment is not None:
            kernel.keep_small(sock, segment)
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sock, _where(address, port)), limit)
    except (OSError, asyncio.TimeoutError) as error:
        sock.close()
        raise classify(error, "connect") from error
    except BaseException:
        sock.close()
        raise
    return TcpStream(sock, address)


def _where(address: str, port: int) -> Any:
    if ":" not in address:
        return (address, port)
    bare, _, zone = address.partition("%")
    scope = 0
    if zone:
        scope = int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    return (bare, port, 0, scope)
