"""What can happen to a connection before anybody speaks: refused, reset, closed, silent, or no answer at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from diagnostics.lab.serving import Listening, Spot, abort, hang, listen

_FAULTS = ("refused", "reset", "closed", "silent", "blackhole")


@dataclass(frozen=True)
class Tcp:
    """A host whose fault shows on connecting, or before the first byte. Declared with the functions below."""

    fault: str
    port: int = 443

    async def open(self, spot: Spot) -> Listening:
        """Hold a port that behaves like the fault."""
        if self.fault == "refused":
            return _bound(spot, listening=False)
        if self.fault == "blackhole":
            return _full(spot)
        return await listen(spot, self._handle)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "reset":
            abort(writer)
        elif self.fault == "silent":
            await hang(reader)


def refused(port: int = 443) -> Tcp:
    """Nothing listens: connect is refused."""
    return Tcp("refused", port)


def reset(port: int = 443) -> Tcp:
    """Accepts and resets at once."""
    return Tcp("reset", port)


def closed(port: int = 443) -> Tcp:
    """Accepts and closes at once, in good order."""
    return Tcp("closed", port)


def silent(port: int = 443) -> Tcp:
    """Accepts and never says a byte."""
    return Tcp("silent", port)


def blackhole(port: int = 443) -> Tcp:
    """Connect gets no answer: it ends when the client's patience does."""
    return Tcp("blackhole", port)


def _bound(spot: Spot, listening: bool) -> Listening:
    """A socket that holds its port, so that nobody else can come to listen there."""
    family = socket.AF_INET6 if ":" in spot.bind[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.bind(spot.bind)
        if listening:
            sock.listen(0)
    except OSError:
        sock.close()
        raise
    ip, port = sock.getsockname()[:2]
    return Listening((ip, port), sock.close)


def _full(spot: Spot) -> Listening:
    """A listener that accepts nobody and whose queue is full: the kernel drops every further SYN."""
    held = _bound(spot, listening=True)
    fillers: list[socket.socket] = []
    # A queue of length 0 holds one connection on Linux and a few elsewhere; what does not fit stays in SYN-SENT.
    for _ in range(4):
        filler = socket.socket(socket.AF_INET6 if ":" in held.address[0] else socket.AF_INET, socket.SOCK_STREAM)
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(held.address)
        fillers.append(filler)

    def close() -> None:
        for one in fillers:
            one.close()
        held.close()

    return Listening(held.address, close)
