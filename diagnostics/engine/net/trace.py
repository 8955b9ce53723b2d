"""The way to an address, hop by hop, with connections that may only go so far. Linux tells who stopped them, to everybody.

A packet whose hops run out is reported by the router where that happens. For a connection of one's own the system keeps
such reports with the socket (``IP_RECVERR``), so no privileges are needed, and the packets are the ones that matter: a
filter treats them as it treats the client's.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Any, Optional

AVAILABLE = sys.platform.startswith("linux")
FARTHEST = 24

_RECVERR, _RECVERR_V6 = 11, 25  # linux/in.h and in6.h; Python names them from 3.14 on
_ICMP, _ICMP_V6 = 2, 3  # linux/errqueue.h: who reported
_TIME_EXCEEDED = {(_ICMP, 11), (_ICMP_V6, 3)}
_REFUSALS = {
    _ICMP: {0: "network", 1: "host", 2: "protocol", 3: "port", 9: "prohibited", 10: "prohibited", 13: "prohibited"},
    _ICMP_V6: {0: "network", 1: "prohibited", 3: "host", 4: "port", 5: "prohibited", 6: "prohibited"},
}
_UNREACHABLE = {(_ICMP, 3), (_ICMP_V6, 1)}
_EXTENDED = struct.Struct("=IBBBBII")  # sock_extended_err, the reporter's address follows


@dataclass(frozen=True)
class Hop:
    """What became of a connection that may take ``distance`` hops.

    ``kind``: "passed_on" (its hops ran out at ``address``), "refused" (``address`` says no, ``why`` in a word), "open",
    "reset" (the target's own port said no), "silent".
    """

    distance: int
    kind: str
    address: str = ""
    why: str = ""


async def hop(address: str, port: int, distance: int, limit: float) -> Hop:
    """Try to connect with so many hops, within ``limit`` seconds."""
    v6 = ":" in address
    with socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        if v6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, distance)
            sock.setsockopt(socket.IPPROTO_IPV6, _RECVERR_V6, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, distance)
            sock.setsockopt(socket.IPPROTO_IP, _RECVERR, 1)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sock, (address, port)), limit)
        except asyncio.TimeoutError:
            return Hop(distance, "silent")
        except OSError as error:
            return _reported(sock, distance) or Hop(
                distance, "reset" if isinstance(error, ConnectionRefusedError) else "silent"
            )
        return Hop(distance, "open", address)


def _reported(sock: socket.socket, distance: int) -> Optional[Hop]:
    """Who says why the connection failed, where somebody does."""
    with contextlib.suppress(OSError, struct.error, ValueError):
        _, messages, _, _ = sock.recvmsg(64, 512, socket.MSG_ERRQUEUE)
        for _, kind, data in messages:
            if kind in (_RECVERR, _RECVERR_V6):
                return _read(data, distance)
    return None


def _read(data: bytes, distance: int) -> Optional[Hop]:
    _, origin, icmp, code, _, _, _ = _EXTENDED.unpack_from(data)
    reporter = _address(data[_EXTENDED.size :])
    if (origin, icmp) in _TIME_EXCEEDED:
        return Hop(distance, "passed_on", reporter)
    if (origin, icmp) in _UNREACHABLE:
        return Hop(distance, "refused", reporter, _REFUSALS[origin].get(code, "other"))
    return None


def _address(sockaddr: bytes) -> str:
    family = struct.unpack_from("=H", sockaddr)[0]
    raw: Any = sockaddr[4:8] if family == socket.AF_INET else sockaddr[8:24]
    return str(ipaddress.ip_address(raw))
