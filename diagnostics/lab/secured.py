"""TLS from the server's side over a plain connection, with the alerts that asyncio's own never sends.

A refused handshake must reach the client as the alert that names the reason, as it does from every real server.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any

_ALERT_SECONDS = 1.0


class _SecuredTransport(asyncio.Transport):
    """Encrypts what a StreamWriter is given and hands it to the plain connection."""

    def __init__(self, plain: asyncio.StreamWriter, tls: ssl.SSLObject, outgoing: ssl.MemoryBIO) -> None:
        super().__init__()
        self._plain, self._tls, self._outgoing = plain, tls, outgoing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._plain.get_extra_info(name, default)

    def write(self, data: Any) -> None:
        self._tls.write(data)
        self._plain.write(self._outgoing.read())

    def is_closing(self) -> bool:
        return self._plain.is_closing()

    def close(self) -> None:
        if not self._plain.is_closing():
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()  # close_notify; the client's own is not waited for
            self._plain.write(self._outgoing.read())
            self._plain.close()

    def abort(self) -> None:
        self._plain.transport.abort()


class _SecuredWriter(asyncio.StreamWriter):
    """Waits for the plain connection to take what it is given: else an endless answer would be kept in memory."""

    def __init__(self, plain: asyncio.StreamWriter, transport: _SecuredTransport, reader: asyncio.StreamReader) -> None:
        protocol = asyncio.StreamReaderProtocol(reader)
        super().__init__(transport, protocol, reader, asyncio.get_running_loop())
        self._plain = plain

    async def drain(self) -> None:
        await self._plain.drain()


class Secured:
    """A TLS session over a plain connection: ``reader`` and ``writer`` carry what was said inside it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self._plain_reader, self._plain = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.reader = asyncio.StreamReader()
        transport = _SecuredTransport(writer, self._tls, self._outgoing)
        self.writer = _SecuredWriter(writer, transport, self.reader)

    async def shake(self) -> None:
        """The handshake. On failure the alert is sent, then ssl.SSLError is raised; EOFError when the client leaves."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._exchange()
            except ssl.SSLError:
                await self._say_why()
                raise
            else:
                await self._flush()
                return

    async def pump(self) -> None:
        """Decrypt until the client ends; its end is the reader's."""
        try:
            while True:
                try:
                    while data := self._tls.read(65536):
                        self.reader.feed_data(data)
                    return
                except ssl.SSLWantReadError:
                    await self._exchange()
        except (OSError, EOFError):
            return  # the client broke off: no more will come
        finally:
            self.reader.feed_eof()

    async def _exchange(self) -> None:
        await self._flush()
        data = await self._plain_reader.read(65536)
        if not data:
            raise EOFError
        self._incoming.write(data)

    async def _flush(self) -> None:
        if self._outgoing.pending:
            self._plain.write(self._outgoing.read())
            await self._plain.drain()

    async def _say_why(self) -> None:
        await self._flush()
        # Closing over unread bytes would send RST, and the client would lose the alert it is about to read.
        self._plain.write_eof()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._plain_reader.read(), _ALERT_SECONDS)
