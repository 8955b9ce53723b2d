"""Servers that mean harm, or are broken beyond reason: endless, huge, slow, garbled, or lying to whoever shows their words.

    with Lab({"api.anthropic.com": hostile.web("endless_headers")}) as lab:
        ...

Each goes on until its client leaves. ``WEB``, ``PROXIES``, ``TLS`` and ``RESOLVERS`` name what there is.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from diagnostics.lab.serving import Listening, Spot, listen
from diagnostics.lab.tls import HEALTHY, Tls

Talk = Callable[[bytes], AsyncIterator[bytes]]
"""(the request's head) -> pieces of the answer, each sent when the one before has left."""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
STEERING = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eEVIL\u202c\u2066\x00\r\n\x08\u2028\ud800\ufeff<script>alert(1)</script>"
"""What clears a screen, sets a title, turns a line around, ends a text, or runs in a page."""
_MEGABYTE = b"\0" * (1 << 20)


async def _times(piece: bytes, wait: float = 0.0) -> AsyncIterator[bytes]:
    while True:
        yield piece
        if wait:
            await asyncio.sleep(wait)


async def _after(head: bytes, piece: bytes, wait: float = 0.0) -> AsyncIterator[bytes]:
    yield head
    async for one in _times(piece, wait):
        yield one


async def _once(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


async def _slowly(whole: bytes, wait: float = 0.05) -> AsyncIterator[bytes]:
    for at in range(len(whole)):
        yield whole[at : at + 1]
        await asyncio.sleep(wait)
    async for one in _times(b" ", wait):
        yield one


async def _gigabyte() -> AsyncIterator[bytes]:
    yield OK + b"Content-Length: 1073741824\r\n\r\n"
    for _ in range(1024):
        yield _MEGABYTE


async def _bomb(encoding: bytes, form: int) -> AsyncIterator[bytes]:
    """Ten gigabytes of zeros, packed a thousandfold as they are sent."""
    yield OK + b"Content-Encoding: " + encoding + b"\r\n\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, form)
    for _ in range(10_240):
        yield packer.compress(_MEGABYTE)


async def _redirect(head: bytes) -> AsyncIterator[bytes]:
    target = head.partition(b" ")[2].partition(b" ")[0][:2000]
    yield b"HTTP/1.1 302 Found\r\nLocation: " + target + b"x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def _said(status: int, body: object, headers: str = "") -> bytes:
    packed = json.dumps(body).encode("utf-8", "surrogatepass")
    return (
        f"HTTP/1.1 {status} X\r\nContent-Length: {len(packed)}\r\n{headers}\r\n".encode("latin-1", "replace") + packed
    )


def _steering() -> bytes:
    """An error whose every word steers a terminal, in the body and in the headers."""
    written = "".join(one for one in STEERING if one not in "\r\n\0")
    error = {"type": "error", "error": {"type": STEERING, "message": STEERING * 50}, "request_id": STEERING}
    return _said(401, error, f"Server: {written}\r\nVia: {written}\r\nrequest-id: {written}\r\nretry-after: 9e99\r\n")


def _page() -> bytes:
    body = ("<html><title>" + STEERING * 100).encode("utf-8", "surrogatepass")
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + body


WEB: Mapping[str, Talk] = {
    "slow_bytes": lambda _: _slowly(OK + b"Content-Length: 100\r\n\r\n{"),
    "endless_headers": lambda _: _after(OK, b"X-Flood: " + b"y" * 1000 + b"\r\n"),
    "endless_line": lambda _: _after(OK + b"X-Line: ", b"y" * 65536),
    "slow_headers": lambda _: _after(OK, b"X-Slow: 1\r\n", 0.1),
    "endless_body": lambda _: _after(OK + b"\r\n", _MEGABYTE),
    "gigabyte": lambda _: _gigabyte(),
    "endless_chunks": lambda _: _after(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "huge_chunk": lambda _: _after(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", _MEGABYTE),
    "endless_chunk_size": lambda _: _after(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
    "endless_trailers": lambda _: _after(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-T: y\r\n"),
    "gzip_bomb": lambda _: _bomb(b"gzip", 16 + zlib.MAX_WBITS),
    "deflate_bomb": lambda _: _bomb(b"deflate", zlib.MAX_WBITS),
    "foreign_encodings": lambda _: _after(OK + b"Content-Encoding: br, gzip, zstd, " + b"x, " * 9000 + b"\r\n\r\n", b"\xff" * 999),
    "broken_gzip": lambda _: _once(OK + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\n\x1f\x8b\x08\0garb"),
    "redirect_loop": _redirect,
    "endless_1xx": lambda _: _times(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early_hints": lambda _: _times(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 0.05),
    "switching": lambda _: _after(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b"\0" * 999),
    "no_headers": lambda _: _once(b"HTTP/1.1 200 OK\r\n\r\n"),
    "http_0_9": lambda _: _once(b"<html>hello</html>"),
    "http_2": lambda _: _after(b"\0\0\0\4\0\0\0\0\0", b"\0\0\x08\x06\0\0\0\0\0abcdefgh"),
    "odd_status": lambda _: _once(b"HTTP/1.1 999999999999 \xff\xfe\r\n\r\n"),
    "two_lengths": lambda _: _once(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
    "negative_length": lambda _: _once(OK + b"Content-Length: -1\r\n\r\n{}"),
    "nul_header": lambda _: _once(OK + b"X-\0: \0\r\nDate: \0\r\n\r\n{}"),
    "old_date": lambda _: _once(OK + b"Date: Mon, 99 Foo 99999 99:99:99 GMT\r\nContent-Length: 2\r\n\r\n{}"),
    "far_date": lambda _: _once(OK + b"Date: Fri, 31 Dec 9999 23:59:59 -2359\r\nContent-Length: 2\r\n\r\n{}"),
    "deep_json": lambda _: _once(OK + b"\r\n" + b'{"data":' * 7000),
    "deep_array": lambda _: _once(OK + b"Content-Length: 60000\r\n\r\n" + b"[" * 30000 + b"]" * 30000),
    "huge_number": lambda _: _once(OK + b"\r\n" + b'{"input_tokens":' + b"9" * 60000 + b"}"),
    "infinity": lambda _: _once(OK + b"\r\n" + b'{"input_tokens": 1e999, "data": NaN, "error": {"type": -Infinity}}'),
    "wrong_types": lambda _: _once(_said(400, {"error": {"type": [], "message": {}, "code": {}, "details": []}, "data": {"id": 1}})),
    "odd_list": lambda _: _once(_said(200, {"data": [None, 1, {"id": {}}], "has_more": [], "components": [[]], "incidents": [{"components": 1}]})),
    "steering": lambda _: _once(_steering()),
    "page": lambda _: _once(_page()),
    "bad_utf8": lambda _: _once(OK + b"Content-Length: 400\r\n\r\n" + b"\xff\xfe\xed\xa0\x80" * 80),
    "nothing": lambda _: _once(b""),
}  # fmt: skip
"""What a web server can do to a request."""

TUNNEL = b"HTTP/1.1 200 Connection established\r\n"
PROXIES: Mapping[str, Talk] = {
    "tunnel_of_garbage": lambda _: _after(TUNNEL + b"\r\n", b"\xde\xad\xbe\xef" * 4096),
    "tunnel_of_silence": lambda _: _after(TUNNEL + b"\r\n", b"", 0.1),
    "tunnel_headers": lambda _: _after(TUNNEL, b"X-Flood: yyyyyyyyyyyyyyyyyyyyyyyy\r\n"),
    "slow_answer": lambda _: _slowly(TUNNEL),
    "endless_refusal": lambda _: _after(b"HTTP/1.1 403 No\r\n\r\n<title>", b"x" * 65536),
    "slow_refusal": lambda _: _slowly(b"HTTP/1.1 403 No\r\n\r\n", 0.02),
    "endless_challenges": lambda _: _once(b"HTTP/1.1 407 X\r\nProxy-Authenticate: " + b"Basic, " * 9000 + b"\r\n\r\n"),
    "odd_challenges": lambda _: _once(
        b"HTTP/1.1 407 X\r\n" + b'Proxy-Authenticate: "=,,\xff\0 a=b\r\n' * 500 + b"\r\n"
    ),
    "steering_refusal": lambda _: _once(
        b"HTTP/1.1 403 \x1b[2J\x9b31m\r\nServer: \x1b]0;x\x07\r\nX-Squid-Error: \x1b[31m\r\nContent-Length: 900\r\n\r\n"
        + ("<title>" + STEERING * 9).encode("utf-8", "surrogatepass")
    ),
    "spaces": lambda _: _times(b"HTTP/1.1 " + b" " * 4096),
    "endless_1xx": lambda _: _times(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "socks_garbage": lambda _: _times(b"\x04\xff\x00\x07\x03\xff"),
    "socks_slow": lambda _: _after(b"\x05\x00\x05\x00\x00\x03\xff", b"x", 0.05),
    "socks_methods": lambda _: _times(b"\x05\x02\x01\x00"),
}
"""What a proxy can do to CONNECT, or to a SOCKS greeting."""

IN_PLACE_OF_TLS: Mapping[str, Talk] = {
    "records_of_garbage": lambda _: _times(b"\x16\x03\x03\x40\x00" + b"\x0b" * 16384),
    "empty_records": lambda _: _times(b"\x16\x03\x03\x00\x00"),
    "half_a_record": lambda _: _after(b"\x16\x03\x03\x20\x00\x02", b"", 0.1),
    "huge_hello": lambda _: _after(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff", b"\0" * 16384),
    "endless_warnings": lambda _: _times(b"\x15\x03\x03\x00\x02\x01\x5a"),
    "slow_records": lambda _: _slowly(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384, 0.02),
    "banner": lambda _: _times(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
}  # fmt: skip
"""What can come in place of a server's part of the handshake."""


@dataclass(frozen=True)
class Hostile:
    """Answers every connection, once its client has spoken, in one way."""

    talk: Talk
    tls: Tls | None
    port: int

    async def open(self, spot: Spot) -> Listening:
        """Serve until the client leaves."""

        return await listen(spot, self._talk, self.tls)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(65536)
        async for piece in self.talk(head):
            writer.write(piece)
            await writer.drain()
            if reader.at_eof():
                return
            await asyncio.sleep(0)  # others are served too
        await writer.drain()


def web(name: str, tls: Tls | None = HEALTHY) -> Hostile:
    """A web server of ``WEB``, behind TLS or (None) in the clear."""
    return Hostile(WEB[name], tls, 443 if tls else 80)


def proxy(name: str) -> Hostile:
    """A proxy of ``PROXIES``."""
    return Hostile(PROXIES[name], None, 3128)


def in_place_of_tls(name: str) -> Hostile:
    """Something of ``IN_PLACE_OF_TLS`` on a TLS port."""
    return Hostile(IN_PLACE_OF_TLS[name], None, 443)
