"""Name servers whose datagrams are floods, loops, lies about their own length, or answers to other questions."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from diagnostics.lab.serving import Listening, Spot

_ANSWER, _LOOP = 0x8180, b"\xc0\x0c"


def _head(query: bytes, answers: int, questions: int = 1) -> bytes:
    return query[:2] + struct.pack("!HHHHH", _ANSWER, questions, answers, 0, 0)


def _record(name: bytes, value: bytes, says: int | None = None) -> bytes:
    return name + struct.pack("!HHIH", 1, 1, 60, len(value) if says is None else says) + value


def _wrong_numbers(query: bytes) -> Iterator[bytes]:
    for number in range(2_000):
        yield struct.pack("!H", (number + query[0] * 256 + query[1] + 1) % 65536) + _head(query, 1)[2:] + query[12:]


def _alone(make: Callable[[bytes], bytes]) -> Callable[[bytes], Iterator[bytes]]:
    return lambda query: iter((make(query),))


DATAGRAMS: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "wrong_numbers": _wrong_numbers,
    "loop": _alone(lambda query: _head(query, 3) + query[12:] + (b"\xc0" + bytes([len(query)])) * 3),
    "loop_in_question": _alone(lambda query: _head(query, 1) + _LOOP + b"\0\1\0\1" + _record(_LOOP, b"\1\2\3\4")),
    "whole_64_kb": _alone(
        lambda query: (_head(query, 4000) + query[12:] + _record(_LOOP, b"\7\7\7\7") * 4000)[:65_000]
    ),
    "answers_that_are_not_there": _alone(lambda query: _head(query, 65_535) + query[12:]),
    "lengths_that_lie": _alone(lambda query: _head(query, 2) + query[12:] + _record(_LOOP, b"\1\2", 65_535)),
    "labels_without_end": _alone(lambda query: _head(query, 9) + query[12:] + b"\x3f" + b"a" * 30_000),
    "many_questions": _alone(lambda query: _head(query, 0, 65_535) + query[12:] * 900),
    "another_question": _alone(lambda query: _head(query, 1) + b"\4evil\0\0\1\0\1" + _record(_LOOP, b"\1\2\3\4")),
    "short": _alone(lambda query: query[:5]),
    "empty": _alone(lambda query: b""),
    "noise": lambda query: iter([b"\xff" * size for size in range(1, 600)]),
}
"""(query) -> datagrams that come back."""


@dataclass(frozen=True)
class HostileResolver:
    """A UDP name server of ``DATAGRAMS``."""

    name: str
    port: int = 53

    async def open(self, spot: Spot) -> Listening:
        """Answer datagrams."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Talk(DATAGRAMS[self.name]), local_addr=spot.bind)
        ip, port = transport.get_extra_info("sockname")[:2]
        return Listening((ip, port), transport.close)


class _Talk(asyncio.DatagramProtocol):
    def __init__(self, talk: Callable[[bytes], Iterator[bytes]]) -> None:
        self._talk = talk
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for datagram in self._talk(data):
            if self._transport is not None:
                self._transport.sendto(datagram, addr)
