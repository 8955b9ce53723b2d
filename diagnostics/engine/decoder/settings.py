"""What a text shows of a machine's settings and tools: proxy variables, base URLs, what names resolved to, two clocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Optional

from diagnostics.engine.decoder.hosts import kinds_of, vendor_of
from diagnostics.engine.records import Facts, FactValue

_PROXY = re.compile(
    r"(?:(?:https?|all)[_-]proxy|--proxy|(?<=\s)-x|\bproxy(?:url|_url|server| url)?)[\"'`]{0,2} {0,2}(?:==?|:| |\n) {0,2}[\"'`]{0,2}"
    r"(?P<url>(?:(?P<scheme>[a-z][a-z0-9+.-]{0,12})://)?(?P<rest>[^\s\"'`,;<>]{3,200}))"
)
_BASE = re.compile(
    r"(?:base[_ ]?ur[li]|api_base|apibase|api_host|endpoint)[\"'`]{0,2} {0,2}(?:==?|:|→|->|is) {0,2}[\"'`“]{0,2}(?P<url>[^\s\"'`,;)<>]{3,200})"
    r"|echo \$\{?(?:anthropic|openai)_base_url\}?[^$❯]{0,60}?[ \n](?P<shown>https?://[^\s\"'`,;)]{3,200})"
)
_NAMES = (
    r"(?P<name>api\.anthropic\.com|platform\.claude\.com|console\.anthropic\.com|claude\.ai|api\.openai\.com"
    r"|generativelanguage\.googleapis\.com|openrouter\.ai|api\.deepseek\.com)"
)
_LOOKED_UP = re.compile(
    r"(?:dig|nslookup|getent|(?<!to )(?<!resolve )(?<!unknown )(?<!for )(?<!of )host"
    r"|resolve-dnsname|ping|tracert|traceroute|drill|dscacheutil|nslookup\.exe)\b[^$]{0,60}?"
    + _NAMES
    + r"\.?(?P<said>[^$❯]{0,260})"
)
_POINTED = re.compile(
    _NAMES
    + r"(?:[\"'], ?\d{1,5}\)[\[\]\d ]{0,12}\s?\([\"'](?P<c>[0-9a-f.:]{3,45})[\"']|\.? ?(?:\((?P<a>[0-9a-f.:]{3,45})\)|(?:has address"
    r"|resolves? to|resolved to|->|=>|→|=|:|was resolved\.? *\* ipv[46]:|auf|解析到|解析为|in a|\d{1,6} in a) ?(?P<b>(?:\d{1,3}\.){3}\d{1,3}|::1)))"
)
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)(?P<port>[#:]53)?")
_RESOLVER = re.compile(
    r"(?:server|dns server|@)[: ]{0,3}[^ ]{0,40}? {0,3}(?:address(?:es)?:? {1,3})?(?:\d{1,3}\.){3}\d{1,3}(?:#53)?"
    r"( address(?:es)?:? {1,3}(?:\d{1,3}\.){3}\d{1,3}#53)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HERE = re.compile(
    r"\b[a-z]{3},? (?P<month>[a-z]{3}) {1,2}(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d)(?: [ap]m)? (?P<zone>utc|gmt) (?P<year>\d{4})\b"
)
_THERE = re.compile(
    r"date[\"']?: [a-z]{3}, (?P<day>\d{1,2}) (?P<month>[a-z]{3}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) (?P<zone>gmt)\b"
)
_SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a", "socks")


def of_settings(lowered: str) -> Facts:
    """Facts of the text in lower case."""
    made: dict[str, FactValue] = {}
    bases = tuple(
        dict.fromkeys(
            kind
            for found in _BASE.finditer(lowered)
            for kind in [_kind_of_url(found.group("url") or found.group("shown"))]
            if kind
        )
    )
    if bases:
        made["text.base_url"] = bases
    proxies = [found for found in _PROXY.finditer(lowered) if _is_proxy(found)]
    made["text.proxy_set"] = bool(proxies)
    if proxies:
        made["text.proxy_hosts"] = tuple(dict.fromkeys(_host_of(found.group("rest")) for found in proxies))
        forms = tuple(
            dict.fromkeys(form for found in proxies for form in _forms(found.group("scheme"), found.group("rest")))
        )
        if forms:
            made["text.proxy_forms"] = forms
    resolved = tuple(dict.fromkeys(_resolved(lowered)))
    if resolved:
        made["text.resolved"] = resolved
    offset = _offset(lowered)
    if offset is not None:
        made["text.clock_offset"] = offset
    return made


def _is_proxy(found: re.Match[str]) -> bool:
    """A variable or option that names a proxy, and no sentence about one."""
    rest = found.group("rest")
    return (
        found.group("scheme") is not None
        or re.fullmatch(r"(?:[^@]{0,80}@)?(?:[\w-]+\.)*[\w-]+:[\w]{1,10}/?", rest) is not None
    )


def _forms(scheme: Optional[str], rest: str) -> Iterator[str]:
    """What is unusual about the address of a proxy."""
    if scheme is None:
        yield "no_scheme"
    elif scheme not in _SCHEMES:
        yield "odd_scheme"
    elif scheme.startswith("socks"):
        yield "socks"
    elif scheme == "https":
        yield "tls"
    user, _, place = rest.rpartition("@")
    port = place.rstrip("/").rpartition(":")[2]
    if ":" in place and not place.startswith("[") and not (port.isdigit() and 0 < int(port) < 65536):
        yield "odd_port"
    if any(char in user for char in "#/?@") or "#" in place:
        yield "odd_credentials"


def _host_of(rest: str) -> str:
    place = rest.rpartition("@")[2].partition("/")[0]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def _kind_of_url(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    if not mark:
        return "malformed" if "." in url and "/" in url and not url.startswith(("/", ".", "~")) else ""
    if scheme not in ("http", "https"):
        return "malformed"
    host = _host_of(rest)
    return kinds_of(host)[0] if host else ""


def _resolved(lowered: str) -> Iterator[str]:
    """What API names were looked up to: ``right``, or the kind of an address that is not the vendor's."""
    for found in _LOOKED_UP.finditer(lowered):
        said = _RESOLVER.sub(" ", found.group("said"))
        for address in _ADDRESS.finditer(said):
            if address.group("port") is None:
                yield from _judged(found.group("name"), address.group())
    for found in _POINTED.finditer(lowered):
        yield from _judged(found.group("name"), found.group("a") or found.group("b") or found.group("c"))


def _judged(name: str, address: str) -> Iterator[str]:
    kinds = kinds_of(address)
    if "first_party" in kinds:
        yield "right"
    elif kinds[0] in ("loopback", "zero", "private", "fake_ip") or (
        vendor_of(name) == "anthropic" and kinds[0] == "public"
    ):
        yield kinds[0]


def _offset(lowered: str) -> Optional[int]:
    """Seconds by which the clock of this machine, as ``date`` told it, is ahead of an answer's ``Date``."""
    here, there = _HERE.search(lowered), _THERE.search(lowered)
    if here is None or there is None:
        return None
    first, second = _moment(here), _moment(there)
    return None if first is None or second is None else int((first - second).total_seconds())


def _moment(found: re.Match[str]) -> Optional[datetime]:
    try:
        hour, minute, second = (int(part) for part in found.group("time").split(":"))
        month = _MONTHS.index(found.group("month")) + 1
        return datetime(
            int(found.group("year")), month, int(found.group("day")), hour, minute, second, tzinfo=timezone.utc
        )
    except ValueError:
        return None
