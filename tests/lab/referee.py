"""What really happens on the wire, told by the standard library alone: our engine never judges its own laboratory."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from diagnostics.lab.network import Lab

SECONDS = 5.0


@dataclass(frozen=True)
class Told:
    """An HTTP answer: header names in lower case, repeated ones as a list in ``all``."""

    status: int
    headers: Mapping[str, str]
    all: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def connect(lab: Lab, host: str, port: int = 443, *, v6: bool = False, seconds: float = SECONDS) -> socket.socket:
    """A TCP connection to a declared host."""
    return socket.create_connection((lab.routes_v6() if v6 else lab.routes())[host, port], seconds)


def trusting(lab: Lab, *further: str) -> ssl.SSLContext:
    """A context with the laboratory's public roots, and the given PEM texts."""
    return ssl.create_default_context(cadata="\n".join((lab.public_pem, *further)))


def shake(lab: Lab, host: str, port: int = 443, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
    """A verified TLS connection to a declared host."""
    sock = connect(lab, host, port)
    try:
        return (context or trusting(lab)).wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def ask(
    lab: Lab,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
    via: str = "",
    via_headers: Mapping[str, str] | None = None,
    context: ssl.SSLContext | None = None,
) -> Told:
    """One request; ``via`` is a declared proxy's ``host:port``. A refused CONNECT raises OSError with its status."""
    parts = urlsplit(url)
    host, secured = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secured else 80)
    name, _, number = via.rpartition(":")
    ip, real = lab.routes()[(name, int(number)) if via else (host, port)]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(ip, real, timeout=SECONDS)
    if secured:
        connection = _Pinned(ip, real, host, context or trusting(lab))
    if via and secured:
        connection.set_tunnel(host, port, dict(via_headers or {}))
    if via and not secured:
        target = url
    try:
        sent = {"host": host, **(headers or {}), **({} if secured else (via_headers or {}))}
        connection.request(method, target, body, sent)
        answer = connection.getresponse()
        pairs = tuple((key.lower(), value) for key, value in answer.getheaders())
        return Told(answer.status, dict(pairs), pairs, answer.read())
    finally:
        connection.close()


class _Pinned(http.client.HTTPSConnection):
    """HTTPS to one address under another name."""

    def __init__(self, ip: str, port: int, name: str, context: ssl.SSLContext) -> None:
        super().__init__(ip, port, timeout=SECONDS, context=context)
        self._name, self._trust = name, context

    def connect(self) -> None:
        """TCP, the tunnel if one is set, TLS under the real name."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self._name)
