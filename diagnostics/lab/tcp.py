"""What can happen to a connection before anybody speaks: refused, reset, closed, silent, or no answer at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from diagnostics.lab.serving import Listening, Spot, abort, bound, hang, listen

_RESET_AFTER = 0.02  # on loopback an RST can overtake the handshake, and connect() itself would fail


@dataclass(frozen=True)
class Tcp:
    """A host whose fault shows on connecting, or before the first byte. Declared with the functions below."""

    fault: str
    port: int = 443

    async def open(self, spot: Spot) -> Listening:
        """Hold a port that behaves like the fault."""
        if self.fault == "refused":
            sock = bound(spot.bind)  # holds its port, so that nobody else can come to listen there
            return Listening(sock.getsockname()[:2], sock.close)
        if self.fault == "blackhole":
            return _full(spot)
        return await listen(spot, self._handle)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "reset":
            await asyncio.sleep(_RESET_AFTER)
            abort(writer)
        elif self.fault == "silent":
            await hang(reader)


def refused(port: int = 443) -> Tcp:
    """Nothing listens: connect is refused."""
    return Tcp("refused", port)


def reset(port: int = 443) -> Tcp:
    """Accepts and resets, whatever was said."""
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


def _full(spot: Spot) -> Listening:
    """A listener that accepts nobody and whose queue is full: the kernel drops every further SYN."""
    held = bound(spot.bind)
    held.listen(0)
    address = held.getsockname()[:2]
    fillers: list[socket.socket] = []
    # A queue of length 0 holds one connection on Linux and a few elsewhere; what does not fit stays in SYN-SENT.
    for _ in range(4):
        filler = socket.socket(held.family, socket.SOCK_STREAM)
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(address)
        fillers.append(filler)

    def close() -> None:
        for one in (*fillers, held):
            one.close()

    return Listening(address, close)
