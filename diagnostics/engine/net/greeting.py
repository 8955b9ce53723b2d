"""A greeting (TLS ClientHello) that is sent to see whether anything comes back. What comes back is not read any further."""

from __future__ import annotations

import contextlib
import ssl
import time
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.net import trust
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import Net, Route
from diagnostics.engine.records import Origin

RECORDS = (b"\x15", b"\x16")  # what a TLS server's first byte is: an alert's, or a handshake's


@dataclass(frozen=True)
class Greeted:
    """Seconds to the first byte of an answer, and how many packets the system had to send again (None: it does not say).

    ``in_tls``: the answer begins as a TLS server's does, be it with a refusal.
    """

    seconds: float
    retransmitted: Optional[int]
    in_tls: bool = False


async def greet(net: Net, origin: Origin, route: Route, limit: float, named: bool = True) -> Greeted:
    """Connect as the route goes, greet ``origin``, and wait for the first byte; ``Failure`` when none comes.

    Where TLS is not spoken, the connection alone counts. Not ``named``: the greeting does not say which host is meant.
    """
    began = time.monotonic()
    until = began + limit
    answer = b""
    stream = await net.reach(origin, route, limit)
    try:
        if origin.scheme == "https":
            stream.stage = "tls"
            await stream.write(hello(trust.unverified(), origin.host if named else None), until - time.monotonic())
            answer = await stream.read(max(0.0, until - time.monotonic()))
            if not answer:
                raise Failure("tls_closed")
        kept = stream.kept
        again = kept.retransmitted if kept is not None else None
        return Greeted(time.monotonic() - began, again, answer[:1] in RECORDS)
    finally:
        stream.close()


def hello(context: ssl.SSLContext, host: Optional[str]) -> bytes:
    """The ClientHello that a handshake with this context begins with."""
    outgoing = ssl.MemoryBIO()
    talk = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host)
    with contextlib.suppress(ssl.SSLWantReadError):  # it waits for the answer now
        talk.do_handshake()
    return outgoing.read()
