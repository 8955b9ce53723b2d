"""The probe as a person runs it, on a machine whose network is really broken: what loopback cannot show."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from diagnostics.lab import KEY, dns, vendors
from diagnostics.lab.api import api
from tests.lab.namespaces import NEAR, ROOT, ROUTER, Isolated, Probed, isolated

pytestmark = pytest.mark.netns

PROBE_FILE = ROOT / "build" / "probe.pyz"
API, API_V6 = "160.79.104.10", "2607:6bc0::10"
PLATFORM = "160.79.104.11"


def probe(machine: Isolated, *options: str) -> Probed:
    """A run with the practice key; whatever it finds, it ends in time, in order and without a trace of our own."""
    found = machine.probe(*options, environ={"ANTHROPIC_API_KEY": KEY})
    assert "Traceback" not in found.stderr, found.stderr
    assert found.report["run"]["error"] is None
    assert found.seconds < 60  # its own limit is 30
    assert KEY not in str(found.report)
    return found


def shown(found: Probed) -> str:
    """The verdict with its runners-up, for a failing test."""
    verdict = found.report["verdict"]
    return f"{verdict['ranked']} {[(one['probe'], one['status'], one['reason']) for one in found.report['attempts']]}"


def expect(found: Probed, cause: str) -> None:
    """The cause, named with confidence, with evidence that says why."""
    assert found.cause == cause, shown(found)
    assert found.report["verdict"]["confidence"] >= 0.9, shown(found)
    assert found.code == (0 if cause == "healthy" else 1)
    assert found.report["verdict"]["ranked"][0]["because"]


def test_a_healthy_machine_is_healthy_long_before_its_limit() -> None:
    with isolated() as machine:
        found = probe(machine)
        expect(found, "healthy")
        assert found.seconds < 20
        keyed = {one.host for one in machine.lab.seen if one.credentials}
    assert keyed == {"api.anthropic.com"}


@pytest.mark.parametrize(
    "fault", ["", "ip daddr 160.79.104.10 tcp dport 443 drop", "udp dport 53 ip daddr 10.213.0.1 drop"]
)
def test_nobody_is_contacted_whom_the_plan_does_not_name(fault: str) -> None:
    """Every packet that leaves the machine, by the packet filter's own account."""
    with isolated() as machine:
        options = ("-m", "diagnostics.engine", "--plan", "--json", "--public-roots", str(machine.roots))
        planned = json.loads(machine.run(sys.executable, *options, environ={"ANTHROPIC_API_KEY": KEY}).stdout)
        if fault:
            machine.filter(fault)
        machine.note_destinations()
        probe(machine)
        contacted = machine.noted_destinations()
        known = {address: host for host, found in machine.lab.addresses.items() for address in found}
    assert contacted & {API, ROUTER}
    unnamed = [
        one
        for one in contacted
        if not any(known.get(one, one) in planned_one for planned_one in planned["destinations"])
    ]
    assert unnamed == []


def test_silent_witnesses_do_not_hold_up_a_healthy_machine() -> None:
    controls, status, resolvers = "142.250.185.67, 34.107.221.82, 104.16.123.96", "18.66.122.33", "1.1.1.1, 8.8.8.8"
    with isolated(v6={"api.anthropic.com": api()}) as machine:
        machine.filter(f"ip daddr {{ {controls}, {status}, {resolvers} }} drop")
        machine.filter(f"ip6 daddr {API_V6} drop")
        found = probe(machine)
    expect(found, "healthy")
    assert found.seconds < 20, shown(found)
    silent = {"control.hosts", "service.status", "dns.independent"}
    cut = {one["probe"] for one in found.report["attempts"] if one["reason"] == "ended_early"}
    assert {"control.hosts", "service.status"} <= cut  # by itself each waits for eight seconds
    assert silent <= {one["probe"] for one in found.report["verdict"]["not_checked"]}
    assert [one["finding"] for one in found.report["verdict"]["also"]] == ["tcp.v6_dead_beside"]


