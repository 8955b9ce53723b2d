"""HTTP: the one module that imports httpx. One request, one connection of ours, no redirect followed.

httpx builds the request, httpcore speaks HTTP/1.1 over the stream that ``Net`` opened: so the
guard, the map of the
practice range, the trust set and the timings all sit at our own socket.
"""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

import httpcore
import httpx

from diagnostics.engine.net.failures import Failure, classify
from diagnostics.engine.net.tcp import Stream
from diagnostics.engine.net.unpacking import unpacking
from diagnostics.engine.records import Origin
from diagnostics.engine.secrets import Secret

BODY_MOST = 64 * 1024
_SLACK = 0.1  # steps have the limit itself, so that the one that hangs is named; this only stops what has none
_OTHER_SCHEME = re.compile(r"(?:Basic|Digest|Negotiate|NTLM|Token|ApiKey|AWS4-HMAC-SHA256) ", re.IGNORECASE)
_READ_MOST = 8 * 1024  # a few bytes can unpack into a thousand times as many
_HEAD_MOST = 128 * 1024  # bytes before the body begins, provisional answers included; h11 takes 100 kB for one
_PIECES_MOST = 4096  # of a body: one sent in chunks of a byte would keep everybody busy for as long as it is read


@dataclass(frozen=True)
class Request:
    """What to ask. ``path`` begins with a slash.

    ``credentials``: header -> secret, opened only while it is written; ``authorization`` sends it as a bearer token.
    ``last``: the answer is a stream that ends with these bytes. Then an end before them is told in the answer and not raised.
    """

    method: str
    origin: Origin
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    body_most: int = BODY_MOST
    last: bytes = b""

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.origin}{self.path}"


