"""Proxies that the desktop or the operating system names and that no variable repeats: a browser uses them, most clients do not.

Read from files and the registry alone; nothing is executed, and no automatic configuration file is fetched. Automatic
discovery that is merely switched on says nothing: on some systems it always is.
"""

from __future__ import annotations

import configparser
import plistlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.urls import printable

_MACOS = "/Library/Preferences/SystemConfiguration/preferences.plist"
_KDE, _GNOME = "~/.config/kioslaverc", "~/.config/dconf/user"
_MANUAL, _SCRIPT = "1", "2"  # KDE's ProxyType


def named(machine: Machine) -> tuple[str, ...]:
    """Each as "where: what", without credentials; ``PAC`` stands before the address of an automatic configuration."""
    reading = {"darwin": _macos, "win32": _windows}.get(machine.platform, _desktop)
    return tuple(dict.fromkeys(reading(machine)))


def _windows(machine: Machine) -> Iterator[str]:
    if machine.system_script:
        yield _shown("Windows", machine.system_script, script=True)
    for scheme in ("https", "http"):
        if scheme in machine.system_proxies:
            yield _shown("Windows", machine.system_proxies[scheme])


def _macos(machine: Machine) -> Iterator[str]:
    for scheme in ("https", "http"):
        if scheme in machine.system_proxies:
            yield _shown("macOS", machine.system_proxies[scheme])
    content = machine.files.read(_MACOS)
    try:
        settings: Any = plistlib.loads(content) if isinstance(content, bytes) else {}
        services = [service for service in settings.get("NetworkServices", {}).values() if isinstance(service, dict)]
    except (plistlib.InvalidFileException, ValueError, AttributeError, OverflowError):
        return
    for service in services:
        proxies = service.get("Proxies")
        if isinstance(proxies, dict) and proxies.get("ProxyAutoConfigEnable") == 1:
            yield _shown("macOS", str(proxies.get("ProxyAutoConfigURLString", "")), script=True)


def _desktop(machine: Machine) -> Iterator[str]:
    yield from _kde(_text(machine, _KDE))
    path = machine.at_home(_GNOME)
    content = machine.files.read(path) if path else None
    if isinstance(content, bytes):
        yield from _gnome(read_dconf(content, "/system/proxy/"))


def _text(machine: Machine, path: str) -> str:
    found = machine.at_home(path)
    content = machine.files.read(found) if found else None
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _kde(text: str) -> Iterator[str]:
    reader = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        reader.read_string(text)
    except configparser.Error:
        return
    if not reader.has_section("Proxy Settings"):
        return
    settings = reader["Proxy Settings"]
    kind = settings.get("ProxyType", "0")
    if kind == _SCRIPT:
        yield _shown("KDE", settings.get("Proxy Config Script", ""), script=True)
    elif kind == _MANUAL:
        yield _shown("KDE", settings.get("httpsProxy", settings.get("httpProxy", "")).replace(" ", ":"))


def _gnome(settings: Mapping[str, Any]) -> Iterator[str]:
    mode = settings.get("mode")
    if mode == "auto" and settings.get("autoconfig-url"):
        yield _shown("GNOME", str(settings["autoconfig-url"]), script=True)
    elif mode == "manual":
        for scheme in ("https", "http"):
            host, port = settings.get(f"{scheme}/host"), settings.get(f"{scheme}/port")
            if host and isinstance(port, int) and port > 0:
                yield _shown("GNOME", f"http://{host}:{port}")


def _shown(where: str, value: str, script: bool = False) -> str:
    address = printable(value.strip()) if "://" in value or not script else value.strip()
    return f"{where}: PAC {address}" if script else f"{where}: {address}"


def read_dconf(content: bytes, below: str) -> dict[str, Any]:
    """Texts and whole numbers of a dconf database (GVDB) whose keys begin with ``below``, by the rest of their key.

    Every offset is checked: a file that is cut off or made up gives what can be read of it, or nothing.
    """
    try:
        return dict(_dconf(content, below))
    except (struct.error, ValueError, IndexError):
        return {}


def _dconf(content: bytes, below: str) -> Iterator[tuple[str, Any]]:
    if content[:8] != b"GVariant":
        return
    start, end = struct.unpack_from("<II", content, 16)
    blooms, buckets = struct.unpack_from("<II", content, start)
    first = start + 8 + 4 * ((blooms & 0x07FFFFFF) + buckets)
    items = [struct.unpack_from("<IIIHBxII", content, at) for at in range(first, end - 23, 24)]
    for _, parent, at, size, kind, begins, ends in items:
        key = content[at : at + size]
        seen = 0
        while parent < len(items) and seen < len(items):  # a key is its parents' pieces and its own
            _, upper, at, size, _, _, _ = items[parent]
            key, parent, seen = content[at : at + size] + key, upper, seen + 1
        name = key.decode("utf-8", "replace")
        value = _variant(content[begins:ends]) if kind == ord("v") and name.startswith(below) else None
        if value is not None:
            yield name[len(below) :], value


def _variant(data: bytes) -> Optional[Any]:
    """A serialised variant: its value, a zero, its type."""
    value, _, kind = data.rpartition(b"\0")
    if kind == b"s":
        return value.rstrip(b"\0").decode("utf-8", "replace")
    return struct.unpack("<i", value)[0] if kind == b"i" and len(value) == 4 else None