@pytest.mark.skipif(not PROBE_FILE.exists(), reason="make probe has not been run")
def test_the_single_file_says_the_same_with_nothing_installed() -> None:
    program = (sys.executable, "-I", "-S", str(PROBE_FILE))
    with isolated() as machine:
        assert machine.probe(environ={"ANTHROPIC_API_KEY": KEY}, program=program).cause == "healthy"
        machine.lose_route()
        assert machine.probe(environ={"ANTHROPIC_API_KEY": KEY}, program=program).cause == "no_internet"


@pytest.mark.parametrize("fault", ["lose_route", "lose_link"])
def test_without_a_way_out_it_is_no_internet(fault: str) -> None:
    with isolated() as machine:
        getattr(machine, fault)()
        expect(probe(machine), "no_internet")


def test_when_every_packet_is_dropped_it_is_no_internet_within_the_limit() -> None:
    with isolated() as machine:
        machine.filter("drop")
        expect(probe(machine), "no_internet")


def test_when_only_the_resolver_is_dead_it_is_dns_failure() -> None:
    with isolated() as machine:
        machine.lose_resolver()
        expect(probe(machine), "dns_failure")


@pytest.mark.parametrize(
    "verdict",
    ["drop", "reject with icmpx type admin-prohibited", "reject with tcp reset"],
    ids=["drop", "icmp", "reset"],
)
def test_a_filter_for_the_apis_addresses_is_a_firewall(verdict: str) -> None:
    with isolated() as machine:
        machine.filter(f"ip daddr {{ {API}, {PLATFORM} }} tcp dport 443 {verdict}")
        expect(probe(machine), "firewall_blocked")


def test_dead_ipv6_does_not_stop_a_client_that_falls_back() -> None:
    with isolated(v6={"api.anthropic.com": api()}) as machine:
        machine.filter(f"ip6 daddr {API_V6} drop")
        found = probe(machine)
    assert found.cause in ("healthy", "ipv6_broken"), shown(found)


@pytest.mark.parametrize("word", ["nxdomain", "servfail", "refused"])
def test_when_only_the_machines_resolver_refuses_the_name_it_is_dns_failure(word: str) -> None:
    resolver = dns.resolver({"api.anthropic.com": word, "platform.claude.com": word})
    with isolated({f"{ROUTER}:53": resolver}) as machine:
        expect(probe(machine), "dns_failure")


def test_a_network_that_lets_no_foreign_resolver_through_is_healthy() -> None:
    with isolated() as machine:
        machine.filter("ip daddr { 1.1.1.1, 8.8.8.8 } drop")
        expect(probe(machine), "healthy")


@pytest.mark.parametrize(
    "vanishing",
    [
        lambda machine: machine.filter_back(f"ip saddr {{ {API}, {PLATFORM} }} meta length > 600 drop"),
        lambda machine: machine.filter_back(f"ip saddr {{ {API}, {PLATFORM} }} meta length > 1400 drop"),
        lambda machine: machine.filter(f"ip daddr {{ {API}, {PLATFORM} }} meta length > 1400 drop"),
        lambda machine: [one("meta length > 900 drop") for one in (machine.filter, machine.filter_back)],
    ],
    ids=["certificate", "certificate, just below", "long greeting", "both ways, everywhere"],
)
def test_where_large_packets_vanish_it_is_mtu_blackhole(vanishing: Callable[[Isolated], None]) -> None:
    with isolated() as machine:
        vanishing(machine)
        found = probe(machine)
    expect(found, "mtu_blackhole")
    assert found.report["verdict"]["ranked"][0]["because"][0] == "line.large_packets_vanish"


def test_where_every_packet_but_the_first_vanishes_size_is_not_to_blame() -> None:
    with isolated() as machine:
        machine.filter(f"ip daddr {{ {API}, {PLATFORM} }} tcp flags & (psh | syn) == psh drop")
        expect(probe(machine), "network_unstable")


