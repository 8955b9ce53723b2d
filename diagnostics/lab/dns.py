"""Resolvers: over UDP and over HTTPS, honest ones and those that lie, refuse, or say nothing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from diagnostics.lab.http import Request, Response, read_request, write_response
from diagnostics.lab.serving import Listening, Spot, World, listen
from diagnostics.lab.tls import HEALTHY, Tls

Says = Mapping[str, "tuple[str, ...] | str"]

FAILURES = {"nxdomain": dns.rcode.NXDOMAIN, "servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED}
"""Besides these a resolver can be ``silent``."""

_TTL = 60


@dataclass(frozen=True)
class Resolver:
    """A UDP resolver. ``says`` overrides the truth: name (or "*") -> addresses, or a failure word."""

    says: Says = field(default_factory=dict)
    port: int = 53

    async def open(self, spot: Spot) -> Listening:
        """Answer datagrams."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self.says, spot.world), local_addr=spot.bind
        )
        ip, port = transport.get_extra_info("sockname")[:2]
        return Listening((ip, port), transport.close)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, says: Says, world: World) -> None:
        self._says = says
        self._world = world
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = reply(data, self._says, self._world)
        if answer is not None and self._transport is not None:
            asyncio.get_running_loop().call_later(self._world.delay(), self._transport.sendto, answer, addr)


@dataclass(frozen=True)
class Doh:
    """A resolver over HTTPS (RFC 8484, POST and GET of /dns-query)."""

    says: Says = field(default_factory=dict)
    tls: Tls = HEALTHY
    port: int = 443

    async def open(self, spot: Spot) -> Listening:
        """Serve /dns-query."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while (request := await read_request(reader)) is not None:
                if not await write_response(reader, writer, request, self._answer(request, spot.world), spot.world):
                    return

        return await listen(spot, handle, self.tls)

    def _answer(self, request: Request, world: World) -> Response:
        if request.path != "/dns-query":
            return Response.text(404, "")
        answer = reply(_question(request), self.says, world)
        if answer is None:
            return Response(200, then="hang")
        return Response(200, answer, {"content-type": "application/dns-message"})


def _question(request: Request) -> bytes:
    if request.method == "POST":
        return request.body
    encoded = request.target.rpartition("dns=")[2].partition("&")[0]
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def resolver(says: Says | None = None) -> Resolver:
    """Declare a UDP resolver: honest but for what ``says`` overrides."""
    return Resolver(says or {})


def doh(says: Says | None = None, tls: Tls = HEALTHY) -> Doh:
    """Declare a resolver over HTTPS."""
    return Doh(says or {}, tls)


def reply(data: bytes, says: Says, world: World) -> bytes | None:
    """The answer to a query in wire form; None: say nothing (also to what is no query)."""
    try:
        query = dns.message.from_wire(data)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR or len(query.question) != 1:  # a late answer to who had this port before is no query
        return None
    asked = query.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    told = says.get(name, says.get("*", world.answers(name)))
    if told == "silent":
        return None
    answer = dns.message.make_response(query, recursion_available=True)
    if isinstance(told, str):
        answer.set_rcode(FAILURES[told])
        return answer.to_wire()
    fitting = [one for one in told if (":" in one) == (asked.rdtype == dns.rdatatype.AAAA)]
    if fitting and asked.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
        answer.answer.append(dns.rrset.from_text(asked.name, _TTL, "IN", dns.rdatatype.to_text(asked.rdtype), *fitting))
    return answer.to_wire()
