"""The namespace floor, judged by plain sockets on the machine that hurts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.lab.api import api
from tests.lab import namespaces
from tests.lab.namespaces import DEAD_RESOLVER, Isolated, isolated

pytestmark = pytest.mark.netns

API, API_V6 = "160.79.104.10", "2607:6bc0::10"

# What became of a connection: "open", or the name of the error.
CONNECT = """
import errno, socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 1.5).close()
    print("open")
except TimeoutError:
    print("timeout")
except socket.gaierror as error:
    print(error.errno == socket.EAI_AGAIN and "EAI_AGAIN" or error)
except OSError as error:
    print(errno.errorcode.get(error.errno, error))
"""

# The first-run address over TLS, with the practice root: its body, or the type of the error.
HELLO = """
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
try:
    with socket.create_connection(("api.anthropic.com", 443), 3) as sock:
        with context.wrap_socket(sock, server_hostname="api.anthropic.com") as secured:
            secured.sendall(b"GET /api/hello HTTP/1.1\\r\\nHost: api.anthropic.com\\r\\nConnection: close\\r\\n\\r\\n")
            print(b"".join(iter(lambda: secured.recv(4096), b"")).decode().rpartition("\\n")[2])
except Exception as error:
    print(type(error).__name__)
"""


@pytest.fixture
def machine() -> Iterator[Isolated]:
    with isolated() as made:
        yield made


def connect(machine: Isolated, host: str, port: int = 443) -> str:
    return machine.python(CONNECT, host, str(port))


def test_a_healthy_machine_reaches_the_api_by_its_real_name(machine: Isolated) -> None:
    assert machine.python(HELLO, str(machine.roots)) == '{"message":"hello"}'
    assert [one.target for one in machine.lab.seen] == ["/api/hello"]


def test_no_wire_leads_out(machine: Isolated) -> None:
    links = machine.run("ip", "-o", "link").stdout.splitlines()
    assert [line.split(": ")[1].partition("@")[0] for line in links] == ["lo", "wan"]
    assert connect(machine, "198.51.100.7") == "timeout"


def test_without_a_route_nothing_is_reachable(machine: Isolated) -> None:
    machine.lose_route()
    assert connect(machine, API) == "ENETUNREACH"
    assert connect(machine, API_V6) == "ENETUNREACH"


def test_without_a_link_nothing_is_reachable(machine: Isolated) -> None:
    machine.lose_link()
    assert connect(machine, API) == "ENETUNREACH"


def test_only_the_resolver_is_dead(machine: Isolated) -> None:
    machine.lose_resolver()
    assert connect(machine, "api.anthropic.com") == "EAI_AGAIN"
    assert connect(machine, API) == "open"
    assert DEAD_RESOLVER in machine.run("cat", "/etc/resolv.conf").stdout
    assert DEAD_RESOLVER not in Path("/etc/resolv.conf").read_text()


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("drop", "timeout"),
        ("reject with icmpx type admin-prohibited", "EHOSTUNREACH"),
        ("reject with icmpx type port-unreachable", "ECONNREFUSED"),
        ("reject with tcp reset", "ECONNREFUSED"),
    ],
)
def test_a_filter_stops_one_address_and_no_other(machine: Isolated, verdict: str, expected: str) -> None:
    machine.filter(f"ip daddr {API} tcp dport 443 {verdict}")
    assert connect(machine, API) == expected
    assert connect(machine, "www.cloudflare.com") == "open"


def test_ipv6_is_dead_while_ipv4_lives() -> None:
    with isolated(v6={"api.anthropic.com": api()}) as machine:
        assert connect(machine, API_V6) == "open"
        machine.filter(f"ip6 daddr {API_V6} drop")
        assert connect(machine, API_V6) == "timeout"
        assert connect(machine, API) == "open"


def test_large_packets_vanish_in_a_tunnel(machine: Isolated) -> None:
    machine.filter_back("meta length > 600 drop")
    assert connect(machine, API) == "open"
    assert machine.python(HELLO, str(machine.roots)) == "TimeoutError"


def test_it_is_gone_afterwards() -> None:
    with isolated() as machine:
        names = {machine.home, machine.world}
        assert names <= _names()
    assert not names & _names()
    assert not (Path("/etc/netns") / machine.home).exists()


def test_what_a_killed_run_left_is_swept() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = f"tslab{ended.pid}-1h"
    mine = f"tslab{os.getpid()}-999h"
    for name in (left, mine):
        subprocess.run(["ip", "netns", "add", name], check=True)
    namespaces.sweep()
    assert left not in _names()
    assert mine in _names()
    subprocess.run(["ip", "netns", "del", mine], check=True)


def _names() -> set[str]:
    return {found.name for found in Path("/run/netns").iterdir()}
