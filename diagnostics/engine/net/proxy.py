"""CONNECT: asking an HTTP proxy for a tunnel, and reading what it says when it refuses (RFC 9110 9.3.6)."""

from __future__ import annotations

import base64
import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from diagnostics.engine.disguises import octets
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.tcp import Stream
from diagnostics.engine.records import Proxy
from diagnostics.engine.secrets import Secret

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n")
TITLE_MOST = 120  # characters that are shown
_HEAD_MOST, _PAGE_MOST, _PAGE_LIMIT = 65536, 16384, 2.0
_PROVISIONAL_MOST = 8  # answers that only say that one will come (RFC 9110 15.2)
_TITLE, _TITLE_END = re.compile("<title", re.IGNORECASE), re.compile("</title", re.IGNORECASE)
_UNSHOWN = re.compile(r"<(script|style)\b", re.IGNORECASE)
_UNSHOWN_END = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in ("script", "style")}


@dataclass(frozen=True)
class ProxyAnswer:
    """A proxy's answer to CONNECT: header names in lower case, repeated ones joined; ``page`` begins its body."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    @property
    def schemes(self) -> tuple[str, ...]:
        """Authentication schemes it offers, lower case, in order."""
        return schemes_of(self.headers.get("proxy-authenticate", ""))

    @property
    def title(self) -> str:
        """Title of its page, else its first line."""
        return title_of(self.page)


def schemes_of(header: str) -> tuple[str, ...]:
    """Schemes that a WWW-Authenticate or Proxy-Authenticate header offers (RFC 9110 11.6.1), lower case, in order."""
    offered = re.findall(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9._-]*)(?=\s+[^,=\s]|\s*(?:,|$))", header)
    return tuple(dict.fromkeys(scheme.lower() for scheme in offered))


class TunnelRefused(Failure):
    """The proxy answered, and not with a tunnel."""

    def __init__(self, answer: ProxyAnswer) -> None:
        super().__init__("proxy_refused_tunnel", f"status {answer.status}")
        self.answer = answer


def authorization(proxy: Proxy) -> Optional[Secret]:
    """The value of ``Proxy-Authorization`` (RFC 7617), when the proxy's URL has credentials."""
    if proxy.username is None and proxy.password is None:
        return None
    user = proxy.username.reveal() if proxy.username else ""
    password = proxy.password.reveal() if proxy.password else ""
    return Secret("Basic " + base64.b64encode(octets(f"{user}:{password}")).decode("ascii"))


async def connect(stream: Stream, host: str, port: int, proxy: Proxy, agent: str, limit: float) -> ProxyAnswer:
    """Ask for a tunnel. ``TunnelRefused`` on any status but 2xx, other failures when no answer can be read."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}", f"User-Agent: {agent}"]
    credentials = authorization(proxy)
    if credentials is not None:
        lines.append(f"Proxy-Authorization: {credentials.reveal()}")
    stream.stage = "proxy"
    deadline = time.monotonic() + limit
    await stream.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace"), limit)
    answer, rest = await _head(stream, deadline, b"")
    for _ in range(_PROVISIONAL_MOST):
        if answer.status >= 200:
            break
        answer, rest = await _head(stream, deadline, rest)
    if 200 <= answer.status < 300:
        return answer
    page = await _page(stream, answer, rest, min(deadline, time.monotonic() + _PAGE_LIMIT))
    raise TunnelRefused(ProxyAnswer(answer.status, answer.reason, answer.headers, page))


async def _head(stream: Stream, deadline: float, heard: bytes) -> tuple[ProxyAnswer, bytes]:
    """The next answer's head, and what came after it. ``heard`` came with the one before."""
    while b"\r\n\r\n" not in heard and b"\n\n" not in heard:
        data = await stream.read(max(0.0, deadline - time.monotonic()), 4096)
        if not data:
            raise Failure("proxy_garbled" if heard else "proxy_closed")
        heard += data
        if not b"HTTP/1".startswith(heard[:6]) and not heard.startswith(b"HTTP/1"):
            raise Failure("proxy_garbled", f"first byte 0x{heard[0]:02x}")
        if len(heard) > _HEAD_MOST:
            raise Failure("proxy_garbled", "header too large")
    head, _, rest = heard.partition(b"\r\n\r\n" if b"\r\n\r\n" in heard else b"\n\n")
    found = _STATUS.match(head + b"\r\n")
    if found is None:
        raise Failure("proxy_garbled", "status line")
    headers: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return ProxyAnswer(int(found.group(1)), (found.group(2) or b"").decode("latin-1").strip(), headers), rest


async def _page(stream: Stream, answer: ProxyAnswer, start: bytes, deadline: float) -> str:
    """As much of the refusal's body as comes in time: it often says in words what the status does not."""
    announced = answer.headers.get("content-length", "")
    wanted = min(int(announced), _PAGE_MOST) if announced.isdigit() and len(announced) < 10 else _PAGE_MOST
    body = start
    try:
        while len(body) < wanted:
            data = await stream.read(max(0.0, deadline - time.monotonic()), 4096)
            if not data:
                break
            body += data
    except Failure:
        pass  # what came is enough
    return body[:_PAGE_MOST].decode("utf-8", "replace")


def title_of(page: str) -> str:
    """Title of an HTML page, else the first line of its text; white space squeezed. Cut it only when it is scrubbed."""
    text = _title(page)
    if text is None:
        text = _outside_tags(page).strip().partition("\n")[0]
    return " ".join(html.unescape(text).split())


# One pass over the page in both: patterns that look ahead for an end take minutes where a server repeats the beginning.


def _title(page: str) -> Optional[str]:
    begins = _TITLE.search(page)
    inside = page.find(">", begins.end()) + 1 if begins else 0
    ends = _TITLE_END.search(page, inside) if inside else None
    return page[inside : ends.start()] if ends else None


def _outside_tags(page: str) -> str:
    """The page without its tags, scripts and styles; a ``<`` that begins no tag is text."""
    kept, at = [], 0
    while (begins := page.find("<", at)) >= 0 and (ends := page.find(">", begins)) >= 0:
        kept.append(page[at:begins])
        at = ends + 1
        unshown = _UNSHOWN.match(page, begins)
        if unshown:
            closed = _UNSHOWN_END[unshown.group(1).lower()].search(page, at)
            at = closed.end() if closed else len(page)
    return " ".join([*kept, page[at:]])