@dataclass(frozen=True)
class Answer:
    """What came back: header names in lower case, repeated ones joined; the body decoded, cut at ``body_most``.

    ``pieces``: seconds since the request had left, and bytes of the body that were there by then. ``broken``: the failure word
    with which a stream ended before its end.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    first_byte_seconds: float
    total_seconds: float
    public: Optional[bool] = (
        None  # its certificate's chain ends in the public roots; None for plain HTTP and where it cannot be told
    )
    pieces: tuple[tuple[float, int], ...] = ()
    broken: str = ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


async def exchange(
    request: Request,
    open_stream: Callable[[], Awaitable[Stream]],
    agent: str,
    limit: float,
    *,
    absolute: bool = False,
    asked: Callable[[], None] = lambda: None,
) -> Answer:
    """Send ``request`` over a fresh stream and read the answer within ``limit`` seconds.

    ``absolute`` writes the whole URL into the request line, as plain HTTP through a proxy needs (RFC 9112 3.2.2);
    ``asked`` is called once the request has left. Raises ``Failure``: from ``open_stream`` as it is, else with an
    ``http_`` word.
    """
    transport = _Transport(open_stream, time.monotonic() + limit, absolute, asked)
    exchanging = asyncio.ensure_future(_exchange(request, transport, agent, limit))
    exchanging.add_done_callback(_retrieve)
    try:
        return await asyncio.wait_for(exchanging, limit + _SLACK)
    except Exception as error:
        raise transport.named(error) from error


def _retrieve(ended: asyncio.Future[Answer]) -> None:
    """Before Python 3.12 one that fails as its waiter is cancelled is heard by nobody, and asyncio complains on stderr."""
    if not ended.cancelled():
        ended.exception()


async def _exchange(request: Request, transport: _Transport, agent: str, limit: float) -> Answer:
    headers = {"user-agent": agent, "accept": "*/*", "accept-encoding": "gzip, deflate", "connection": "close"}
    headers.update({name.lower(): value for name, value in request.headers.items()})
    headers.update({name.lower(): _opened(name, secret) for name, secret in request.credentials.items()})
    started = time.monotonic()
    content = request.body or None
    async with (
        httpx.AsyncClient(transport=transport, trust_env=False, timeout=limit) as client,
        client.stream(request.method, request.url, headers=headers, content=content) as response,
    ):
        reading = _Reading(request, transport)
        await reading.read(response)
        answered = {name.lower(): ", ".join(response.headers.get_list(name)) for name in response.headers}
    took = time.monotonic() - started
    return Answer(
        response.status_code,
        answered,
        reading.body[: request.body_most],
        reading.cut,
        transport.first_byte_seconds,
        took,
        pieces=tuple(reading.pieces),
        broken=reading.broken,
    )


def _opened(name: str, secret: Secret) -> str:
    """A credential as its header carries it; white space around it is in no header value (RFC 9110 5.5)."""
    value = secret.reveal().strip()
    return f"Bearer {value}" if name.lower() == "authorization" and not _OTHER_SCHEME.match(value) else value


class _Reading:
    """The body as it comes: unpacked, bounded, each piece with its time."""

    def __init__(self, request: Request, transport: _Transport) -> None:
        self._most, self._last = request.body_most, request.last
        self._transport = transport
        self.body = b""
        self.cut = False
        self.pieces: list[tuple[float, int]] = []
        self.broken = ""

    async def read(self, response: httpx.Response) -> None:
        """Until its end, or as far as it is wanted."""
        try:
            await self._read(response)
        except Exception as error:
            if not self._last:
                raise
            self.broken = self._transport.named(error).word

    async def _read(self, response: httpx.Response) -> None:
        unpack = unpacking(response.headers.get("content-encoding", ""))
        async for piece in response.aiter_raw():
            try:
                self.body += unpack(piece, self._most + 1 - len(self.body))
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            self.pieces.append((self._transport.seconds, len(self.body)))
            if len(self.body) > self._most or len(self.pieces) >= _PIECES_MOST:
                self.cut = True
                return
            if self._last and self.body.endswith(b"\n") and self._last in self.body:
                return  # some keep the connection open behind it


class _Transport(httpx.AsyncBaseTransport):
    """Lets httpx speak over a stream of ours."""

    def __init__(
        self, open_stream: Callable[[], Awaitable[Stream]], until: float, absolute: bool, asked: Callable[[], None]
    ) -> None:
        self._open, self._until, self._absolute, self._asked = open_stream, until, absolute, asked
        self._wire: Optional[_Wire] = None

    @property
    def first_byte_seconds(self) -> float:
        """From the last byte of the request to the first of the answer."""
        return self._wire.first_byte_seconds if self._wire else 0.0

    @property
    def seconds(self) -> float:
        """Since the request had left."""
        return self._wire.seconds if self._wire else 0.0

    def named(self, error: Exception) -> Failure:
        """The failure an error stands for. An answer that ends too early is cut off rather than garbled."""
        failure = classify(error, "http")
        if failure.word == "http_garbled" and self._wire is not None and self._wire.ended:
            return Failure("http_closed", failure.detail)
        return failure

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._wire = _Wire(await self._open(), self._until, self._asked)
        url = request.url
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, url.port or {"https": 443, "http": 80}[url.scheme])
        target = str(url).encode("ascii") if self._absolute else url.raw_path
        core = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target),
            headers=request.headers.raw,
            content=request.stream,
        )
        answer = await httpcore.AsyncHTTP11Connection(origin=origin, stream=self._wire).handle_async_request(core)
        self._wire.head_is_read()
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, self._wire))

    async def aclose(self) -> None:
        if self._wire is not None:
            await self._wire.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, wire: _Wire) -> None:
        self._answer, self._wire = answer, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._wire.aclose()


class _Wire(httpcore.AsyncNetworkStream):
    """Our stream as httpcore wants one. Time limits are ours: httpcore is given none."""

    def __init__(self, stream: Stream, until: float, asked: Callable[[], None]) -> None:
        self._stream, self._until, self._asked = stream, until, asked
        self._sent = time.monotonic()
        self._first: Optional[float] = None
        self._left_of_head: Optional[int] = _HEAD_MOST
        self.ended = False

    @property
    def first_byte_seconds(self) -> float:
        return (self._first or time.monotonic()) - self._sent

    def head_is_read(self) -> None:
        """What comes from now on is the body, which has its own bounds."""
        self._left_of_head = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._sent

    async def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        data = await self._stream.read(max(0.0, self._until - time.monotonic()), min(max_bytes, _READ_MOST))
        if self._first is None:
            self._first = time.monotonic()
            if not data:  # h11 would only say that the protocol was broken
                raise Failure("http_closed")
        self.ended = not data
        if self._left_of_head is not None:
            self._left_of_head -= len(data)
            if self._left_of_head < 0:
                raise Failure("http_too_large", "headers")
        return data

    async def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:
        try:
            await self._stream.write(buffer, max(0.0, self._until - time.monotonic()))
        except Failure as failure:  # httpcore goes on to read: a server may refuse a request before it has it all
            raise httpcore.WriteError(failure.word) from failure
        self._sent = time.monotonic()
        self._asked()

    async def aclose(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return None
