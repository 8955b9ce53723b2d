"""TLS over any byte stream, also over TLS itself (an ``https://`` proxy), which asyncio can only from 3.11 on."""

from __future__ import annotations

import ssl
import sys
import time
from typing import Optional

from diagnostics.engine.net import trust
from diagnostics.engine.net.failures import Failure, classify
from diagnostics.engine.net.kernel import Kept
from diagnostics.engine.net.tcp import Stream

TELLS_WHOLE_CHAIN = sys.version_info >= (3, 10)
"""CPython 3.9 shows the server's own certificate only."""

_RECORD_TYPES = (0x15, 0x16)  # what a TLS server's first byte can be: an alert or a handshake record

_CERTIFICATE_REQUEST = 13
_HEARD_MOST = 64 * 1024  # of a server's first flight


class TlsStream:
    """A completed handshake: reads and writes plain bytes."""

    def __init__(self, under: Stream, context: ssl.SSLContext, host: str) -> None:
        self._under = under
        self._context = context
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._heard = b""
        self.seconds = 0.0  # that the handshake took
        self.peer = under.peer
        self.stage = "http"

    @property
    def kept(self) -> Optional[Kept]:
        """What the system knows of the connection below."""
        return self._under.kept

    @property
    def version(self) -> str:
        """Protocol version, such as ``TLSv1.3``."""
        return self._object.version() or ""

    def chain(self) -> tuple[bytes, ...]:
        """DER of the certificates sent, the server's own first; on CPython 3.9 that one alone."""
        sent = getattr(getattr(self._object, "_sslobj", None), "get_unverified_chain", None)
        if sent is not None:
            return tuple(_der(certificate) for certificate in sent() or ())
        leaf = self._object.getpeercert(binary_form=True)
        return (leaf,) if leaf else ()

    def ends_in(self, roots: ssl.SSLContext) -> Optional[bool]:
        """Whether the verified chain ends in one of these roots; None where it cannot be told (CPython 3.9)."""
        verified = getattr(getattr(self._object, "_sslobj", None), "get_verified_chain", None)
        if verified is None or self._context.verify_mode == ssl.CERT_NONE:
            return None
        chain = verified() or ()
        return trust.is_root_of(roots, _der(chain[-1])) if chain else None

    async def handshake(self, limit: float) -> None:
        """Shake hands within ``limit`` seconds; a ``Failure`` with a ``tls_`` word otherwise."""
        began = time.monotonic()
        deadline = began + limit
        while True:
            try:
                self._object.do_handshake()
                await self._flush(deadline)
                self.seconds = time.monotonic() - began
                return
            except ssl.SSLWantReadError:
                await self._flush(deadline)
                await self._fill(deadline)
            except ssl.SSLError as error:
                failure = self._named(error)
                await self._say_why(deadline)
                raise failure from error
            except ValueError as error:  # a host name that no ClientHello can carry
                raise Failure("tls_wrong_name", type(error).__name__) from error

    async def read(self, limit: float, size: int = 65536) -> bytes:
        """The next plain bytes; empty at the end, whether or not the far end said goodbye."""
        deadline = time.monotonic() + limit
        while True:
            try:
                return self._object.read(size)
            except ssl.SSLWantReadError:
                await self._flush(deadline)
                await self._fill(deadline)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as error:
                raise classify(error, self.stage) from error

    async def write(self, data: bytes, limit: float) -> None:
        """Send plain bytes, all of them."""
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            raise classify(error, self.stage) from error
        await self._flush(time.monotonic() + limit)

    def close(self) -> None:
        """Close the socket below; no goodbye is waited for."""
        self._under.close()

    async def _fill(self, deadline: float) -> None:
        data = await self._under.read(max(0.0, deadline - time.monotonic()))
        if not data:
            self._incoming.write_eof()
            return
        self._heard = (self._heard + data)[:_HEARD_MOST]
        self._incoming.write(data)

    async def _flush(self, deadline: float) -> None:
        data = self._outgoing.read()
        if data:
            await self._under.write(data, max(0.0, deadline - time.monotonic()))

    async def _say_why(self, deadline: float) -> None:
        """Send the alert OpenSSL has ready, so that the server's log tells the same story; its loss is no matter."""
        try:
            await self._flush(deadline)
        except Failure:
            return

    def _named(self, error: ssl.SSLError) -> Failure:
        if self._heard and self._heard[0] not in _RECORD_TYPES:
            return Failure("tls_not_tls", f"first byte 0x{self._heard[0]:02x}")
        failure = classify(error, "tls")
        if failure.word == "tls_no_cipher" and _asks_for_certificate(self._heard):
            return Failure("tls_client_certificate_required", failure.detail)
        return failure


async def secure(under: Stream, context: ssl.SSLContext, host: str, limit: float) -> TlsStream:
    """A TLS stream over ``under``, verified as ``context`` says. Closes ``under`` when it fails."""
    under.stage = "tls"
    try:
        stream = TlsStream(under, context, host)
        await stream.handshake(limit)
    except ValueError as error:  # raised by wrap_bio for an impossible host name
        under.close()
        raise Failure("tls_wrong_name", type(error).__name__) from error
    except BaseException:
        under.close()
        raise
    under.stage = "http"
    return stream


def _asks_for_certificate(heard: bytes) -> bool:
    """Whether a server's first flight holds a CertificateRequest, which TLS 1.2 sends in the clear (RFC 5246 7.4.4).

    OpenSSL tells only that the server then gave up, in the same words as for a missing cipher.
    """
    messages, at = b"", 0
    while at + 5 <= len(heard) and heard[at] == 0x16:
        length = int.from_bytes(heard[at + 3 : at + 5], "big")
        messages += heard[at + 5 : at + 5 + length]
        at += 5 + length
    at = 0
    while at + 4 <= len(messages):
        if messages[at] == _CERTIFICATE_REQUEST:
            return True
        at += 4 + int.from_bytes(messages[at + 1 : at + 4], "big")
    return False


def _der(certificate: object) -> bytes:
    import _ssl  # the constant has no public name; the classes it belongs to are OpenSSL's own

    return bytes(certificate.public_bytes(_ssl.ENCODING_DER))  # type: ignore[attr-defined]
