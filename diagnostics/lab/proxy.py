"""A forward proxy that really tunnels to the laboratory's hosts, or refuses in one of the ways real ones do."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from diagnostics.lab.http import Headers, Request, Response, read_request, write_response
from diagnostics.lab.serving import Listening, Seen, Spot, World, abort, hang, listen
from diagnostics.lab.tls import Tls

ANSWERS = ("ok", "hang", "reset", "close", "garbage")
"""What a proxy can do with CONNECT besides refusing it with a status."""


_TLS_RECORD = b"\x16"
_NOT_HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Proxy:
    """A CONNECT proxy. Declared with ``proxy()``."""

    connect: str | int
    schemes: tuple[str, ...]
    credentials: tuple[str, str] | None
    page: str
    inspects: bool
    exit_country: str | None
    tls: Tls | None
    allowed: tuple[str, ...] | None
    make: str = "squid"
    port: int = 3128

    async def open(self, spot: Spot) -> Listening:
        """Serve CONNECT and absolute-form requests."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            begun = await reader.read(1)
            if begun == _TLS_RECORD and self.tls is None:
                writer.write(_NOT_HTTP)
                await writer.drain()
                return
            request = await read_request(reader, begun)
            while request is not None:
                spot.world.record(Seen.of(spot, request.method, request.target, request.headers))
                refusal = self._refusal(request)
                if refusal is None:
                    await self._let_through(spot.world, request, reader, writer)
                    return
                if not await self._refuse(spot.world, request, refusal, reader, writer):
                    return
                request = await read_request(reader)

        return await listen(spot, handle, self.tls)

    def _refusal(self, request: Request) -> int | str | None:
        """A status or one of ANSWERS; None lets it through. Credentials that are asked for and right open the proxy."""
        if self.credentials is not None and not self._opens(request):
            return 407
        if self.connect not in ("ok", 407) or (self.connect == 407 and self.credentials is None):
            return self.connect
        host = _target(request)[0]
        return 403 if self.allowed is not None and host not in self.allowed else None

    def _opens(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("proxy-authorization", "").partition(" ")
        if (
            scheme.lower() != "basic"
            or "basic" not in [one.lower() for one in self.schemes]
            or self.credentials is None
        ):
            return False
        try:
            told = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(told, ":".join(self.credentials).encode())

    async def _refuse(
        self,
        world: World,
        request: Request,
        how: int | str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        if isinstance(how, int):
            return await write_response(reader, writer, request, self._page(how, self.page), world)
        if how == "hang":
            await hang(reader)
        elif how == "reset":
            abort(writer)
        elif how == "garbage":
            writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
            await writer.drain()
        return False

    async def _let_through(
        self, world: World, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        host, port = _target(request)
        try:
            async with world.dial(host, port, self.exit_country, self.inspects) as (far_reader, far_writer):
                if request.method == "CONNECT":
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    await writer.drain()
                else:
                    far_writer.write(_origin_form(request))
                await _relay(reader, writer, far_reader, far_writer)
        except (socket.gaierror, ConnectionRefusedError) as problem:
            status = 503 if isinstance(problem, socket.gaierror) else 502
            await write_response(reader, writer, request, self._page(status), world)

    def _page(self, status: int, title: str = "") -> Response:
        """A refusal as this make of proxy words it."""
        headers, usual = MAKES[self.make](status)
        answer = Response.html(status, title or usual, headers=headers) if usual else Response(status, headers=headers)
        if status != 407:
            return answer
        # One line a scheme: the usual form, and a client must read them all.
        offers = tuple(f'{one} realm="Initech proxy"' if one.lower() == "basic" else one for one in self.schemes)
        return answer.with_headers({"proxy-authenticate": offers})


def proxy(
    connect: str | int = "ok",
    *,
    schemes: tuple[str, ...] = ("Basic",),
    credentials: tuple[str, str] | None = None,
    page: str = "",
    inspects: bool = False,
    exit_country: str | None = None,
    tls: Tls | None = None,
    allowed: tuple[str, ...] | None = None,
    make: str = "squid",
) -> Proxy:
    """Declare a proxy.

    ``connect``: "ok", a status to refuse with, or one of ANSWERS. ``credentials``: user and password that it wants
    (Basic) before anything else; a 407 without them never lets anybody in. ``page``: title of its refusals.
    ``inspects``: re-signs TLS with the private authority. ``exit_country``: where its connections seem to come from.
    ``allowed``: the only hosts it lets through, the others get 403.
    ``make``: of MAKES, whose words and headers its refusals have.
    """
    if isinstance(connect, str) and connect not in ANSWERS:
        raise ValueError(f"unknown answer {connect!r}: a status or one of {', '.join(ANSWERS)}")
    return Proxy(connect, schemes, credentials, page, inspects, exit_country, tls, allowed, make)


def _target(request: Request) -> tuple[str, int]:
    if request.method == "CONNECT":
        host, _, port = request.target.rpartition(":")
        return host.strip("[]").lower(), int(port)
    parts = urlsplit(request.target)
    return (parts.hostname or request.headers.get("host", "")).lower(), parts.port or 80


_SQUID = {
    403: ("Access Denied", "ERR_ACCESS_DENIED"),
    407: ("Cache Access Denied", "ERR_CACHE_ACCESS_DENIED"),
    503: ("Name Error: The domain name does not exist.", "ERR_DNS_FAIL"),
}
"""Titles and error names of the most common forward proxy."""


def _squid(status: int) -> tuple[Headers, str]:
    shown, code = _SQUID.get(status, ("The requested URL could not be retrieved", "ERR_CANNOT_FORWARD"))
    return {"server": "squid/5.7", "via": "1.1 proxy (squid/5.7)", "x-squid-error": f"{code} 0"}, f"ERROR: {shown}"


MAKES: Mapping[str, Callable[[int], tuple[Headers, str]]] = {
    "squid": _squid,
    "tinyproxy": lambda status: ({"server": "tinyproxy/1.11.1"}, f"{status} Access denied"),
    "zscaler": lambda status: ({"server": "Zscaler/6.2", "cache-control": "no-cache"}, "Internet Security by Zscaler"),
    "bluecoat": lambda status: ({"proxy-connection": "close", "pragma": "no-cache"}, "Access Denied (policy_denied)"),
    "fortigate": lambda status: ({"x-frame-options": "SAMEORIGIN"}, "Web Page Blocked!"),
    "wordless": lambda status: ({}, ""),
}
"""Make of a proxy -> the headers and the title of its refusal with a status; without a title it has no page."""


def _origin_form(request: Request) -> bytes:
    target = request.path + ("?" + request.target.partition("?")[2] if "?" in request.target else "")
    kept = {
        name: value for name, value in request.headers.items() if not name.startswith("proxy-") and name != "connection"
    }
    lines = [
        f"{request.method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in kept.items()),
        "connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body


async def _relay(
    near_reader: asyncio.StreamReader,
    near_writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Bytes both ways until either side ends."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    pumps = {asyncio.ensure_future(pump(near_reader, far_writer)), asyncio.ensure_future(pump(far_reader, near_writer))}
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in pumps:
            one.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
