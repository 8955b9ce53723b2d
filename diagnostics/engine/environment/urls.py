"""Reading URLs the way a client's parser reads them, and showing them without what is secret in them.

Two families differ where people's settings go wrong. ``whatwg`` (browsers, Node, Bun) trims white space, forgives missing
slashes after ``http:`` and ends the credentials at a backslash too; ``rfc3986`` (httpx, curl) does none of this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Optional

from diagnostics.engine.records import Origin

_WHOLE = {
    "whatwg": re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL),
    "rfc3986": re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL),
}
_HOST = re.compile(r"[a-z0-9_~](?:[a-z0-9._~-]*[a-z0-9_~.])?")
_V6 = re.compile(r"\[([0-9a-fA-F:.]+)(?:%[^\]]*)?\]")
_LONGEST_HOST = 1000  # characters; no name has more than 253
_USUAL_PORTS = {
    "https": 443,
    "http": 80,
    "socks5": 1080,
    "socks5h": 1080,
    "socks4": 1080,
    "socks4a": 1080,
    "socks": 1080,
}
JS_SPACE = " \t\n\r\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What JavaScript's ``trim()`` takes away; a byte order mark is among it, which Python's ``strip()`` leaves."""


class UnreadableUrl(ValueError):
    """No URL; ``problem`` is "no_scheme", "bad_port" or "unparsable"."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Url:
    """A URL in parts; ``path`` has no trailing slash, ``userinfo`` is as written, ``more`` tells of a query or fragment, ``asks`` of a query."""

    scheme: str
    host: str
    port: Optional[int]
    path: str
    userinfo: str = field(default="", repr=False)
    more: bool = False
    asks: bool = False

    @property
    def origin(self) -> Origin:
        return Origin(self.scheme, self.host, self.port or _USUAL_PORTS.get(self.scheme, 0))


def parse(text: str, parser: str) -> Url:
    """``text`` as ``parser`` ("whatwg" or "rfc3986") reads it. Raises ``UnreadableUrl``."""
    if parser == "whatwg":
        text = text.strip(JS_SPACE)
        text = re.sub(r"^(https?):[/\\]*", r"\1://", text, flags=re.IGNORECASE)
        text = re.sub(r"[\t\r\n]", "", text)
    whole = _WHOLE[parser].fullmatch(text)
    if whole is None:
        raise UnreadableUrl("unparsable" if "://" in text else "no_scheme")
    userinfo, _, place = whole[2].rpartition("@")
    host, port = _host_and_port(place)
    path = whole[3].rstrip("/").replace(" ", "%20")
    return Url(whole[1].lower(), host, port, path, userinfo, more=bool(whole[4] or whole[5]), asks=bool(whole[4]))


def printable(text: str) -> str:
    """``text`` without credentials, query and fragment, readable or not: what stands before the last ``@`` of its authority is cut."""
    text = re.split(r"[?#]", text, maxsplit=1)[0] if "@" not in text else text
    scheme, mark, rest = text.partition("://") if "://" in text else ("", "", text)
    rest = rest.rpartition("@")[2]
    return scheme + mark + re.split(r"[?#]", rest, maxsplit=1)[0]


def _host_and_port(text: str) -> tuple[str, Optional[int]]:
    six = _V6.match(text)
    if six is not None:
        host, rest = six[1].lower(), text[six.end() :]
        mark, port = rest[:1], rest[1:]
        if rest and mark != ":":
            raise UnreadableUrl("unparsable")
    else:
        name, _, port = text.partition(":")
        host = _plain_host(name)
    port = port.rstrip()  # both families take a number with white space behind it
    if port and not (re.fullmatch(r"[0-9]{1,9}", port) and 0 < int(port) <= 65535):
        raise UnreadableUrl("bad_port")
    return host, int(port) if port else None


def _plain_host(name: str) -> str:
    if len(name) > _LONGEST_HOST:
        raise UnreadableUrl("unparsable")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise UnreadableUrl("unparsable") from None
    if _HOST.fullmatch(name.lower()) is None:
        raise UnreadableUrl("unparsable")
    return name.lower()


SCHEMELESS = {
    "refused": re.compile(r"(?!)"),
    "http": re.compile(r"(?!.*://)"),
    "http_with_port": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*:\d+(?![^/])"),
    "http_named_with_port": re.compile(r"[A-Za-z][A-Za-z0-9.-]*:\d+(?![^/])"),
}
"""What clients read as ``http://`` although no scheme is written. Bun takes ``name:8080`` for a URL, and an address only later."""


def completed(text: str, missing_scheme: str) -> str:
    """``text`` with the ``http://`` that the client adds by itself; ``missing_scheme`` is a name of ``SCHEMELESS``."""
    return f"http://{text.strip()}" if SCHEMELESS[missing_scheme].match(text.strip()) else text
