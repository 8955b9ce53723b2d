"""The operating system's own proxy setting, where a client's library falls back on it: macOS and Windows.

Read through the interpreter's own doors (the C module behind ``urllib`` on macOS, the registry on Windows); nothing is executed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def system_proxies(platform: str) -> dict[str, str]:
    """Scheme -> proxy URL ("https" -> "http://proxy:8080"), as ``urllib.request.getproxies()`` gives them without variables."""
    if platform == "darwin":
        return _macos()
    if platform == "win32":
        return _windows()
    return {}


def _macos() -> dict[str, str]:
    try:
        settings: Any = import_module("_scproxy")
    except ImportError:
        return {}
    found = settings._get_proxies()
    return {str(scheme): str(url) for scheme, url in dict(found).items()}


def system_script(platform: str) -> str:
    """Address of the automatic configuration (PAC) that the registry names; "" elsewhere, and for none."""
    return _registry("AutoConfigURL") if platform == "win32" else ""


def _windows() -> dict[str, str]:
    return parse_windows(_registry("ProxyServer")) if _registry("ProxyEnable") not in ("", "0") else {}


def _registry(name: str) -> str:
    """A value of the Internet settings as text, "" where there is none."""
    try:
        registry: Any = import_module("winreg")
    except ImportError:
        return ""
    try:
        with registry.OpenKey(
            registry.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
        ) as key:
            return str(registry.QueryValueEx(key, name)[0])
    except OSError:
        return ""


def parse_windows(written: str) -> dict[str, str]:
    """``proxy:8080`` for every scheme, or ``http=proxy:8080;https=other:8080``; a value without a scheme is an HTTP proxy."""
    if not written:
        return {}
    if "=" not in written and ";" not in written:
        written = ";".join(f"{scheme}={written}" for scheme in ("http", "https"))
    pairs = (part.partition("=") for part in written.split(";") if "=" in part)
    return {scheme: url if "://" in url else f"http://{url}" for scheme, _, url in pairs if url}
