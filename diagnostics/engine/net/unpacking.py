"""Unpacking a body no further than it is read: 8 kB that were packed twice unpack into gigabytes."""

from __future__ import annotations

import zlib
from typing import Any, Callable, Optional

Unpack = Callable[[bytes, int], bytes]
"""(the next packed bytes, most bytes wanted) -> what they unpack into. Raises ``zlib.error``."""

_GZIP = 16 + zlib.MAX_WBITS


def unpacking(encoding: str) -> Unpack:
    """For the value of ``Content-Encoding``. One layer that was asked for is unpacked; anything else is left as it came."""
    names = [name.strip().lower() for name in encoding.split(",")]
    if names in (["gzip"], ["x-gzip"]):
        return zlib.decompressobj(_GZIP).decompress
    return _Deflate() if names == ["deflate"] else _as_it_came


def _as_it_came(packed: bytes, most: int) -> bytes:
    return packed


class _Deflate:
    """RFC 9110 8.4.1.2: in zlib's wrapping; some servers send it bare, which shows at the first byte."""

    def __init__(self) -> None:
        self._inflater: Optional[Any] = None

    def __call__(self, packed: bytes, most: int) -> bytes:
        if self._inflater is None and packed:
            wrapped = packed[0] & 0x0F == zlib.DEFLATED and packed[0] >> 4 <= zlib.MAX_WBITS - 8
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        return b"" if self._inflater is None else bytes(self._inflater.decompress(packed, most))
