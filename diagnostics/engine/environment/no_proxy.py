"""Whether NO_PROXY takes a target out of the proxy: each client's own grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from diagnostics.engine.records import Origin

_USUAL_PORTS = {"https": 443, "http": 80}


def by_commas_or_spaces(value: str, target: Origin) -> bool:
    """Claude Code: entries part at commas and white space; a name means itself, ``.name`` itself and what is below it, ``*`` all."""
    return _any_entry(re.split(r"[,\s]+", value), target)


def by_commas(value: str, target: Origin) -> bool:
    """The same with commas alone, as the API transport of some builds of Claude Code has it."""
    return _any_entry([entry.strip() for entry in value.split(",")], target)


def _any_entry(entries: list[str], target: Origin) -> bool:
    for entry in (entry.lower() for entry in entries if entry):
        if entry == "*":
            return True
        if ":" in entry and not entry.startswith("[") and entry.count(":") == 1:
            if entry == f"{target.host}:{target.port}":
                return True
        elif entry.startswith("."):
            if target.host == entry[1:] or target.host.endswith(entry):
                return True
        elif entry.strip("[]") == target.host:
            return True
    return False


def httpx(value: str, target: Origin) -> bool:
    """httpx: commas alone; ``name`` is itself and below, ``.name`` only below; a bare ``*`` switches every proxy off.

    Addresses match exactly; an entry with a port matches only where the target writes the same unusual port.
    """
    entries = [entry.strip() for entry in value.split(",")]
    if "*" in entries:
        return True
    return any(_httpx_entry(entry.lower(), target) for entry in entries if entry)


def _httpx_entry(entry: str, target: Origin) -> bool:
    if "://" in entry:
        scheme, _, entry = entry.partition("://")
        if scheme not in ("all", target.scheme):
            return False
        exact = not entry.startswith("*")
        entry = entry.lstrip("*")
    else:
        exact = entry == "localhost" or _is_address(entry)
    if not _is_address(entry):
        entry, _, port = entry.partition(":")
        if port and (port != str(target.port) or target.port == _USUAL_PORTS.get(target.scheme)):
            return False
    if entry.startswith("."):
        return target.host.endswith(entry) and target.host != entry[1:]
    return target.host == entry.strip("[]") or (not exact and target.host.endswith("." + entry))


def curl(value: str, target: Origin) -> bool:
    """curl: commas or spaces; a name with or without a leading dot is itself and below; CIDR ranges count; ``*`` alone means all."""
    if value.strip() == "*":
        return True
    for entry in re.split(r"[,\s]+", value.lower()):
        bare = entry.strip("[]")
        if not bare:
            continue
        if _is_address(target.host):
            if _in_network(target.host, bare):
                return True
        elif target.host == bare.lstrip(".").rstrip(".") or target.host.endswith("." + bare.lstrip(".").rstrip(".")):
            return True
    return False


def none(value: str, target: Origin) -> bool:
    """A client that reads no NO_PROXY."""
    return False


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


MATCHERS: Mapping[str, Callable[[str, Origin], bool]] = {
    "commas_or_spaces": by_commas_or_spaces,
    "commas": by_commas,
    "httpx": httpx,
    "curl": curl,
    "none": none,
}
