"""What the system itself knows of a connection, where it tells: lost packets, sizes. Linux tells, others do not."""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass
from typing import Optional

# struct tcp_info (linux/tcp.h): eight one-byte fields, then 32-bit ones; new kernels only add at its end.
_BYTES, _SENT_SEGMENT, _UNACKED, _PATH_MTU, _RETRANSMITTED = 8, 2, 4, 13, 23
_WORDS = _RETRANSMITTED + 1

CAN_KEEP_SMALL = hasattr(socket, "TCP_MAXSEG") and sys.platform != "win32"
"""Whether a connection's packets can be kept small here. Windows has the setting and lets nobody set it."""
HOLDS_BOTH_WAYS = sys.platform.startswith("linux")
"""Whether the limit is announced to the far end, too: elsewhere it may hold for what is sent alone."""


@dataclass(frozen=True)
class Kept:
    """``retransmitted`` packets since the connection began, ``unacknowledged`` ones now, sizes in bytes."""

    retransmitted: int
    unacknowledged: int
    segment: int
    path_mtu: int


def kept(sock: socket.socket) -> Optional[Kept]:
    """The system's account of a connection; None where it keeps none or does not tell."""
    if not sys.platform.startswith("linux"):
        return None
    size = _BYTES + 4 * _WORDS
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
    except (OSError, AttributeError):
        return None
    if len(told) < size:
        return None
    words = struct.unpack_from(f"={_WORDS}I", told, _BYTES)
    return Kept(words[_RETRANSMITTED], words[_UNACKED], words[_SENT_SEGMENT], words[_PATH_MTU])


def keep_small(sock: socket.socket, segment: int) -> None:
    """Before connecting: no packet of this connection may carry more than ``segment`` bytes. OSError where it cannot be."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
