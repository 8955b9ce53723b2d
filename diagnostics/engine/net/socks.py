"""SOCKS5 (RFC 1928, RFC 1929): a tunnel through the kind of proxy that local proxy programs offer.

The host's name is handed on and resolved by the proxy, as httpx does for ``socks5://`` and ``socks5h://`` alike.
"""

from __future__ import annotations

import time

from diagnostics.engine.disguises import octets
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.tcp import Stream
from diagnostics.engine.records import Proxy

_VERSION, _NO_AUTHENTICATION, _PASSWORD, _NOTHING_OFFERED = 5, 0, 2, 0xFF
_ADDRESS_LENGTHS = {1: 4, 4: 16}  # by address type; a name (3) says its own
_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}


class SocksRefused(Failure):
    """The proxy answered, and not with a tunnel; ``reason`` in words."""

    def __init__(self, reason: str) -> None:
        super().__init__("proxy_refused_tunnel", reason)
        self.reason = reason


class _Talk:
    """Reads a SOCKS server's answers by their exact lengths."""

    def __init__(self, stream: Stream, limit: float) -> None:
        self._stream, self._until = stream, time.monotonic() + limit
        self._held = b""

    async def say(self, data: bytes) -> None:
        await self._stream.write(data, self._left())

    async def hear(self, length: int) -> bytes:
        while len(self._held) < length:
            data = await self._stream.read(self._left(), length - len(self._held))
            if not data:
                raise Failure("proxy_closed")
            self._held += data
        heard, self._held = self._held[:length], self._held[length:]
        return heard

    def _left(self) -> float:
        return max(0.0, self._until - time.monotonic())


async def connect(stream: Stream, host: str, port: int, proxy: Proxy, limit: float) -> None:
    """Ask for a tunnel to ``host:port``; ``SocksRefused`` when the proxy says no, other failures when it says nothing."""
    stream.stage = "proxy"
    talk = _Talk(stream, limit)
    await _authenticate(talk, proxy)
    name = _carried(host)
    await talk.say(bytes([_VERSION, 1, 0, 3, len(name)]) + name + port.to_bytes(2, "big"))
    version, reply, _, kind = await talk.hear(4)
    if version != _VERSION:
        raise Failure("proxy_garbled", f"version {version}")
    if reply:
        raise SocksRefused(_REPLIES.get(reply, f"reply {reply}"))
    length = (await talk.hear(1))[0] if kind == 3 else _ADDRESS_LENGTHS.get(kind)
    if length is None:
        raise Failure("proxy_garbled", f"address type {kind}")
    await talk.hear(length + 2)


def _carried(host: str) -> bytes:
    try:
        name = host.encode("ascii" if host.isascii() else "idna")
    except UnicodeError:
        name = b""
    if not 0 < len(name) < 256:
        raise SocksRefused("a host name that no SOCKS request can carry")
    return name


async def _authenticate(talk: _Talk, proxy: Proxy) -> None:
    """Agree on a method; the user name and password of the proxy's URL, where it has them, are told if asked for."""
    user = octets(proxy.username.reveal()) if proxy.username else b""
    password = octets(proxy.password.reveal()) if proxy.password else b""
    methods = [_NO_AUTHENTICATION, _PASSWORD] if user else [_NO_AUTHENTICATION]
    await talk.say(bytes([_VERSION, len(methods), *methods]))
    version, method = await talk.hear(2)
    if version != _VERSION:
        raise Failure("proxy_garbled", f"version {version}")
    if method == _NOTHING_OFFERED:
        raise SocksRefused("it wants another authentication")
    if method != _PASSWORD:
        return
    if len(user) > 255 or len(password) > 255:
        raise SocksRefused("credentials longer than SOCKS can carry")
    await talk.say(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
    if (await talk.hear(2))[1]:
        raise SocksRefused("credentials refused")
