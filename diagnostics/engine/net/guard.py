"""The address guard: what may be connected to, decided on the resolved address right before each connect.

A name says nothing: it may resolve to the cloud's metadata service, and to something else a moment later.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Optional, Union

from diagnostics.engine.net.failures import Failure

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

SETTING = "ALLOWED_NETWORKS"
"""Setting that lets an operator allow a network; a refusal names it."""

_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *(
            "168.63.129.16/32",
            "224.0.0.0/3",
            "::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
        ),
        *("fc00::/7", "fe80::/9", "ff00::/8"),
    )
)
"""IANA special-purpose registries: not globally reachable. fd00:ec2::254 and 169.254.169.254 (metadata) lie within.

168.63.129.16 looks public and is Azure's own service inside every machine there.
"""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


@dataclass(frozen=True)
class Guard:
    """``open()`` on the user's own machine, ``strict(allowed)`` where we probe with somebody else's configuration."""

    is_strict: bool = True
    allowed: tuple[Network, ...] = ()

    @classmethod
    def open(cls) -> Guard:
        """Everything may be reached: it is the user's machine and network."""
        return cls(is_strict=False)

    @classmethod
    def strict(cls, allowed: tuple[str, ...] = ()) -> Guard:
        """Only public addresses, and the networks (CIDR) that the operator allowed."""
        return cls(allowed=tuple(ipaddress.ip_network(network, strict=False) for network in allowed))

    def check(self, address: str) -> None:
        """Raise ``Failure("guard")`` for an address that may not be connected to, or that is none."""
        if not self.is_strict:
            return
        try:
            shown = ipaddress.ip_address(address.split("%", 1)[0])
        except ValueError:
            raise Failure("guard", f"not an address; {SETTING}") from None
        inside = embedded(shown)
        for meant in (shown,) if inside is None else (shown, inside):
            if not self._allows(meant):
                raise Failure("guard", f"{meant}; {SETTING}")

    def _allows(self, address: Address) -> bool:
        if any(address in network for network in self.allowed if network.version == address.version):
            return True
        return not any(address in network for network in _REFUSED if network.version == address.version)


def embedded(address: Address) -> Optional[ipaddress.IPv4Address]:
    """The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 address: packets end there."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None
