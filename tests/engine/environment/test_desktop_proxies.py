"""Proxies that a desktop names: read from its files as they are, and from files that somebody made up."""

from __future__ import annotations

import plistlib
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine import library
from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.environment.desktop_proxies import named, read_dconf
from diagnostics.engine.environment.machine import Machine

HOME = "/home/anna"
SCRIPT = "http://wpad.corp.example/proxy.pac"


def machine(files: dict[str, bytes], platform: str = "linux") -> Machine:
    return registered({}, files, home=HOME, platform=platform)


def dconf(settings: dict[str, str | int]) -> bytes:
    """A database with each key in one piece, as GVDB lays it out."""
    items = [("/", b"", "L")] + [
        (key, value.encode() + b"\0\0s" if isinstance(value, str) else struct.pack("<i", value) + b"\0i", "v")
        for key, value in settings.items()
    ]
    start = 24
    texts = start + 8 + 4 + 24 * len(items)
    table, data = b"", b""
    for key, value, kind in items:
        at = texts + len(data)
        data += key.encode() + value
        begins = at + len(key)
        table += struct.pack("<IIIHBxII", 0, 0xFFFFFFFF, at, len(key), ord(kind), begins, begins + len(value))
    head = b"GVariant" + struct.pack("<IIII", 0, 0, start, texts)
    return head + struct.pack("<III", 0, 1, 0) + table + data


def test_kde_names_a_script() -> None:
    text = f"[Proxy Settings]\nProxyType=2\nProxy Config Script={SCRIPT}\n"
    assert named(machine({f"{HOME}/.config/kioslaverc": text.encode()})) == (f"KDE: PAC {SCRIPT}",)


def test_kde_names_a_proxy_and_its_password_is_not_repeated() -> None:
    text = b"[Proxy Settings]\nProxyType=1\nhttpsProxy=http://anna:s3cret-pw@proxy.corp.example 8080\n"
    (told,) = named(machine({f"{HOME}/.config/kioslaverc": text}))
    assert told.startswith("KDE: http://")
    assert "proxy.corp.example:8080" in told
    assert "s3cret-pw" not in told


@pytest.mark.parametrize("kind", ["0", "3", "4"])
def test_no_proxy_discovery_and_variables_name_none(kind: str) -> None:
    text = f"[Proxy Settings]\nProxyType={kind}\nhttpsProxy=http://old.example 1\nProxy Config Script={SCRIPT}\n"
    assert named(machine({f"{HOME}/.config/kioslaverc": text.encode()})) == ()


def test_gnome_names_a_script_or_a_proxy_by_its_mode() -> None:
    both: dict[str, str | int] = {
        "/system/proxy/autoconfig-url": SCRIPT,
        "/system/proxy/https/host": "proxy.corp.example",
        "/system/proxy/https/port": 8080,
        "/org/gnome/other": "x",
    }
    for mode, told in (
        ("auto", f"GNOME: PAC {SCRIPT}"),
        ("manual", "GNOME: http://proxy.corp.example:8080"),
        ("none", None),
    ):
        content = dconf({**both, "/system/proxy/mode": mode})
        assert named(machine({f"{HOME}/.config/dconf/user": content})) == (() if told is None else (told,))


@given(st.binary(max_size=400))
def test_no_bytes_of_a_stranger_break_it(tail: bytes) -> None:
    read_dconf(b"GVariant" + tail, "/system/")
    whole = dconf({"/system/proxy/mode": "auto"})
    read_dconf(whole[: len(tail) % len(whole)] + tail, "/system/")


def test_macos_names_a_script_where_it_is_switched_on() -> None:
    def settings(enabled: int) -> dict[str, Any]:
        proxies = {"ProxyAutoConfigEnable": enabled, "ProxyAutoConfigURLString": SCRIPT, "ProxyAutoDiscoveryEnable": 1}
        return {"NetworkServices": {"A1": {"Proxies": proxies}, "A2": {"Proxies": {}}, "A3": "?"}}

    path = "/Library/Preferences/SystemConfiguration/preferences.plist"
    on, off = (machine({path: plistlib.dumps(settings(enabled))}, "darwin") for enabled in (1, 0))
    assert (named(on), named(off)) == ((f"macOS: PAC {SCRIPT}",), ())
    assert named(machine({path: b"bplist00 broken"}, "darwin")) == ()


def test_windows_names_a_script_and_a_proxy() -> None:
    found = replace(
        machine({}, "win32"), system_script=SCRIPT, system_proxies={"https": "http://proxy.corp.example:8080"}
    )
    assert named(found) == (f"Windows: PAC {SCRIPT}", "Windows: http://proxy.corp.example:8080")


def test_it_is_a_fact_of_the_environment() -> None:
    found = replace(machine({}, "win32"), system_script=SCRIPT)
    assert capture(Asked(), found, library.load()).facts["config.proxy.system"] == (f"Windows: PAC {SCRIPT}",)
