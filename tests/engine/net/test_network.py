"""Connections: the first address that answers wins, TLS within TLS, and what a hang costs."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from diagnostics.engine.net import Failure, Guard, Net, NetworkMap, Roots, Route, routes
from diagnostics.engine.net.network import interleaved
from diagnostics.engine.net.proxy import ProxyAnswer, title_of
from diagnostics.engine.net.tls import TlsStream, _asks_for_certificate
from diagnostics.engine.records import Origin, Proxy
from diagnostics.lab import tcp
from diagnostics.lab.api import api
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import tls
from tests import pace
from tests.engine.net.conftest import serving
from tests.lab.fixtures import Serve

API = Origin("https", "api.anthropic.com", 443)


def test_families_take_turns() -> None:
    assert interleaved(["::1", "::2", "1.1.1.1", "::3"]) == ["::1", "1.1.1.1", "::2", "::3"]
    assert interleaved(["1.1.1.1", "::1", "2.2.2.2"]) == ["1.1.1.1", "::1", "2.2.2.2"]
    assert interleaved(["1.1.1.1"]) == ["1.1.1.1"]


def test_a_dead_address_does_not_hold_the_others(serve: Serve) -> None:
    lab = serve(v6={"api.anthropic.com": tcp.blackhole()})
    net = Net(Guard.strict(), lab.network_map())
    began = time.monotonic()

    async def go() -> str:
        stream = await net.connect(API.host, 443, tuple(reversed(await net.resolve(API.host))), 60.0)
        stream.close()
        return stream.peer

    assert asyncio.run(go()) == "160.79.104.10"
    assert time.monotonic() - began < 20  # its own limit is sixty


def test_when_every_address_fails_each_was_tried() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = taken.getsockname()
        names = NetworkMap({("a.example", 1): place}, answers={"a.example": ("192.0.2.1", "192.0.2.2")})
        told: list[str] = []
        with pytest.raises(Failure) as failure:
            asyncio.run(
                Net(Guard.strict(), names).connect("a.example", 1, (), 2.0, lambda what, detail: told.append(what))
            )
    assert failure.value.word == "connect_refused"
    assert told == []


def test_no_socket_is_left_open_by_attempts_that_lost(serve: Serve) -> None:
    lab = serve()
    names = NetworkMap(
        lab.network_map().places, answers={API.host: tuple(f"160.79.104.{number}" for number in range(1, 9))}
    )

    async def go() -> int:
        net = Net(Guard.strict(), names)
        streams = [await net.connect(API.host, 443, (), 2.0) for _ in range(5)]
        for stream in streams:
            stream.close()
        await asyncio.sleep(0.05)
        return len([task for task in asyncio.all_tasks() if task is not asyncio.current_task()])

    assert asyncio.run(go()) == 0


def test_tls_within_tls_and_what_each_step_tells(serve: Serve) -> None:
    lab = serve({"proxy.example:3128": proxy(tls=tls())})
    net = Net(Guard.strict(), lab.network_map(), Roots(public_pem=lab.public_pem))
    told: list[str] = []

    async def go() -> None:
        route = Route(
            net.roots.public(), Proxy(Origin("https", "proxy.example", 3128), "HTTPS_PROXY"), (), net.roots.public()
        )
        stream = await net.open(API, route, 5.0, lambda what, detail: told.append(what))
        assert isinstance(stream, TlsStream)
        assert (stream.version, len(stream.chain()), stream.ends_in(net.roots.public())) == ("TLSv1.3", 2, True)
        assert stream.seconds > 0
        stream.close()

    asyncio.run(go())
    assert told == ["begins", "connected", "secured", "tunnelled", "secured"]


@pytest.mark.parametrize("service", [tcp.silent(), tcp.blackhole(), api(tls=tls(silent=True))])
def test_a_hang_ends_at_the_limit(serve: Serve, service: tcp.Tcp) -> None:
    lab = serve({"api.anthropic.com": service})
    net = Net(Guard.strict(), lab.network_map(), Roots(public_pem=lab.public_pem))
    began = time.monotonic()
    with pytest.raises(Failure) as failure:
        asyncio.run(net.open(API, Route(net.roots.public()), 0.4))
    assert failure.value.word in ("tls_timeout", "connect_timeout")
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("host", ["a..b", "x" * 300])
def test_a_host_name_that_no_hello_can_carry(host: str) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        return

    async def go() -> None:
        async with serving(hang_up) as place:
            names = NetworkMap({(host, 443): place}, answers={host: ("192.0.2.1",)})
            await Net(Guard.strict(), names).open(Origin("https", host, 443), Route(Roots().public()), 2.0)

    with pytest.raises(Failure) as failure:
        asyncio.run(go())
    assert failure.value.word == "tls_wrong_name"


def test_an_https_proxy_without_a_trust_set_is_never_spoken_to() -> None:
    through = Proxy(Origin("https", "127.0.0.1", 9), "HTTPS_PROXY")
    with pytest.raises(Failure) as failure:
        asyncio.run(Net(Guard.open()).open(API, Route(Roots().public(), through), 1.0))
    assert failure.value.word == "tls_trust_unusable"


@pytest.mark.parametrize(
    ("offered", "schemes"),
    [
        ('Basic realm="a, b"', ("basic",)),
        ('Negotiate, NTLM, Basic realm="Corp"', ("negotiate", "ntlm", "basic")),
        ('Digest realm="x", nonce="abc", qop="auth", Basic realm="y"', ("digest", "basic")),
        ("Negotiate", ("negotiate",)),
        ("", ()),
    ],
)
def test_the_schemes_a_proxy_offers(offered: str, schemes: tuple[str, ...]) -> None:
    assert ProxyAnswer(407, "", {"proxy-authenticate": offered}).schemes == schemes


def test_the_title_of_a_page_else_its_first_words() -> None:
    assert title_of("<html><title> Access\n Denied &amp; logged </title>") == "Access Denied & logged"
    assert title_of("Blocked by policy 17\nmore") == "Blocked by policy 17"
    assert title_of("<style>x</style><h1>Stop</h1>") == "Stop"
    assert title_of("<h1>Stop</h1>\n<SCRIPT src=a>x</script >y") == "Stop"
    assert title_of("load 3 < 4") == "load 3 < 4"


@pytest.mark.parametrize(
    "begins", ["<", "<a ", "<title", "<title>", "<title ", "<script>", "<style ", "<script></script "]
)
def test_a_page_that_ends_nothing_is_read_in_no_time(begins: str) -> None:
    with pace.within(100):
        title_of(begins * (65536 // len(begins)))


def test_a_request_for_a_certificate_is_found_in_a_first_flight() -> None:
    def record(*messages: bytes) -> bytes:
        body = b"".join(messages)
        return b"\x16\x03\x03" + len(body).to_bytes(2, "big") + body

    hello, certificate, request = b"\x02\0\0\x02ab", b"\x0b\0\0\x03abc", b"\x0d\0\0\x01x"
    assert _asks_for_certificate(record(hello, certificate) + record(request))
    assert not _asks_for_certificate(record(hello, certificate))
    assert not _asks_for_certificate(b"\x15\x03\x03\0\x02\x02\x28")
    assert not _asks_for_certificate(record(hello)[:-1])


V4 = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
V6_LO = "00000000000000000000000000000000 00 0 00 0 ffffffff 1 0 00200200 lo\n"


@pytest.mark.parametrize(
    ("v4", "v6", "known"),
    [
        (V4 + "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\n", "", True),
        (V4 + "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", V6_LO, False),
        (V4 + "eth0\t00000000\t010200C0\t0200\t0\t0\t0\t00000000\n", V6_LO, False),
        (V4, "00000000000000000000000000000000 00 0 00 fe80 00000400 1 0 00000003 eth0\n", True),
        (V4, None, False),
        (None, "", None),
    ],
)
def test_the_default_route_as_linux_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, v4: str | None, v6: str | None, known: bool | None
) -> None:
    for name, content in (("_V4", v4), ("_V6", v6)):
        path = tmp_path / name
        if content is not None:
            path.write_text(content)
        monkeypatch.setattr(routes, name, str(path))
    assert routes.default_route() is known
