"""What can happen to a connection before anybody speaks: refused, reset, closed, silent, or no answer at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from diagnostics.lab.serving import Address, Listening, Spot, abort, bound, hang, listen

_RESOLVER = 53
_TRIES = 20
_RESET_AFTER = 0.02  # on loopback an RST can overtake the handshake, and connect() itself would fail


@dataclass(frozen=True)
class Tcp:
    """A host whose fault shows on connecting, or before the first byte. Declared with the functions below."""

    fault: str
    port: int = 443

    async def open(self, spot: Spot) -> Listening:
        """Hold a port that behaves like the fault, for datagrams too where resolvers listen."""
        if spot.port != _RESOLVER:
            return await self._open(spot)
        for _ in range(_TRIES):
            held = await self._open(spot)
            try:
                datagrams = _datagrams(held.address, lost=self.fault in ("silent", "blackhole"))
            except OSError:  # somebody else has the number for datagrams
                held.close()
                continue
            return _together(held, datagrams)
        raise OSError("no port is free for connections and datagrams alike")

    async def _open(self, spot: Spot) -> Listening:
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


def _together(held: Listening, datagrams: socket.socket) -> Listening:
    def close() -> None:
        held.close()
        datagrams.close()

    return Listening(held.address, close)


def _datagrams(address: Address, lost: bool) -> socket.socket:
    """Hold a port for datagrams, or another network's resolver would come to answer there. They are lost, or refused."""
    held = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        held.bind(address)
        if not lost:
            held.connect(address)  # with itself alone: the kernel refuses everybody else
    except OSError:
        held.close()
        raise
    return held


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
