"""A whole internet in two network namespaces: what loopback cannot do, since here packets have a way to get lost.

``home`` is the machine that hurts: one interface, a default route, a resolver. ``world`` is everything beyond its first
hop: it holds the real addresses of the declared hosts, and the packet filter between the two. No wire leads out of the
pair, so a packet for a real address ends in this machine or nowhere.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnostics.lab import dns
from diagnostics.lab.network import Lab
from diagnostics.lab.serving import Service

ROOT = Path(__file__).resolve().parents[2]

HOME, ROUTER, DEAD_RESOLVER = "10.213.0.2", "10.213.0.1", "10.213.0.53"
NEAR = "10.213.0.254"
HOME_V6, ROUTER_V6 = "fd77::2", "fd77::1"

_PREFIX = "tslab"
_RUN, _ETC = Path("/run/netns"), Path("/etc/netns")
_CLONE_NEWNET = 0x40000000
_FILTER = """
    add table inet between
    add chain inet between in { type filter hook input priority 0; }
    add chain inet between out { type filter hook output priority 0; }
"""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Probed:
    """What the probe said: its report (None: it printed none), exit code, standard error and wall time in seconds."""

    report: Any
    code: int
    stderr: str
    seconds: float

    @property
    def cause(self) -> str:
        """The cause it named."""
        return str(self.report["verdict"]["cause"])


class Isolated:
    """A machine and its internet, apart from everything else on this computer. Made by ``isolated()``."""

    def __init__(self, name: str, lab: Lab) -> None:
        self.home, self.world, self.between = f"{name}h", f"{name}w", f"{name}b"
        self.lab = lab
        self._scratch = Path(tempfile.mkdtemp(prefix=_PREFIX))

    # -- faults ----------------------------------------------------------------------------------------------------

    def lose_route(self) -> None:
        """No way beyond the first hop."""
        _ip("-n", self.home, "route", "del", "default")
        _ip("-n", self.home, "-6", "route", "del", "default")

    def lose_link(self) -> None:
        """The cable is out."""
        _ip("-n", self.home, "link", "set", "wan", "down")

    def lose_resolver(self) -> None:
        """The resolver's machine is dead; nothing else is."""
        self.resolve_by(DEAD_RESOLVER)

    def resolve_by(self, server: str) -> None:
        """Write the machine's resolv.conf. The short time-out is what careful admins set; glibc's own is 5 s, twice."""
        _etc(self.home, "resolv.conf", f"nameserver {server}\noptions timeout:2 attempts:1\n")

    def go_farther(self) -> None:
        """Put a router between the machine and its internet: the resolver and all hosts are two hops away."""
        _ip("netns", "add", self.between)
        _ip("-n", self.between, "link", "set", "lo", "up")
        _ip("-n", self.world, "link", "set", "lan", "netns", self.between)
        _ip("-n", self.between, "link", "add", "far", "type", "veth", "peer", "name", "lan", "netns", self.world)
        for name, link, address in (
            (self.between, "lan", f"{NEAR}/24"),
            (self.between, "far", "10.214.0.2/24"),
            (self.world, "lan", "10.214.0.1/24"),
            (self.world, "lo", f"{ROUTER}/32"),
        ):
            _ip("-n", name, "addr", "add", address, "dev", link)
            _ip("-n", name, "link", "set", link, "up")
        _in(self.between, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.proxy_arp=1")
        _ip("-n", self.between, "route", "add", "default", "via", "10.214.0.1")
        _ip("-n", self.between, "route", "add", f"{ROUTER}/32", "via", "10.214.0.1")
        _ip("-n", self.world, "route", "add", f"{HOME}/32", "via", "10.214.0.2")
        _ip("-n", self.home, "route", "replace", "default", "via", NEAR)
        _in(self.between, "nft", _FILTER.replace("hook input", "hook forward"))

    def filter_between(self, rule: str) -> None:
        """A rule of the router's own packet filter."""
        _in(self.between, "nft", f"add rule inet between in {rule}")

    def lead(self, address: str, to: str) -> None:
        """Let another address stand before a host's own, as a local proxy program or a company's own network does."""
        _ip("-n", self.world, "addr", "add", address, "dev", "lo")
        table = "add table ip led; add chain ip led in { type nat hook prerouting priority -100; };"
        _in(self.world, "nft", f"{table} add rule ip led in ip daddr {address} dnat to {to}")

    def filter(self, rule: str) -> None:
        """A rule of the packet filter between machine and world: ``ip daddr 160.79.104.10 tcp dport 443 drop``."""
        _in(self.world, "nft", f"add rule inet between in {rule}")

    def filter_back(self, rule: str) -> None:
        """The same for packets from the world to the machine."""
        _in(self.world, "nft", f"add rule inet between out {rule}")

    def note_destinations(self) -> None:
        """From now on the packet filter remembers every address that a packet is for."""
        for family, kind in (("ip", "ipv4_addr"), ("ip6", "ipv6_addr")):
            _in(
                self.home,
                "nft",
                f"add table {family} noted; add set {family} noted to {{ type {kind}; flags dynamic; }}",
            )
            _in(self.home, "nft", f"add chain {family} noted out {{ type filter hook output priority 0; }}")
            _in(self.home, "nft", f"add rule {family} noted out oifname != lo update @to {{ {family} daddr }}")

    def noted_destinations(self) -> set[str]:
        """Those addresses, but for neighbours that the system itself asks for."""
        found: set[str] = set()
        for family in ("ip", "ip6"):
            shown = subprocess.run(
                ["ip", "netns", "exec", self.home, "nft", "-j", "list", "set", family, "noted", "to"],
                check=True,
                capture_output=True,
                text=True,
            )
            told = [one["set"] for one in json.loads(shown.stdout)["nftables"] if "set" in one]
            found.update(str(address) for address in told[0].get("elem", ()))
        return {address for address in found if not address.startswith("ff")}

    # -- what runs inside ------------------------------------------------------------------------------------------

    def run(
        self, *command: str, environ: Mapping[str, str] | None = None, seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a program on the machine, with its resolver, a home of its own, and nothing of our environment."""
        clean = {"PATH": os.environ["PATH"], "HOME": str(self._scratch), "PYTHONPATH": str(ROOT), **(environ or {})}
        return subprocess.run(
            ["ip", "netns", "exec", self.home, *command],
            env=clean,
            cwd=self._scratch,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def python(self, code: str, *arguments: str) -> str:
        """What a few lines of Python print there."""
        done = self.run(sys.executable, "-c", code, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def roots(self) -> Path:
        """The practice root as a file, for ``--public-roots``."""
        path = self._scratch / "roots.pem"
        path.write_text(self.lab.public_pem)
        return path

    def probe(
        self,
        *options: str,
        environ: Mapping[str, str] | None = None,
        program: tuple[str, ...] = (sys.executable, "-m", "diagnostics.engine"),
    ) -> Probed:
        """Run the probe as a person would, in JSON; the practice root stands for the public ones."""
        began = os.times().elapsed
        done = self.run(*program, "--json", "--public-roots", str(self.roots), *options, environ=environ)
        took = os.times().elapsed - began
        report = json.loads(done.stdout) if done.stdout.strip() else None
        return Probed(report, done.returncode, done.stderr, took)

    # -- life ------------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Both namespaces, the wire between them, addresses, routes, resolver, filter; then the servers."""
        for name in (self.home, self.world):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", self.home, "link", "add", "wan", "type", "veth", "peer", "name", "lan", "netns", self.world)
        self._address(self.home, "wan", HOME, HOME_V6, ROUTER, ROUTER_V6)
        self._address(self.world, "lan", ROUTER, ROUTER_V6)
        for address in sorted({one for found in self.lab.addresses.values() for one in found} - {ROUTER}):
            _ip("-n", self.world, "addr", "add", address, "dev", "lo", *(("nodad",) if ":" in address else ()))
        _in(self.world, "nft", _FILTER)
        self.resolve_by(ROUTER)
        self.lab.start(own_addresses=True, within=lambda: _enter(self.world))

    def _address(self, name: str, link: str, v4: str, v6: str, *gateways: str) -> None:
        _ip("-n", name, "addr", "add", f"{v4}/24", "dev", link)
        _ip("-n", name, "addr", "add", f"{v6}/64", "dev", link, "nodad")
        _ip("-n", name, "link", "set", link, "up")
        for gateway in gateways:
            _ip("-n", name, *(("-6",) if ":" in gateway else ()), "route", "add", "default", "via", gateway)

    def remove(self) -> None:
        """Everything, also what was only half built."""
        self.lab.stop()
        for name in (self.home, self.world, self.between):
            _remove(name)
        shutil.rmtree(self._scratch, ignore_errors=True)


@contextmanager
def isolated(
    hosts: Mapping[str, Service] | None = None, *, v6: Mapping[str, Service] | None = None, country: str = "DE"
) -> Iterator[Isolated]:
    """A machine in an internet of declared hosts, healthy until a fault is made. Needs root, ``ip`` and ``nft``."""
    sweep()
    lab = Lab({f"{ROUTER}:53": dns.resolver(), **(hosts or {})}, v6=v6, country=country)
    made = Isolated(f"{_PREFIX}{os.getpid()}-{next(_numbers)}", lab)
    try:
        made.build()
        yield made
    finally:
        made.remove()


def sweep() -> None:
    """Remove what a killed test run left behind: namespaces whose process is gone."""
    if not _RUN.is_dir():
        return
    for found in _RUN.glob(f"{_PREFIX}*-*"):
        owner = found.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            _remove(found.name)


def _remove(name: str) -> None:
    with suppress(subprocess.CalledProcessError):
        _ip("netns", "del", name)
    shutil.rmtree(_ETC / name, ignore_errors=True)


def _etc(name: str, file: str, content: str) -> None:
    """A file that ``ip netns exec`` lays over the one in /etc."""
    folder = _ETC / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(content)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _in(name: str, *command: str) -> None:
    subprocess.run(["ip", "netns", "exec", name, *command], check=True, capture_output=True)


def _enter(name: str) -> None:
    """Move the calling thread, and the sockets it will open, into a namespace."""
    handle = os.open(_RUN / name, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(handle, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(handle)
