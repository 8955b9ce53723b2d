"""Whether NO_PROXY takes a target out of the proxy: each client's own grammar, as measured or as its source has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from diagnostics.engine.records import Origin

_LIKE_ADDRESS = re.compile(r"\[*[0-9a-fA-F.:]+(?:%[^\s]*)?\]*")
_USUAL_PORTS = {"https": 443, "http": 80}


def claude_code(value: str, target: Origin) -> bool:
    """Claude Code 2.1.330: commas or white space; ``name``, ``.name`` and ``*.name`` are itself and below; ranges; ``*`` anywhere."""
    return any(_suffix(_without_star(entry), target) for entry in re.split(r"[,\s]+", value.lower()))


def bun(value: str, target: Origin) -> bool:
    """Claude Code 2.1.197 by https: commas alone; ``name`` and ``.name`` are itself and below; no ranges; ``*`` anywhere.

    ``name:port`` is compared with host and port as the URL shows them: that host alone, and never with the usual port.
    """
    return any(_bun_entry(entry.strip(), target) for entry in value.lower().split(","))


def curl(value: str, target: Origin) -> bool:
    """curl 7.86 and later: commas or white space; a name is itself and below; address ranges; ``*`` only alone."""
    entries = re.split(r"[,\s]+", value.strip().lower())
    return entries == ["*"] or any(
        entry != "*" and ":" not in _without_address(entry) and _suffix(entry, target) for entry in entries
    )


def httpx(value: str, target: Origin) -> bool:
    """httpx: commas alone; ``name`` is itself and below, ``.name`` only below; addresses are exact; ``*`` switches proxies off."""
    entries = [entry.strip() for entry in value.lower().split(",")]
    return "*" in entries or any(
        _httpx_entry(entry, target) for entry in entries if entry and not entry.startswith("*.")
    )


def httpx_networks(value: str, target: Origin) -> bool:
    """Anthropic's SDK on httpx2 (1.0 and later), with its own copy of httpx's list: as httpx, and address ranges of IPv4."""
    entries = [entry.strip() for entry in value.split(",")]
    return httpx(value, target) or any(
        "." in entry and "/" in entry and _in_network(target.host, entry) for entry in entries
    )


def requests(value: str, target: Origin) -> bool:
    """requests 2.34: commas alone, blanks taken out; a name is itself and below; ranges of IPv4; ``*`` only alone.

    ``name:port`` is compared with host and port as the URL shows them.
    """
    bare = value.replace(" ", "").lower()
    if bare == "*":
        return True
    shown = target.host if target.port == _USUAL_PORTS.get(target.scheme) else f"{target.host}:{target.port}"
    return any(_requests_entry(entry, target.host, shown) for entry in bare.split(",") if entry)


def undici_exact(value: str, target: Origin) -> bool:
    """Node to 24.5 (and Claude Code on Node): commas or white space; ``name`` is itself, ``.name`` and ``*.name`` only below;
    ``*`` anywhere."""
    entries = _undici_entries(value, target)
    return any(
        entry == "*"
        or (target.host.endswith(entry.lstrip("*")) if entry.startswith((".", "*")) else target.host == entry)
        for entry in entries
    )


def undici(value: str, target: Origin) -> bool:
    """Node 24.21 and 26: commas or white space; ``name``, ``.name`` and ``*.name`` are itself and below; ``*`` only alone."""
    entries = _undici_entries(value, target)
    names = [_without_star(entry).lstrip(".") for entry in entries]
    return entries == ["*"] or any(target.host == name or target.host.endswith(f".{name}") for name in names)


def none(value: str, target: Origin) -> bool:
    """A client that reads no NO_PROXY."""
    return False


def _suffix(entry: str, target: Origin) -> bool:
    """One entry in the reading most clients share."""
    if entry == "*":
        return True
    if "/" in entry:
        return _in_network(target.host, entry)
    found = (entry, "") if _is_address(entry) else _name_and_port(entry)
    name, port = found[0].strip("[]").lstrip(".").rstrip("."), found[1]
    if not name or (port and port != str(target.port)):
        return False
    return target.host == name or (not _is_address(target.host) and target.host.endswith(f".{name}"))


def _bun_entry(entry: str, target: Origin) -> bool:
    name, port = ("", "") if _is_address(entry) else _name_and_port(entry)
    if port:
        is_shown = target.port != _USUAL_PORTS.get(target.scheme)
        return is_shown and port == str(target.port) and name.strip("[]").lstrip(".") == target.host
    return "/" not in entry and not entry.endswith(".") and _suffix(entry, target)


def _name_and_port(entry: str) -> tuple[str, str]:
    parts = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::(\d*))?", entry)
    return (parts[1], parts[2] or "") if parts else (entry, "")


def _without_star(entry: str) -> str:
    return entry[1:] if entry.startswith("*.") else entry


def _without_address(entry: str) -> str:
    return "" if _is_address(entry) or "/" in entry else entry


def _requests_entry(entry: str, host: str, shown: str) -> bool:
    if _is_address(host):
        return entry == host or ("/" in entry and _in_network(host, entry))
    name = entry.lstrip(".")
    return any(each == name or each.endswith(f".{name}") for each in (host, shown))


def _undici_entries(value: str, target: Origin) -> list[str]:
    """The entries without their ports; those with another port than the target's are left out."""
    pairs = [
        (entry, "") if _is_address(entry) else _name_and_port(entry)
        for entry in re.split(r"[,\s]+", value.lower())
        if entry
    ]
    return [name.strip("[]") for name, port in pairs if not port or port == str(target.port)]


def _httpx_entry(entry: str, target: Origin) -> bool:
    exact = entry == "localhost" or _is_address(entry)
    if "://" in entry:
        scheme, _, entry = entry.partition("://")
        if scheme not in ("all", target.scheme):
            return False
        exact = not entry.startswith("*")
        entry = entry.lstrip("*")
    if "/" in entry:
        return False
    name, port = (entry, "") if _is_address(entry) else _name_and_port(entry)
    if port and (port != str(target.port) or target.port == _USUAL_PORTS.get(target.scheme)):
        return False  # a usual port is dropped from the URL before it is compared
    if name.startswith("."):
        return target.host.endswith(name)
    return target.host == name.strip("[]") or (not exact and target.host.endswith(f".{name}"))


def _is_address(text: str) -> bool:
    if not _LIKE_ADDRESS.fullmatch(text):
        return False
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False


MATCHERS: Mapping[str, Callable[[str, Origin], bool]] = {
    "claude_code": claude_code,
    "bun": bun,
    "curl": curl,
    "httpx": httpx,
    "httpx_networks": httpx_networks,
    "requests": requests,
    "undici_exact": undici_exact,
    "undici": undici,
    "none": none,
}
