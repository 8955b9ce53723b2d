"""What routers report, as the system keeps it with a socket, and what the trace makes of it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct

import pytest

from diagnostics.engine.net import Guard, Net, NetworkMap, trace
from diagnostics.engine.net.trace import Hop
from diagnostics.engine.probes.trace import facts_of

pytestmark = pytest.mark.skipif(not trace.AVAILABLE, reason="only Linux tells")


def report(origin: int, kind: int, code: int, reporter: str) -> bytes:
    """A sock_extended_err with the sockaddr of who sent it."""
    head = struct.pack("=IBBBBII", 113, origin, kind, code, 0, 0, 0)
    address = ipaddress.ip_address(reporter)
    if address.version == 4:
        return head + struct.pack("=HH", socket.AF_INET, 0) + address.packed + b"\0" * 8
    return head + struct.pack("=HHI", socket.AF_INET6, 0, 0) + address.packed + b"\0" * 4


@pytest.mark.parametrize(
    ("told", "hop"),
    [
        (report(2, 11, 0, "10.0.0.1"), Hop(3, "passed_on", "10.0.0.1")),
        (report(3, 3, 0, "2001:db8::1"), Hop(3, "passed_on", "2001:db8::1")),
        (report(2, 3, 13, "10.0.0.9"), Hop(3, "refused", "10.0.0.9", "prohibited")),
        (report(2, 3, 10, "10.0.0.9"), Hop(3, "refused", "10.0.0.9", "prohibited")),
        (report(2, 3, 1, "10.0.0.9"), Hop(3, "refused", "10.0.0.9", "host")),
        (report(2, 3, 2, "10.0.0.9"), Hop(3, "refused", "10.0.0.9", "protocol")),
        (report(3, 1, 1, "fe80::1"), Hop(3, "refused", "fe80::1", "prohibited")),
        (report(2, 3, 77, "10.0.0.9"), Hop(3, "refused", "10.0.0.9", "other")),
        (report(1, 0, 0, "127.0.0.1"), None),
    ],
)
def test_a_report_is_read(told: bytes, hop: Hop | None) -> None:
    assert trace._read(told, 3) == hop


def test_a_way_that_ends_at_a_silent_filter() -> None:
    told = facts_of(
        [Hop(1, "passed_on", "10.0.0.1"), Hop(2, "silent"), Hop(3, "passed_on", "62.1.1.1"), Hop(4, "silent")]
    )
    assert told == {
        "tcp.trace.hops": 3,
        "tcp.trace.first_answered": True,
        "tcp.trace.path": ("10.0.0.1", "62.1.1.1"),
        "tcp.trace.reached": False,
        "tcp.trace.last": "62.1.1.1",
    }


def test_a_way_that_ends_at_who_says_no() -> None:
    told = facts_of([Hop(1, "refused", "10.0.0.1", "prohibited"), Hop(2, "refused", "10.0.0.1", "prohibited")])
    assert (told["tcp.trace.refused_by"], told["tcp.trace.refusal"], told["tcp.trace.refused_at"]) == (
        "10.0.0.1",
        "prohibited",
        1,
    )
    assert told["tcp.trace.hops"] == 0


def test_a_connection_of_ones_own_machine_needs_no_hop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert asyncio.run(Net(Guard.open()).hop("127.0.0.1", port, 1, 1.0)) == Hop(1, "open", "127.0.0.1")
    assert asyncio.run(Net(Guard.open()).hop("127.0.0.1", port, 1, 1.0)) == Hop(1, "reset")


def test_the_practice_range_has_no_hops() -> None:
    net = Net(Guard.open(), NetworkMap(places={("a.example", 443): ("127.0.0.1", 9)}))
    assert asyncio.run(net.hop("160.79.104.10", 443, 1, 1.0)) is None
