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


@dataclass(frozen=True)
class Greeted:
    """Seconds to the first byte of an answer, and how many packets the system had to send again (None: it does not say)."""

    seconds: float
    retransmitted: Optional[int]


async def greet(net: Net, origin: Origin, route: Route, limit: float, named: bool = True) -> Greeted:
    """Connect as the route goes, greet ``origin``, and wait for the first byte; ``Failure`` when none comes.

    Where TLS is not spoken, the connection alone counts. Not ``named``: the greeting does not say which host is meant.
    """
    began = time.monotonic()
    until = began + limit
    stream = await net.reach(origin, route, limit)
    try:
        if origin.scheme == "https":
            stream.stage = "tls"
            await stream.write(hello(trust.unverified(), origin.host if named else None), until - time.monotonic())
            if not await stream.read(max(0.0, until - time.monotonic())):
                raise Failure("tls_closed")
        kept = stream.kept
        return Greeted(time.monotonic() - began, kept.retransmitted if kept is not None else None)
    finally:
        stream.close()


def hello(context: ssl.SSLContext, host: Optional[str]) -> bytes:
    """The ClientHello that a handshake with this context begins with."""
    outgoing = ssl.MemoryBIO()
    talk = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host)
    with contextlib.suppress(ssl.SSLWantReadError):  # it waits for the answer now
        talk.do_handshake()
    return outgoing.read()
