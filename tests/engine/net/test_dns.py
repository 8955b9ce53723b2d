"""Names: a resolver that never comes back, servers that say no, and bytes from strangers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine.net import Failure, Guard, Net, NetworkMap, Roots, Route, dns
from diagnostics.engine.net.dns_message import AAAA, A, Malformed, answer, question
from diagnostics.lab import dns as lab_dns
from tests.lab.fixtures import Serve

NAME = "api.anthropic.com"


def reply(
    kind: int = A, *, rcode: int = 0, number: int = 7, name: str = NAME, records: tuple[dnslib.RR, ...] = ()
) -> bytes:
    header = dnslib.DNSHeader(id=number, qr=1, ra=1, rcode=rcode)
    return bytes(dnslib.DNSRecord(header, q=dnslib.DNSQuestion(name, kind), rr=list(records)).pack())


def test_a_question_is_what_others_read_it_as() -> None:
    read = dnslib.DNSRecord.parse(question(7, NAME, AAAA))
    assert (read.header.id, read.header.rd, str(read.q.qname), read.q.qtype) == (7, 1, NAME + ".", AAAA)


def test_addresses_are_found_behind_aliases_and_compressed_names() -> None:
    records = (
        dnslib.RR(NAME, dnslib.QTYPE.CNAME, rdata=dnslib.CNAME("edge.example."), ttl=60),
        dnslib.RR("edge.example.", dnslib.QTYPE.A, rdata=dnslib.A("160.79.104.10"), ttl=60),
        dnslib.RR("edge.example.", dnslib.QTYPE.A, rdata=dnslib.A("160.79.104.11"), ttl=60),
    )
    assert answer(reply(records=records), 7, NAME, A).addresses == ("160.79.104.10", "160.79.104.11")


def test_an_answer_in_other_letters_is_the_same_name() -> None:
    assert answer(reply(name=NAME.upper()), 7, NAME, A).addresses == ()


@pytest.mark.parametrize(
    "data",
    [
        reply(number=8),
        reply(name="evil.example"),
        reply(kind=AAAA),
        question(7, NAME, A),
        b"",
        b"\0" * 12,
        reply()[:-3],
    ],
    ids=["number", "name", "kind", "no-answer", "empty", "zeros", "short"],
)
def test_what_is_not_the_answer_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        answer(data, 7, NAME, A)


@given(st.binary(max_size=300))
def test_no_bytes_of_a_stranger_break_it(tail: bytes) -> None:
    head = reply()
    head = head[:6] + b"\xff\xff" + head[8:]  # claims 65,535 answers
    with contextlib.suppress(Malformed):
        answer(head + tail, 7, NAME, A)


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".com", ".".join(["abcdefgh"] * 40)])
def test_a_name_that_no_question_can_carry(name: str) -> None:
    with pytest.raises(Malformed):
        question(1, name, A)


def ask(
    serve: Serve, says: tuple[str, ...] | str, limit: float = 1.0, kind: int = A, resolver: str = "9.9.9.9"
) -> tuple[str, ...]:
    lab = serve({"9.9.9.9:53": lab_dns.resolver({NAME: says}), "9.9.9.9:443": lab_dns.doh({NAME: says})})
    net = Net(Guard.strict(), lab.network_map(), Roots(public_pem=lab.public_pem))
    return asyncio.run(net.ask(resolver, NAME, kind, Route(net.roots.public()), limit)).addresses


@pytest.mark.parametrize("resolver", ["9.9.9.9", "9.9.9.9:53", "https://9.9.9.9/dns-query"])
def test_a_resolver_is_asked_by_udp_and_over_https(serve: Serve, resolver: str) -> None:
    assert ask(serve, ("160.79.104.10",), resolver=resolver) == ("160.79.104.10",)
    assert ask(serve, ("160.79.104.10",), kind=AAAA, resolver=resolver) == ()


@pytest.mark.parametrize("resolver", ["9.9.9.9", "https://9.9.9.9/dns-query"])
@pytest.mark.parametrize(
    ("says", "word"), [("nxdomain", "dns_nxdomain"), ("servfail", "dns_servfail"), ("refused", "dns_refused")]
)
def test_a_resolver_that_says_no(serve: Serve, says: str, word: str, resolver: str) -> None:
    with pytest.raises(Failure) as refusal:
        ask(serve, says, resolver=resolver)
    assert refusal.value.word == word


def test_a_resolver_that_says_nothing(serve: Serve) -> None:
    with pytest.raises(Failure) as silence:
        ask(serve, "silent", limit=0.2)
    assert silence.value.word == "dns_timeout"


def test_a_resolver_that_is_not_there() -> None:
    """The system tells by an ICMP message that nothing listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(Failure) as refusal:
        asyncio.run(Net(Guard.open()).ask(f"127.0.0.1:{port}", NAME, A, Route(Roots().public()), 1.0))
    assert refusal.value.word == "dns_unreachable"