@pytest.mark.parametrize("whose", [f"{{ {API}, {PLATFORM} }}", "0.0.0.0/0"], ids=["api", "all"])
def test_a_line_that_loses_four_packets_in_ten_is_network_unstable(whose: str) -> None:
    with isolated() as machine:
        machine.filter(f"ip daddr {whose} {losing(40)}")
        machine.filter_back(f"ip saddr {whose} {losing(40)}")
        expect(probe(machine), "network_unstable")


def test_a_line_that_loses_one_packet_in_twenty_is_no_verdict() -> None:
    with isolated() as machine:
        machine.filter(f"ip daddr {API} {losing(5)}")
        machine.filter_back(f"ip saddr {API} {losing(5)}")
        found = probe(machine)
    expect(found, "healthy")
    assert {one["cause"] for one in found.report["verdict"]["also"]} <= {"network_unstable"}


def losing(percent: int) -> str:
    """The end of a filter's rule that drops so many packets, by chance."""
    return f"numgen random mod 100 < {percent} drop"


def trace_of(found: Probed) -> dict[str, object]:
    """What the trace of a run found."""
    return dict(next(one["facts"] for one in found.report["attempts"] if one["probe"] == "tcp.trace"))


def test_a_filter_two_hops_away_is_told_from_one_next_door() -> None:
    with isolated() as machine:
        machine.go_farther()
        assert probe(machine).cause == "healthy"
        machine.filter(f"ip daddr {{ {API}, {PLATFORM} }} drop")
        found = probe(machine)
    expect(found, "firewall_blocked")
    told = trace_of(found)
    assert (told["tcp.trace.hops"], told["tcp.trace.last"], told["tcp.trace.reached"]) == (1, NEAR, False)


def test_who_refuses_says_so_by_address() -> None:
    with isolated() as machine:
        machine.go_farther()
        machine.filter_between(f"ip daddr {{ {API}, {PLATFORM} }} reject with icmp type admin-prohibited")
        found = probe(machine)
    expect(found, "firewall_blocked")
    assert trace_of(found)["tcp.trace.refused_by"] == NEAR
    assert NEAR in str(found.report["findings"])


@pytest.mark.parametrize("address", ["198.18.0.5", "10.20.0.4", "93.184.216.99"], ids=["fake", "inside", "elsewhere"])
def test_an_odd_address_behind_which_the_api_stands_is_healthy(address: str) -> None:
    with isolated({f"{ROUTER}:53": dns.resolver({"api.anthropic.com": (address,)})}) as machine:
        machine.lead(address, API)
        expect(probe(machine), "healthy")


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "146.112.61.106"], ids=["zero", "loopback", "sinkhole"])
def test_an_address_where_the_api_cannot_be_is_dns_hijacked(address: str) -> None:
    with isolated({f"{ROUTER}:53": dns.resolver({"api.anthropic.com": (address,)})}) as machine:
        expect(probe(machine), "dns_hijacked")


def test_a_strange_address_that_nothing_compares_with_is_not_called_filtered() -> None:
    with isolated({f"{ROUTER}:53": dns.resolver({"api.anthropic.com": ("93.184.216.99",)})}) as machine:
        machine.filter("ip daddr { 1.1.1.1, 8.8.8.8 } drop")
        found = probe(machine)
    assert found.cause == "unknown", shown(found)
    assert {"firewall_blocked", "dns_hijacked"} <= set(found.report["verdict"]["undecided"]["candidates"])


def test_where_a_plain_gateways_answers_vanish_it_is_mtu_blackhole() -> None:
    gateway = "93.184.216.0/24"
    with isolated({"llm.corp.example:80": vendors.gateway(tls=None)}) as machine:
        machine.filter(f"ip daddr {gateway} meta length > 600 drop")
        machine.filter_back(f"ip saddr {gateway} meta length > 600 drop")
        found = machine.probe(
            "--base-url", "http://llm.corp.example", "--mode", "print", environ={"ANTHROPIC_API_KEY": KEY + "x" * 600}
        )
    expect(found, "mtu_blackhole")
