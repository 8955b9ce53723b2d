"""One question over one stream: what is read, where it stops, and what is never done."""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib

import pytest

from diagnostics.engine.net import Failure, Guard, Net, NetworkMap, Roots, Route
from diagnostics.engine.net.http import Answer, Request
from diagnostics.engine.records import Origin
from diagnostics.engine.secrets import Secret
from tests.engine.net.conftest import serving

PLACE = Origin("http", "gateway.example", 80)


async def asked(
    raw: bytes, request: Request, limit: float, *, close: bool = True, read: bool = True
) -> tuple[Answer, bytes]:
    """Ask a server that answers with ``raw`` to whatever it is asked."""
    heard = b""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        if read:
            heard = await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        if not close:
            await reader.read()

    async with serving(handle) as place:
        net = Net(Guard.strict(), NetworkMap({(PLACE.host, 80): place}))
        return await net.request(request, Route(Roots().public()), limit), heard


def ask(raw: bytes, request: Request | None = None, limit: float = 2.0, **others: bool) -> tuple[Answer, bytes]:
    return asyncio.run(asked(raw, request or Request("GET", PLACE, "/v1/models?limit=1"), limit, **others))


def answered(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def test_an_answer_is_read_whole_and_without_waiting_for_the_end_of_the_connection() -> None:
    answer, heard = ask(answered(b"hello", "Content-Length: 5", "X-A: 1", "X-A: 2", "Server: Edge"), close=False)
    assert (answer.status, answer.text, answer.headers["x-a"], answer.headers["server"]) == (
        200,
        "hello",
        "1, 2",
        "Edge",
    )
    assert 0 < answer.first_byte_seconds <= answer.total_seconds
    assert heard.startswith(b"GET /v1/models?limit=1 HTTP/1.1\r\n")
    assert b"\r\nHost: gateway.example\r\n" in heard
    assert b"\r\nUser-Agent: troubleshooter/" in heard.replace(b"user-agent", b"User-Agent")
    assert b"ookie" not in heard


def test_a_long_body_is_cut() -> None:
    answer, _ = ask(answered(b"x" * 200_000, "Content-Length: 200000"))
    assert (len(answer.body), answer.cut) == (65536, True)


def test_a_packed_body_is_unpacked_and_a_bomb_is_not() -> None:
    packed = gzip.compress(b'{"a": 1}')
    answer, _ = ask(answered(packed, "Content-Encoding: gzip", f"Content-Length: {len(packed)}"))
    assert answer.text == '{"a": 1}'
    bomb = gzip.compress(b"\0" * 50_000_000)
    answer, _ = ask(answered(bomb, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}"))
    assert (len(answer.body), answer.cut) == (65536, True)


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
def test_deflate_is_unpacked_wrapped_or_bare(wbits: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    packed = packer.compress(b'{"a": 1}') + packer.flush()
    answer, _ = ask(answered(packed, "Content-Encoding: deflate", f"Content-Length: {len(packed)}"))
    assert answer.text == '{"a": 1}'


def test_a_body_packed_more_than_once_is_left_packed() -> None:
    twice = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    answer, _ = ask(answered(twice, "Content-Encoding: gzip, gzip", f"Content-Length: {len(twice)}"))
    assert answer.body == twice


def test_pieces_without_a_length_are_put_together() -> None:
    answer, _ = ask(answered(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))
    assert answer.text == "abcde"


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "http_closed"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "http_garbled"),
        (b"HTTP/1.1 2", "http_closed"),
        (answered(b"half", "Content-Length: 10"), "http_closed"),
        (answered(b"zz\r\n", "Transfer-Encoding: chunked"), "http_garbled"),
        (answered(b"not gzip", "Content-Encoding: gzip", "Content-Length: 8"), "http_garbled"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000 + b"\r\n\r\n", "http_garbled"),
    ],
)
def test_an_answer_that_is_none(raw: bytes, word: str) -> None:
    with pytest.raises(Failure) as failure:
        ask(raw)
    assert failure.value.word == word


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\n", answered(b"half", "Content-Length: 10")])
def test_an_answer_that_never_ends_ends_at_the_limit(raw: bytes) -> None:
    with pytest.raises(Failure) as failure:
        ask(raw, limit=0.3, close=False)
    assert failure.value.word == "http_timeout"


def test_an_answer_that_drips_ends_at_the_limit_too() -> None:
    async def go() -> None:
        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)

        async with serving(drip) as place:
            net = Net(Guard.strict(), NetworkMap({(PLACE.host, 80): place}))
            with pytest.raises(Failure) as failure:
                await asyncio.wait_for(net.request(Request("GET", PLACE, "/"), Route(Roots().public()), 0.3), 1.0)
        assert failure.value.word == "http_timeout"

    asyncio.run(go())


def test_a_server_that_refuses_before_it_has_read_everything_is_heard() -> None:
    request = Request("POST", PLACE, "/v1/messages", body=b"x" * 3_000_000)
    answer, _ = ask(answered(b"", "Content-Length: 0", status="413 Too Large"), request, read=False)
    assert answer.status == 413


def test_credentials_are_opened_only_while_they_are_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Secret(" sk-ant-api03-canary-canary-canary\n")
    request = Request("GET", PLACE, "/", credentials={"x-api-key": secret, "authorization": secret})
    _, heard = ask(answered(b"", "Content-Length: 0"), request)
    assert b"\r\nx-api-key: sk-ant-api03-canary-canary-canary\r\n" in heard
    assert b"\r\nauthorization: Bearer sk-ant-api03-canary-canary-canary\r\n" in heard
    assert "canary-canary" not in repr(request)
    assert "canary-canary" not in caplog.text


def test_a_credential_that_no_header_can_carry_fails_and_says_nothing() -> None:
    request = Request("GET", PLACE, "/", credentials={"x-api-key": Secret("sk-ant-“x”\ncanary")})
    with pytest.raises(Failure) as failure:
        ask(answered(b""), request)
    assert failure.value.word == "internal_error"
    assert "canary" not in repr(failure.value)


def test_no_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    answer, _ = ask(answered(b"", "Content-Length: 0"))
    assert answer.status == 200
