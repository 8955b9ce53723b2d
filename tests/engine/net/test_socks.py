"""SOCKS5, against a small server that speaks it and one that does not."""

from __future__ import annotations

import asyncio

import pytest

from diagnostics.engine.net import Failure, Guard, Net, NetworkMap, Roots, Route
from diagnostics.engine.net.socks import SocksRefused
from diagnostics.engine.records import Origin, Proxy
from diagnostics.engine.secrets import Secret
from diagnostics.lab.network import Lab
from tests.engine.net.conftest import Handler, serving
from tests.lab.fixtures import Serve

API = Origin("https", "api.anthropic.com", 443)
HEARD: list[tuple[bytes, bytes]] = []


def socks(
    lab: Lab, *, password: bytes | None = None, reply: int = 0, raw: bytes | None = None, kind: int = 1
) -> Handler:
    """A SOCKS5 server before a laboratory. ``raw`` is said in place of everything."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if raw is not None:
            await reader.read(3)
            writer.write(raw)
            await writer.drain()
            return
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 0 if password is None else 2
        writer.write(bytes([5, wanted if wanted in methods else 0xFF]))
        if wanted not in methods:
            return
        if password is not None:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            given = await reader.readexactly((await reader.readexactly(1))[0])
            HEARD.append((user, given))
            writer.write(bytes([1, given != password]))
        *_, length = await reader.readexactly(5)
        host = (await reader.readexactly(length)).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        bound = b"\x04name" if kind == 3 else b"\x7f\0\0\x01"
        writer.write(bytes([5, reply, 0, kind]) + bound + b"\0\0")
        if reply:
            return
        far_reader, far_writer = await asyncio.open_connection(*lab.routes()[host, port])
        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        finally:
            far_writer.close()

    return handle


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes one way until they end."""
    while data := await source.read(65536):
        sink.write(data)
    sink.close()


def open_through(lab: Lab, handle: Handler, origin: Origin = API, user: str = "", limit: float = 2.0) -> str:
    async def go() -> str:
        async with serving(handle) as place:
            net = Net(Guard.strict(), NetworkMap({("socks.example", 1080): place}), Roots(public_pem=lab.public_pem))
            secret = Secret(user) if user else None
            through = Proxy(
                Origin("socks5", "socks.example", 1080), "ALL_PROXY", secret, Secret("s3cret") if user else None
            )
            stream = await net.open(origin, Route(net.roots.public(), through), limit)
            stream.close()
            return getattr(stream, "version", "plain")

    return asyncio.run(go())


@pytest.mark.parametrize("kind", [1, 3])
def test_a_tunnel_to_a_name_that_the_proxy_resolves(serve: Serve, kind: int) -> None:
    lab = serve()
    assert open_through(lab, socks(lab, kind=kind)) == "TLSv1.3"


def test_plain_http_is_tunnelled_too(serve: Serve) -> None:
    lab = serve()
    assert open_through(lab, socks(lab), Origin("http", "connectivitycheck.gstatic.com", 80)) == "plain"


def test_the_password_of_the_url_is_told_when_it_is_asked_for(serve: Serve) -> None:
    HEARD.clear()
    lab = serve()
    assert open_through(lab, socks(lab, password=b"s3cret"), user="anna") == "TLSv1.3"
    assert open_through(lab, socks(lab), user="anna") == "TLSv1.3"
    assert HEARD == [(b"anna", b"s3cret")]


@pytest.mark.parametrize(
    ("options", "user", "reason"),
    [
        ({"reply": 2}, "", "not allowed by its rules"),
        ({"reply": 5}, "", "connection refused"),
        ({"reply": 99}, "", "reply 99"),
        ({"password": b"other"}, "anna", "credentials refused"),
        ({"password": b"other"}, "", "it wants another authentication"),
    ],
)
def test_a_refusal_says_why(serve: Serve, options: dict[str, object], user: str, reason: str) -> None:
    lab = serve()
    with pytest.raises(SocksRefused) as refused:
        open_through(lab, socks(lab, **options), user=user)  # type: ignore[arg-type]
    assert (refused.value.word, refused.value.reason) == ("proxy_refused_tunnel", reason)


@pytest.mark.parametrize(
    ("raw", "word"),
    [(b"", "proxy_closed"), (b"\x05", "proxy_closed"), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "proxy_garbled")],
)
def test_what_is_no_socks_server(serve: Serve, raw: bytes, word: str) -> None:
    lab = serve()
    with pytest.raises(Failure) as failure:
        open_through(lab, socks(lab, raw=raw))
    assert failure.value.word == word


def test_a_socks_server_that_says_nothing(serve: Serve) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(Failure) as failure:
        open_through(serve(), silent, limit=0.3)
    assert failure.value.word == "proxy_timeout"
