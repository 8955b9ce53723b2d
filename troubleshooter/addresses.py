"""Who asks, for telling and for counting."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a proxy its own word, which stands last: what stands before it anybody can write."""
    if settings.BEHIND_PROXY:
        return str(request.headers.get("X-Forwarded-For", "")).rpartition(",")[2].strip()[:64]
    return str(request.META.get("REMOTE_ADDR", ""))


def counted_as(request: HttpRequest) -> str:
    """What is counted in place of the client's address: of IPv6 its network, since whoever has one address has 2**64 of them."""
    return network_of(address_of(request))


def network_of(text: str) -> str:
    """An IPv6 address' first one of its /64, or the IPv4 address that it stands for; what is no address as it is."""
    address = parsed(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False).network_address)
    return text if address is None else str(address)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address that `text` is, or the IPv4 address that it stands for; None for what is no address.

    Some proxies write the port behind it, which is another one for each connection.
    """
    for bare in (text, text.rpartition(":")[0]):
        try:
            address = ip_address(bare.strip("[]").partition("%")[0])
        except ValueError:
            continue
        return getattr(address, "ipv4_mapped", None) or address
    return None
