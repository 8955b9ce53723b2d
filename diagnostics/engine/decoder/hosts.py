"""Whose a host or address is: a vendor's, this machine's, somebody else's."""

from __future__ import annotations

import fnmatch
import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Optional, Union

from diagnostics.engine import library


def kinds_of(host: str) -> tuple[str, ...]:
    """What a host or address is, first whose it is."""
    name = host.strip("[]").rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or name == "host.docker.internal":
        return ("loopback",)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        vendor = vendor_of(name)
        return ("first_party", "host") if vendor == "anthropic" else ("vendor", "host") if vendor else ("host",)
    kinds = ("ipv6",) if address.version == 6 else ()
    if address.is_loopback:
        return ("loopback", *kinds)
    if address.is_unspecified:
        return ("zero", *kinds)
    if address.version == 4 and address in ipaddress.ip_network("198.18.0.0/15"):
        return ("fake_ip",)
    if any(address in one for one in _own_networks()):  # one of the other version holds it not
        return ("first_party", "public", *kinds)
    documentation = any(name.startswith(begin) for begin in ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))
    return ("private", *kinds) if address.is_private and not documentation else ("public", *kinds)


@lru_cache(maxsize=1)
def _own_networks() -> tuple[Union[ipaddress.IPv4Network, ipaddress.IPv6Network], ...]:
    ranges: Iterable[str] = (
        one for table in library.load().providers.values() for one in table.get("address_ranges", ())
    )
    return tuple(ipaddress.ip_network(one) for one in ranges)


@lru_cache(maxsize=256)
def vendor_of(host: str) -> Optional[str]:
    """The vendor of a host, after the longest pattern that fits."""
    best: tuple[int, Optional[str]] = (0, None)
    for name, table in library.load().providers.items():
        for pattern in table.get("hosts", ()):
            fits = host == pattern or ("*" in pattern and fnmatch.fnmatchcase(host, pattern))
            if fits and len(pattern) > best[0]:
                best = (len(pattern), name)
    return best[1]
