"""Names to addresses: by the system's resolver as the client uses it, and by asking a name server ourselves."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import secrets
import socket
import stat
import sys
import threading
import time
from typing import Any, Callable, Optional, TypeVar

from diagnostics.engine.net import dns_message
from diagnostics.engine.net.failures import Failure, classify
from diagnostics.engine.waiting import OutOfTime, within

T = TypeVar("T")

RESOLV_CONF = "/etc/resolv.conf"
_CODES = {0: "", 2: "dns_servfail", 3: "dns_nxdomain", 5: "dns_refused"}
_SERVER_LIMIT, _RESEND = 1.5, 0.5
_COUNTED, _COUNTED_APART, _COUNTED_LIMIT = 16, 0.08, 1.2
_PATIENCE = 1.0  # seconds for a file of the system


def literal(host: str) -> bool:
    """Whether the host is an address already (a zone may follow it)."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


async def system(host: str, limit: float) -> tuple[str, ...]:
    """What ``getaddrinfo`` gives, as every client asks it; in ``limit`` seconds even when it never comes back."""
    try:
        found = await asyncio.wait_for(
            in_daemon_thread(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)), limit
        )
    except UnicodeError as error:  # a label that is empty or too long for IDNA: no server can know it
        raise Failure("dns_nxdomain", type(error).__name__) from error
    except (OSError, asyncio.TimeoutError) as error:
        raise classify(error, "dns") from error
    addresses = tuple(
        dict.fromkeys(_shown(entry[4]) for entry in found if entry[0] in (socket.AF_INET, socket.AF_INET6))
    )
    if not addresses:
        raise Failure("dns_no_data")
    return addresses


def is_vague(failure: Failure) -> bool:
    """Whether the C library's answer hides what happened.

    glibc says EAI_AGAIN for SERVFAIL, REFUSED, silence and no network alike; macOS and Windows say "no such name" when
    offline.
    """
    return failure.word in ("dns_timeout", "dns_servfail", "dns_error") or (
        failure.word == "dns_nxdomain" and not sys.platform.startswith("linux")
    )


def servers() -> tuple[str, ...]:
    """Name servers of ``/etc/resolv.conf`` in order; the C library's own default when the file names none."""
    words = [line.split() for line in (_file(RESOLV_CONF, 65536) or "").splitlines()]
    found = tuple(line[1] for line in words if len(line) > 1 and line[0] == "nameserver" and literal(line[1]))
    return found[:3] or (() if os.name == "nt" else ("127.0.0.1",))


def in_hosts_file(host: str) -> Optional[bool]:
    """Whether the hosts file names the host; None when it cannot be read."""
    windows = os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "drivers", "etc", "hosts")
    lines = _file(windows if os.name == "nt" else "/etc/hosts", 1 << 20)
    if lines is None:
        return None
    return any(host.lower() in line.partition("#")[0].lower().split()[1:] for line in lines.splitlines())


def _file(path: str, most: int) -> Optional[str]:
    """A regular file's text, None where there is none or its disk does not answer: the loop waits meanwhile."""

    def read() -> Optional[str]:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(most)

    try:
        return within(_PATIENCE, read)
    except (OSError, OutOfTime):
        return None


async def ask(
    server: str, port: int, name: str, kind: int, limit: float, resend: Optional[float] = None
) -> dns_message.Message:
    """One UDP question to one name server; ``Failure`` with a ``dns_`` word unless an answer says the name exists.

    ``resend``: seconds after which it is sent again.
    """
    number = secrets.randbelow(65536)
    loop = asyncio.get_running_loop()
    try:
        packet = dns_message.question(number, name, kind)
        transport, protocol = await asyncio.wait_for(
            loop.create_datagram_endpoint(lambda: _Question(number, name, kind), remote_addr=(server, port)), limit
        )
    except dns_message.Malformed as error:
        raise Failure("dns_nxdomain", "Malformed name") from error
    except (OSError, asyncio.TimeoutError) as error:
        raise classify(error, "dns") from error
    try:
        until = time.monotonic() + limit
        while not protocol.answered.done() and time.monotonic() < until:
            transport.sendto(packet)  # again: a lost datagram is nobody's refusal
            left = max(0.0, until - time.monotonic())
            await asyncio.wait({protocol.answered}, timeout=min(_RESEND if resend is None else resend, left))
        return named(await asyncio.wait_for(protocol.answered, 0))
    except (OSError, asyncio.TimeoutError) as error:
        raise classify(error, "dns") from error
    finally:
        transport.close()


def named(message: dns_message.Message) -> dns_message.Message:
    """The message when its code says that the name exists, else the failure its code stands for."""
    word = _CODES.get(message.code, "dns_error")
    if word:
        raise Failure(word, f"rcode {message.code}")
    return message


async def explain(failure: Failure, host: str, check: Callable[[str], None]) -> Failure:
    """What the configured name servers themselves say, where the C library was vague; ``check`` is the guard's."""
    for server in servers():
        try:
            check(server)
            await ask(server, 53, host, dns_message.A, _SERVER_LIMIT)
        except Failure as told:
            if told.word == "guard":
                continue
            return told
        return failure
    return failure


async def answered_share(host: str, check: Callable[[str], None]) -> Optional[float]:
    """Share of single questions, none sent twice, that the first configured name server answers at all.

    None where it may not be asked. All or none is a server's own doing; in between the line loses packets.
    """
    server = next(iter(servers()), None)
    if server is None:
        return None
    try:
        check(server)
    except Failure:
        return None

    async def one(place: int) -> bool:
        await asyncio.sleep(place * _COUNTED_APART)
        try:
            await ask(server, 53, host, dns_message.A, _COUNTED_LIMIT, resend=_COUNTED_LIMIT)
        except Failure as failure:
            return failure.word not in ("dns_timeout", "dns_unreachable")
        return True

    return sum(await asyncio.gather(*map(one, range(_COUNTED)))) / _COUNTED


class _Question(asyncio.DatagramProtocol):
    """Waits for the datagram that answers; others (late, forged, garbled) are let pass."""

    def __init__(self, number: int, name: str, kind: int) -> None:
        self._asked = (number, name, kind)
        self.answered: asyncio.Future[dns_message.Message] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            message = dns_message.answer(data, *self._asked)
        except dns_message.Malformed:
            return
        if not self.answered.done():
            self.answered.set_result(message)

    def error_received(self, exc: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(exc)


def _shown(where: Any) -> str:
    """The address of a sockaddr, with its zone where it has one."""
    address = str(where[0])
    return f"{address}%{where[3]}" if len(where) == 4 and where[3] and "%" not in address else address


async def in_daemon_thread(work: Callable[[], T]) -> T:
    """Not the default executor: it joins its threads at exit, and a stuck resolver would hold the whole process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[Any], None], value: Any) -> None:
        if not done.done():
            settle(value)

    def run() -> None:
        settle: Callable[[Any], None] = done.set_result
        value: Any
        try:
            value = work()
        except Exception as error:  # noqa: BLE001  carried to the waiting coroutine, which names it
            settle, value = done.set_exception, error
        try:
            loop.call_soon_threadsafe(tell, settle, value)
        except RuntimeError:
            return  # the loop has ended: nobody waits any more

    threading.Thread(target=run, name="resolve", daemon=True).start()
    return await done
