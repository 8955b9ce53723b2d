"""HTTP/1.1 from the server's side, no more of it than the laboratory needs: one request, one answer, keep-alive."""

from __future__ import annotations

import asyncio
import email.utils
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from diagnostics.lab.serving import Listening, Seen, Spot, World, abort, hang, listen
from diagnostics.lab.tls import HEALTHY, Tls

_BODY_LIMIT = 34_000_000  # just above the API's own limit of 32 MB, whose 413 can then be practised


Headers = Mapping[str, "str | tuple[str, ...]"]
"""Of an answer: a tuple is sent as that many lines."""


@dataclass(frozen=True)
class Request:
    """A request as it arrived. Header names in lower case; ``path`` is the target without its query.

    ``country`` is where the connection seems to come from.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    host: str = ""
    country: str = ""

    @property
    def path(self) -> str:
        """The target without its query; also of an absolute-form target."""
        bare = self.target.partition("?")[0]
        return "/" + bare.partition("://")[2].partition("/")[2] if "://" in bare else bare


@dataclass(frozen=True)
class Response:
    """An answer, and what is done with it (``then``): "send", "hang", "reset" or "cut" (half a body, then close).

    With a ``stream`` its pieces are sent one by one with ``gap`` seconds between; then also "lump" (all at once at the end), "measure"
    (so, and with the length of the whole in front) and "stall" (half of them, then silence).
    """

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=dict)
    reason: str | None = None
    then: str = "send"
    stream: tuple[bytes, ...] = ()
    gap: float = 0.0

    @classmethod
    def json(cls, status: int, body: Any, headers: Headers | None = None) -> Response:
        """A JSON answer."""
        return cls(
            status,
            json.dumps(body, separators=(",", ":")).encode(),
            {"content-type": "application/json", **(headers or {})},
        )

    @classmethod
    def html(cls, status: int, title: str, body: str = "", headers: Headers | None = None) -> Response:
        """A page with a title."""
        page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
        return cls(status, page.encode(), {"content-type": "text/html; charset=utf-8", **(headers or {})})

    @classmethod
    def text(cls, status: int, body: str, headers: Headers | None = None) -> Response:
        """A plain text answer."""
        return cls(status, body.encode(), {"content-type": "text/plain", **(headers or {})})

    @property
    def chunked(self) -> bool:
        """Its length is not known before it ends."""
        return bool(self.stream) and self.then != "measure"

    @property
    def whole(self) -> bytes:
        """All of its body."""
        return b"".join(self.stream) or self.body

    def with_headers(self, headers: Headers) -> Response:
        """The same with further headers; its own win."""
        return replace(self, headers={**headers, **self.headers})

    def head(self, now: float, close: bool = False) -> bytes:
        """Status line and headers as bytes; ``now`` is the server's time in seconds since the epoch."""
        reason = self.reason if self.reason is not None else _reason(self.status)
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        fields: dict[str, str | tuple[str, ...]] = {"date": email.utils.formatdate(now, usegmt=True), **self.headers}
        if self.status != HTTPStatus.NO_CONTENT:  # RFC 9110, 8.6: a 204 has none
            fields |= {"transfer-encoding": "chunked"} if self.chunked else {"content-length": str(len(self.whole))}
        if close:
            fields["connection"] = "close"
        for name, value in fields.items():
            lines += [f"{name}: {one}" for one in ((value,) if isinstance(value, str) else value)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


App = Callable[[Request], Response]


@dataclass(frozen=True)
class Site:
    """A host that speaks HTTP: an app, behind TLS or (``tls`` None) in the clear."""

    app: App
    tls: Tls | None = HEALTHY

    @property
    def port(self) -> int:
        """443 behind TLS, else 80."""
        return 443 if self.tls else 80

    async def open(self, spot: Spot) -> Listening:
        """Serve the app."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            country = spot.world.country_of(writer)
            while (request := await read_request(reader)) is not None:
                spot.world.record(Seen.of(spot, request.method, request.target, request.headers))
                response = self.app(replace(request, host=spot.host, country=country))
                if not await write_response(reader, writer, request, response, spot.world):
                    return

        return await listen(spot, handle, self.tls)


async def read_request(reader: asyncio.StreamReader, begun: bytes = b"") -> Request | None:
    """The next request of a connection with its body; None at the end of the connection, or when it is not HTTP.

    ``begun``: what of it has been read already.
    """
    try:
        head = begun + await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1"):
        return None
    pairs = (line.partition(":") for line in rest if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(parts[0], parts[1], headers, await _read_body(reader, headers))


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        length = headers.get("content-length", "0")
        return await reader.readexactly(min(int(length), _BODY_LIMIT)) if length.isdigit() else b""
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
        if len(body) > _BODY_LIMIT:
            break
    await reader.readuntil(b"\r\n")
    return body


async def write_response(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request, response: Response, world: World
) -> bool:
    """Answer a request. True when the connection may carry another one."""
    await asyncio.sleep(world.delay())
    response = world.altered(request, response)
    if response.then == "hang":
        await hang(reader)
        return False
    if response.then == "reset":
        abort(writer)
        return False
    if response.stream:
        await _write_stream(reader, writer, response, time.time() + world.ahead.total_seconds())
        return False
    close = response.then == "cut" or request.headers.get("connection", "").lower() == "close"
    body = b"" if request.method == "HEAD" else response.body
    if response.then == "cut":
        body = body[: len(body) // 2]
    now = time.time() + world.ahead.total_seconds()
    writer.write(response.head(now, close) + body)
    await writer.drain()
    return not close


async def _write_stream(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, response: Response, now: float
) -> None:
    """The pieces of a stream as HTTP chunks, in the way that ``then`` says. The connection ends with it."""
    if response.then in ("lump", "measure"):
        await asyncio.sleep(response.gap * len(response.stream))
        whole = response.whole
        writer.write(response.head(now, True) + (_chunk(whole) + _chunk(b"") if response.chunked else whole))
        await writer.drain()
        return
    sent = response.stream if response.then == "send" else response.stream[: len(response.stream) // 2]
    writer.write(response.head(now, True))
    for piece in sent:
        writer.write(_chunk(piece))
        await writer.drain()
        await asyncio.sleep(response.gap)
    if response.then == "stall":
        await hang(reader)
    elif response.then == "send":
        writer.write(_chunk(b""))
        await writer.drain()


def _chunk(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
