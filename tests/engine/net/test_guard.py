"""Which addresses a worker refuses: by what the packets would reach, not by how the address is written."""

from __future__ import annotations

import asyncio

import pytest

from diagnostics.engine.net import Failure, Guard, Net, NetworkMap, Roots, Route
from diagnostics.engine.net.guard import SETTING
from diagnostics.engine.records import Origin, Proxy

REFUSED = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.1.1",
    "168.63.129.16", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "2001:db8::1",
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1", "::8.8.8.8",
    "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "64:ff9b:1:a00:0:100:808:808", "2002:7f00:1::", "2002:a00:1::1", "2001:0:1::1",
    "localhost", "", "example.com", "0x7f.1", "2130706433",
]  # fmt: skip
ALLOWED = [
    "160.79.104.10",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2607:6bc0::10",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused_and_the_setting_is_named(address: str) -> None:
    with pytest.raises(Failure) as refusal:
        Guard.strict().check(address)
    assert refusal.value.word == "guard"
    assert SETTING in refusal.value.detail


@pytest.mark.parametrize("address", ALLOWED)
def test_what_is_public_is_let_through(address: str) -> None:
    Guard.strict().check(address)


def test_an_operator_allows_a_network_and_no_more() -> None:
    guard = Guard.strict(("10.20.0.0/16", "::1/128"))
    guard.check("10.20.3.4")
    guard.check("::ffff:10.20.3.4")
    guard.check("::1")
    for address in ("10.21.0.1", "127.0.0.1"):
        with pytest.raises(Failure):
            guard.check(address)


def test_the_users_own_machine_is_open() -> None:
    Guard.open().check("127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_guard_stands_at_the_socket(host: str) -> None:
    net = Net(Guard.strict())
    with pytest.raises(Failure) as refusal:
        asyncio.run(net.connect(host, 9, (), 1.0))
    assert refusal.value.word == "guard"


def test_a_registered_proxy_on_a_private_address_is_refused() -> None:
    net = Net(Guard.strict())
    route = Route(Roots().public(), Proxy(Origin("http", "127.0.0.1", 3128), "HTTPS_PROXY"))
    with pytest.raises(Failure) as refusal:
        asyncio.run(net.open(Origin("https", "api.anthropic.com", 443), route, 1.0))
    assert refusal.value.word == "guard"


def test_a_resolver_on_a_private_address_is_refused() -> None:
    net = Net(Guard.strict())
    for resolver in ("127.0.0.1", "[::1]:5353", "::1", "https://127.0.0.1/dns-query"):
        with pytest.raises(Failure) as refusal:
            asyncio.run(net.ask(resolver, "api.anthropic.com", 1, Route(Roots().public()), 1.0))
        assert refusal.value.word == "guard", resolver


def test_a_name_that_changes_between_two_looks_is_judged_by_the_address_connected_to() -> None:
    """DNS rebinding: what was resolved before does not matter, what is dialled does."""
    with pytest.raises(Failure) as refusal:
        asyncio.run(Net(Guard.strict()).dial("api.anthropic.com", "127.0.0.1", 443, 1.0))
    assert refusal.value.word == "guard"


def test_the_practice_range_passes_by_its_own_map_alone() -> None:
    net = Net(Guard.strict(), NetworkMap({("api.anthropic.com", 443): ("127.0.0.1", 9)}))
    with pytest.raises(Failure) as refused:  # reached, and nobody listens on the discard port
        asyncio.run(net.dial("api.anthropic.com", "160.79.104.10", 443, 1.0))
    assert refused.value.word == "connect_refused"
    with pytest.raises(Failure) as unmapped:
        asyncio.run(net.dial("evil.example", "203.0.113.9", 443, 1.0))
    assert unmapped.value.word == "network_unreachable"
    with pytest.raises(Failure) as own:
        asyncio.run(net.dial("127.0.0.1", "127.0.0.1", 6379, 1.0))
    assert own.value.word == "guard"
