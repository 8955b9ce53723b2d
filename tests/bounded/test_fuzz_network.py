"""Whatever bytes arrive, in whatever pieces, each reader ends with an answer or with a word for its failure."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Awaitable, Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine.net import certificates, dns_message, http, proxy, socks, tls
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.unpacking import unpacking
from diagnostics.engine.probes import answerer, asking, bodies, control
from diagnostics.engine.records import Origin, Proxy
from diagnostics.engine.secrets import Secret
from diagnostics.engine.vocabulary import ANSWERERS, FAILURES
from diagnostics.lab import certificates as made
from tests.bounded.spiteful import ANY_TEXT, JSON, URL

TARGET = Origin("https", "api.anthropic.com", 443)
_HTTP = st.sampled_from(
    [b"HTTP/1.1 ", b"HTTP/1.0 ", b"200 OK", b"407 X", b"302", b"100", b"204", b"99999", b"\r\n", b"\n", b"\r\n\r\n", b"\n\n", b":", b" "]
    + [b"Content-Length: 5\r\n", b"Content-Length: 99999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n"]
    + [b"Proxy-Authenticate: Basic realm=x, Digest\r\n", b"Location: ", b"Date: ", b"Retry-After: ", b"5\r\nhello\r\n0\r\n\r\n", b"{}"]
    + [b"<title>", b"</title>", b"<script>", b"\x1f\x8b\x08", b"\x05\x00", b"\x05\x02", b"\x00" * 8]
)  # fmt: skip
PIECES = st.lists(st.lists(_HTTP | st.binary(max_size=12), max_size=8).map(b"".join), max_size=8)


class Played:
    """A stream that gives these pieces, then ends."""

    stage, peer, kept = "http", "192.0.2.1", None

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    async def read(self, limit: float, size: int = 65536) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]

    async def write(self, data: bytes, limit: float) -> None:
        return

    def close(self) -> None:
        return


def _ends_in_words(work: Callable[[], Awaitable[object]]) -> object:
    async def bounded() -> object:
        return await asyncio.wait_for(work(), 5)

    try:
        return asyncio.run(bounded())
    except Failure as failure:
        assert failure.word in FAILURES
        assert failure.word != "internal_error"
        return None


@given(PIECES)
def test_a_proxy_s_answer(pieces: list[bytes]) -> None:
    through = Proxy(Origin("http", "proxy", 1), "HTTPS_PROXY", Secret("user"), Secret("pä:ss"))
    _ends_in_words(lambda: proxy.connect(Played(pieces), "api.anthropic.com", 443, through, "x", 1))


@given(PIECES)
def test_a_socks_proxy_s_answer(pieces: list[bytes]) -> None:
    through = Proxy(Origin("socks5", "proxy", 1), "ALL_PROXY", Secret("user"), Secret("word"))
    _ends_in_words(lambda: socks.connect(Played(pieces), "api.anthropic.com", 443, through, 1))


@given(PIECES, st.sampled_from([b"HTTP/1.1 200 OK\r\n", b""]))
def test_a_web_server_s_answer(pieces: list[bytes], start: bytes) -> None:
    async def opened() -> Played:
        return Played([start, *pieces])

    heard = _ends_in_words(lambda: http.exchange(http.Request("GET", TARGET, "/"), opened, "x", 2))
    if isinstance(heard, http.Answer):
        _is_read(heard)


_HEADERS = st.dictionaries(
    st.sampled_from(
        ["server", "via", "date", "location", "retry-after", "content-type", "cf-mitigated", "age", "x-squid-error"]
    ),
    ANY_TEXT | URL,
    max_size=5,
)


@given(st.integers(100, 999), _HEADERS, JSON.map(json.dumps).map(str.encode) | st.binary(max_size=200))
def test_any_answer_has_a_speaker(status: int, headers: dict[str, str], body: bytes) -> None:
    _is_read(http.Answer(status, headers, body, False, 0.1, 0.2))


def _is_read(answer: http.Answer) -> None:
    body = bodies.body_of(answer)
    for vendor, public in ((None, None), ("anthropic", True), ("anthropic", False), ("openai", True)):
        speaker, _ = answerer.who(answer, body, answerer.Place("api.anthropic.com", vendor, public))
        assert speaker in ANSWERERS
    control.is_expected("/cdn-cgi/trace", answer)
    for scheme in ("http", "https"):
        asking._from_headers(answer, Origin(scheme, "api.anthropic.com", 443))


@given(ANY_TEXT)
def test_any_page_has_a_title(page: str) -> None:
    assert "\n" not in proxy.title_of(page)


_ASKED = dns_message.question(7, "api.anthropic.com", dns_message.A)


@given(st.binary(max_size=600), st.sampled_from([b"", _ASKED[:2] + b"\x81\x80\0\1\0\2\0\0\0\0" + _ASKED[12:]]))
def test_any_datagram(data: bytes, start: bytes) -> None:
    try:
        message = dns_message.answer(start + data, 7, "api.anthropic.com", dns_message.A)
    except dns_message.Malformed:
        return
    assert all(address.count(".") == 3 for address in message.addresses)


@given(ANY_TEXT)
def test_any_name_is_asked_or_refused(name: str) -> None:
    try:
        dns_message.question(7, name, dns_message.A)
    except dns_message.Malformed:
        return


@pytest.fixture(scope="module")
def good() -> bytes:
    return made.leaf("api.anthropic.com").certificate.public_bytes(Encoding.DER)


@given(data=st.data())
def test_any_certificate(good: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(good)))
    der = good[:at] + data.draw(st.binary(max_size=8)) + good[at + data.draw(st.integers(0, 8)) :]
    for one in (der, der[at:]):
        try:
            read = certificates.read(one)
        except certificates.Unreadable:
            continue
        read.covers("api.anthropic.com")
        read.valid_at(1e9)
        read.not_after.timestamp()


@given(st.binary(max_size=200))
def test_any_first_flight(heard: bytes) -> None:
    assert tls._asks_for_certificate(heard) in (True, False)


@given(st.sampled_from(["gzip", "deflate", "br", "gzip, gzip", "x-gzip"]), st.lists(st.binary(max_size=50), max_size=5))
def test_any_packed_bytes(encoding: str, pieces: list[bytes]) -> None:
    unpack = unpacking(encoding)
    for piece in pieces:
        try:
            assert len(unpack(piece, 1000)) <= 1000
        except zlib.error:
            return
