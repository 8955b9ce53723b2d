"""Bad lines in front of good servers: large packets vanish, or some connections get nowhere.

A relay stands before the server and does to its bytes what the line would. ``narrow(api())``, ``flaky(api())``.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diagnostics.lab.serving import Address, Listening, Service, Spot, hang, listen

_CHUNK = 65536


@dataclass(frozen=True)
class Line:
    """A server behind a line. Declared with the functions below.

    ``carries``: the largest packet that gets through; None: of any size. ``passes``: connections that get through, again and
    again in this order.
    """

    inner: Service
    carries: int | None = None
    passes: tuple[bool, ...] = (True,)

    @property
    def port(self) -> int:
        """The server's."""
        return self.inner.port

    async def open(self, spot: Spot) -> Listening:
        """Serve the server, and the line before it."""
        behind = await self.inner.open(Spot(spot.host, spot.port, spot.world, (spot.bind[0], 0)))
        order = itertools.cycle(self.passes)

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._carry(behind.address, order, reader, writer)

        line = await listen(spot, handle)
        return Listening(line.address, lambda: _both(line.close, behind.close))

    async def _carry(
        self, to: Address, order: Iterator[bool], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not next(order):
            await hang(reader)
            return
        most = self.carries if self._sends_large(writer) else None
        far_reader, far_writer = await asyncio.open_connection(*to)
        ways = [
            asyncio.ensure_future(_pump(reader, far_writer, most)),
            asyncio.ensure_future(_pump(far_reader, writer, most)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.close()

    def _sends_large(self, writer: asyncio.StreamWriter) -> bool:
        """Whether this connection's packets may be larger than the line: both ends keep to the size they agreed on."""
        sock = writer.get_extra_info("socket")
        return self.carries is not None and sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) > self.carries


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
    """Bytes one way. What is larger than ``most`` is lost, and all that follows it waits for it in vain."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            if most is not None and len(data) > most:
                await hang(reader)
                await asyncio.Event().wait()  # that the server gives up is lost as well
            writer.write(data)
            await writer.drain()


def _both(one: Callable[[], object], other: Callable[[], object]) -> None:
    one()
    other()


def narrow(inner: Service, carries: int = 1300) -> Line:
    """A tunnel that loses whatever fills a packet, and says nothing of it: handshakes stall at the certificates."""
    return Line(inner, carries=carries)


def flaky(inner: Service, passes: tuple[bool, ...] = (True, False, False, True, False)) -> Line:
    """A line on which some connections come about and are never answered."""
    return Line(inner, passes=passes)
