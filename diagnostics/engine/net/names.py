"""The practice range's map: which hosts stand on loopback, and what a resolver says of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from diagnostics.engine.net import dns
from diagnostics.engine.net.failures import Failure

Place = tuple[str, int]


@dataclass(frozen=True)
class NetworkMap:
    """A world of its own on loopback. The empty map is the real network.

    ``places``: (host or address, port) as the client means it -> (loopback address, port) where it is served. An
    address outranks its host.
    ``answers``: host -> addresses that its resolution shows, default ``160.79.104.10``; ``failures``: host -> failure
    word instead.
    URLs, SNI and Host headers stay the real ones, since the map works at the socket. What it does not hold cannot be
    reached, this machine excepted.
    """

    places: Mapping[Place, Place] = field(default_factory=dict)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    default_answer: tuple[str, ...] = ("160.79.104.10",)

    def __bool__(self) -> bool:
        return bool(self.places or self.answers or self.failures)

    def place(self, host: str, address: str, port: int) -> Optional[Place]:
        """Where to connect instead; None where the real network is meant. ``Failure`` for what is not in the map."""
        if not self:
            return None
        found = self.places.get((address, port)) or self.places.get((host, port))
        if found is None and not _is_this_machine(address):
            raise Failure("network_unreachable", "not on the map")
        return found

    def addresses(self, host: str) -> Optional[tuple[str, ...]]:
        """What resolution shows; None where the system's resolver is meant.

        ``Failure`` with the word given, or for an unknown name.
        """
        if not self or host == "localhost" or dns.literal(host):
            return None
        if host in self.failures:
            raise Failure(self.failures[host], "practice range")
        if host in self.answers:
            return self.answers[host]
        if any(known == host for known, _ in self.places):
            return self.default_answer
        raise Failure("dns_nxdomain", "not on the map")


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
