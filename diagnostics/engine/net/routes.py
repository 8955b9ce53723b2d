"""How packets would leave this machine: whether by a default route (Linux tells in a file), and from which of its addresses."""

from __future__ import annotations

import socket
from typing import Optional

_UP, _REJECT = 0x0001, 0x0200
_V4, _V6 = "/proc/net/route", "/proc/net/ipv6_route"


def default_route() -> Optional[bool]:
    """True when a default route of either family is up; None where the system does not tell."""
    v4, v6 = _lines(_V4), _lines(_V6)
    if v4 is None:
        return None
    return any(_is_default_v4(line) for line in v4[1:]) or any(_is_default_v6(line) for line in v6 or ())


def source_towards(address: str) -> Optional[str]:
    """The address of this machine that the system would send from; None where no route leads there. Nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((address, 9))  # of a datagram's socket: it only looks the route up
            return str(asking.getsockname()[0]).partition("%")[0]
    except (OSError, ValueError):
        return None


def _lines(path: str) -> Optional[list[list[str]]]:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return [line.split() for line in file.read(1 << 20).splitlines()]
    except OSError:
        return None


def _is_default_v4(line: list[str]) -> bool:
    """Columns: interface, destination, gateway, flags, …, mask (all hexadecimal)."""
    return len(line) > 7 and line[1] == "00000000" and line[7] == "00000000" and _works(line[3])


def _is_default_v6(line: list[str]) -> bool:
    """Columns: destination, its prefix length, …, flags, interface.

    The kernel always keeps a rejecting default on ``lo``.
    """
    return len(line) > 9 and line[0] == "0" * 32 and line[1] == "00" and line[9] != "lo" and _works(line[8])


def _works(flags: str) -> bool:
    return bool(int(flags, 16) & _UP) and not int(flags, 16) & _REJECT
