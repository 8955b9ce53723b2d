"""A healthy internet with distance: the laboratory's servers, each behind a wire that takes its time.

Every byte waits half a round trip on its way, in both directions, so a TLS handshake and a request cost what they cost
on a real line; only the connection itself comes at once, since the kernel answers it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from diagnostics.engine.environment import Asked, Machine, registered
from diagnostics.engine.net import Guard, Net, NetworkMap, Roots
from diagnostics.lab import KEY
from diagnostics.lab.network import Lab, internet
from diagnostics.lab.proxy import proxy
from diagnostics.lab.serving import Listening, Service, Spot, listen

Told = dict[str, Any]
"""What a process needs to reach the laboratory in another one: ``routes``, ``names``, ``public_pem``."""

PROXY = "proxy.far.example:3128"
ROUND_TRIPS = {"1.1.1.1:443": 0.06, "connectivitycheck.gstatic.com": 0.05, "detectportal.firefox.com": 0.05}
"""Seconds, where it is not the usual 0.15."""


@dataclass(frozen=True)
class Far:
    """A service with a wire before it. ``round_trip`` in seconds."""

    service: Service
    round_trip: float

    @property
    def port(self) -> int:
        """The service's own."""
        return self.service.port

    async def open(self, spot: Spot) -> Listening:
        """Start the service on a port of its own, and the wire at the spot."""
        near = await self.service.open(Spot(spot.host, spot.port, spot.world))

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection(*near.address)
            there = asyncio.ensure_future(self._carry(reader, far_writer))
            try:
                await self._carry(far_reader, writer)
            finally:
                there.cancel()
                far_writer.transport.abort()

        front = await listen(spot, handle)
        return Listening(front.address, lambda: (front.close(), near.close()))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each piece arrives half a round trip after it was sent; the next one may be on its way meanwhile."""
        loop = asyncio.get_running_loop()
        while data := await reader.read(65536):
            loop.call_later(self.round_trip / 2, writer.write, data)
        await asyncio.sleep(self.round_trip / 2)
        with contextlib.suppress(OSError):
            writer.write_eof()


def network() -> Lab:
    """The laboratory's internet at a distance, and a near proxy that leads to it; not started."""
    hosts: dict[str, Service] = {
        name: service if name.endswith(":53") else Far(service, ROUND_TRIPS.get(name, 0.15))
        for name, service in internet().items()
    }
    return Lab({**hosts, PROXY: Far(proxy(), 0.01)}, remember=200)


def machine(through_proxy: bool = False) -> Machine:
    """A machine in that network whose client has everything it needs."""
    variables = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_MODEL": "claude-sonnet-5-5"}
    return registered(variables | ({"HTTPS_PROXY": f"http://{PROXY}"} if through_proxy else {}))


def asked() -> Asked:
    """The client whose rules count."""
    return Asked(client="claude-code", mode="interactive")


def net_in(told: Told) -> Net:
    """The network as an engine in that laboratory sees it."""
    places = {(host, port): (address, there) for host, port, address, there in told["routes"]}
    answers = {host: tuple(addresses) for host, addresses in told["names"].items()}
    roots = Roots(public_pem=told["public_pem"], system_files=(), read=lambda path: None)
    return Net(Guard.strict(), NetworkMap(places, answers), roots)


@contextlib.contextmanager
def serving() -> Iterator[Told]:
    """The network in a process of its own, so that its work is not counted as the engine's."""
    command = [sys.executable, "-m", "benchmarks.far"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()  # its word to end


def _serve() -> None:
    with network() as lab:
        routes = [[*place, *address] for place, address in lab.routes().items()]
        print(json.dumps({"routes": routes, "names": lab.names(), "public_pem": lab.public_pem}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