def test_what_the_system_says_of_its_own_name() -> None:
    assert "127.0.0.1" in asyncio.run(Net(Guard.open()).resolve("localhost"))
    assert asyncio.run(Net(Guard.open()).resolve("::1")) == ("::1",)


def test_a_name_that_cannot_be_one() -> None:
    for name in ("a..b", "x" * 64 + ".com"):
        with pytest.raises(Failure) as refusal:
            asyncio.run(dns.system(name, 2.0))
        assert refusal.value.word == "dns_nxdomain"


STUCK = """
import asyncio, socket, sys, time
socket.getaddrinfo = lambda *_, **__: time.sleep(600)
from diagnostics.engine.net import Failure, Guard, Net
async def go():
    try:
        await Net(Guard.open()).resolve("api.anthropic.com", 0.3)
    except Failure as failure:
        print(failure.word)
asyncio.run(go())
"""


def test_a_stuck_resolver_does_not_hold_the_process() -> None:
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", STUCK], cwd=root, capture_output=True, text=True, timeout=90, check=True
    )
    assert done.stdout.split() == ["dns_timeout"]


def test_a_host_is_looked_up_once_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = socket.getaddrinfo

    def counting(host: str, *args: object, **kwargs: object) -> object:
        calls.append(host)
        return real(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", counting)

    async def go() -> None:
        net = Net(Guard.open())
        await asyncio.gather(*(net.resolve("localhost") for _ in range(5)))

    asyncio.run(go())
    assert calls == ["localhost"]


def test_the_practice_range_answers_for_its_own_names() -> None:
    names = NetworkMap(
        {("api.anthropic.com", 443): ("127.0.0.1", 9)},
        answers={"proxy.example": ("10.0.0.9",)},
        failures={"gone.example": "dns_servfail"},
    )
    net = Net(Guard.strict(), names)
    assert asyncio.run(net.resolve("api.anthropic.com")) == ("160.79.104.10",)
    assert asyncio.run(net.resolve("proxy.example")) == ("10.0.0.9",)
    for host, word in (("gone.example", "dns_servfail"), ("elsewhere.example", "dns_nxdomain")):
        with pytest.raises(Failure) as refusal:
            asyncio.run(net.resolve(host))
        assert refusal.value.word == word


def test_configured_servers_and_hosts_are_read_as_the_c_library_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "# none\nsearch corp.example\nnameserver 10.0.0.53\nnameserver\nnameserver fe80::1%eth0\nnameserver x\n"
    )
    monkeypatch.setattr(dns, "RESOLV_CONF", str(conf))
    assert dns.servers() == ("10.0.0.53", "fe80::1%eth0")
    conf.unlink()
    assert dns.servers() == ("127.0.0.1",)
    assert dns.in_hosts_file("localhost") is True
    assert dns.in_hosts_file(NAME) is False


def test_what_the_servers_say_replaces_a_vague_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """glibc says EAI_AGAIN whatever went wrong; the server it asked is asked once more, and its own word counts."""

    async def refusing(server: str, port: int, name: str, kind: int, limit: float) -> object:
        raise Failure("dns_refused", "rcode 5")

    def again(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_AGAIN, "x")

    monkeypatch.setattr(dns, "servers", lambda: ("192.0.2.53",))
    monkeypatch.setattr(dns, "ask", refusing)
    monkeypatch.setattr(socket, "getaddrinfo", again)
    with pytest.raises(Failure) as told:
        asyncio.run(Net(Guard.open()).resolve(NAME))
    assert told.value.word == "dns_refused"
    assert threading.active_count() < 50


def test_a_datagram_that_is_lost_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "_RESEND", 0.05)
    heard: list[bytes] = []

    class Forgetful(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            heard.append(data)
            if len(heard) == 3:
                number = int.from_bytes(data[:2], "big")
                self.transport.sendto(reply(number=number), addr)  # type: ignore[attr-defined]

    async def go() -> object:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Forgetful, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        try:
            return (await dns.ask("127.0.0.1", port, NAME, A, 2.0)).addresses
        finally:
            transport.close()

    assert asyncio.run(go()) == ()
    assert len(heard) == 3
