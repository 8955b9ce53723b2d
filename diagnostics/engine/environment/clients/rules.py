"""One client's rules as records, read from ``knowledge/clients/<name>.toml`` for one version of it.

The tables say what the newest known version does; each ``[[versions]]`` table says what differs before, or since, some version and is
laid over them. The shape of the files is told at the top of ``knowledge/clients/claude-code.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Package:
    """Where the installed version can be read without running the client."""

    npm: str = ""
    python: str = ""
    command: str = ""
    native: str = ""  # folder whose entries are named after versions


@dataclass(frozen=True)
class BaseUrlRules:
    variable: str
    default: str
    trims: bool = False  # surrounding white space is taken away
    blank: str = "default"  # what a blank value means: "default" or "broken"
    parser: str = "whatwg"
    missing_scheme: str = "refused"  # a name of urls.SCHEMELESS


@dataclass(frozen=True)
class Place:
    """A place where this client looks for a credential: one of ``variable``, ``setting``, ``login``, ``profile``, ``custom``."""

    kind: str
    headers: tuple[str, ...]
    variable: str = ""
    setting: str = ""
    login: str = ""  # an entry of the client's login file
    profile: str = ""  # "named" (variables choose it), "federation" or "active" (the one on disk)
    custom: str = ""  # a variable of "Name: value" lines, where a line for one of the headers is a credential
    beside: bool = False  # sent together with a winner above it, in its own header


@dataclass(frozen=True)
class KeyRules:
    trims: str = (
        ""  # what is taken from both ends: "" nothing, "ascii" its white space, "js" what JavaScript's trim() takes
    )
    header: str = "fetch"  # whose idea of a legal header value: a name of keys.ILLEGAL


@dataclass(frozen=True)
class ProxyRules:
    """Proxy variables per scheme of the target, in order of precedence, and what a value may look like."""

    https: tuple[str, ...] = ()
    http: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("http", "https")
    missing_scheme: str = "refused"  # a name of urls.SCHEMELESS
    no_proxy: tuple[str, ...] = ()
    matcher: str = "none"  # a name of no_proxy.MATCHERS
    passed_over: tuple[str, ...] = ()  # variables that count for nothing where the client cannot use their value
    unreadable_stops: bool = False  # a value that is no URL ends the client even where NO_PROXY spares the target
    parser: str = "whatwg"
    blank: str = "skipped"  # or "cancels": a blank lower-case variable cancels the upper-case one
    system: bool = False  # falls back on the operating system's setting (macOS, Windows)


@dataclass(frozen=True)
class TrustRules:
    stores: tuple[str, ...] = ("public",)
    store_variable: str = ""
    extra: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()  # files put in place of every store; the first one set counts
    replacing_folder: tuple[str, ...] = ()  # the same with a folder of hashed names, after the files
    strict: tuple[str, ...] = ()  # variables whose file, if it is there and does not begin with a certificate, ends TLS
    system_file: tuple[str, ...] = ()  # variables naming a file that belongs to the system's store
    system_replaced: bool = False  # that file, there or not, stands in place of the system's own
    broken: str = "fatal"  # what a file that cannot be used means: "fatal" or "ignored"
    unverified: str = ""  # variable that switches verification off when it is "0"


@dataclass(frozen=True)
class Switch:
    """A variable that sends the client to a cloud provider instead of the API."""

    variable: str
    provider: str
    base_url_variable: str = ""
    base_url: str = ""  # may hold {NAME} of a variable, or {NAME:fallback}
    rewrite: Mapping[str, str] = field(default_factory=dict)  # texts replaced in the filled address


@dataclass(frozen=True)
class FirstRun:
    urls: tuple[str, ...] = ()
    state_file: str = ""
    skipped_with: tuple[str, ...] = ()  # kinds of credential, and "switch", with which the client makes no such check


@dataclass(frozen=True)
class TimeoutRules:
    variable: str = ""
    overflows: bool = False  # a value over 2147483647 ms ends every request at once


@dataclass(frozen=True)
class ClientRules:
    name: str
    title: str
    newest: str
    configuration: str  # "claude_code" or "variables": the code that gathers settings
    package: Package
    base_url: BaseUrlRules
    places: tuple[Place, ...]
    keys: KeyRules
    proxy: ProxyRules
    trust: TrustRules
    switches: tuple[Switch, ...] = ()
    first_run: FirstRun = FirstRun()
    model_variables: tuple[str, ...] = ()
    timeout: TimeoutRules = TimeoutRules()
    settings_types: Mapping[str, Any] = field(default_factory=dict)  # settings entry -> JSON types it may have
    near_misses: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()  # further variables it reads: listed, and never taken for a slip of the finger


def parse_version(text: str) -> tuple[int, ...]:
    """``2.1.197-beta`` -> (2, 1, 197)."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def rules_for(table: Table, version: Optional[str]) -> ClientRules:
    """The rules of ``table`` as ``version`` has them; the newest's where the version is unknown."""
    merged = _at_version(table, parse_version(version or table["newest"]))
    return ClientRules(
        name=merged["name"],
        title=merged["title"],
        newest=merged["newest"],
        configuration=merged.get("configuration", "variables"),
        package=Package(**merged.get("package", {})),
        base_url=BaseUrlRules(**merged["base_url"]),
        places=tuple(Place(**_tuples(place)) for place in merged["credentials"]),
        keys=KeyRules(**merged.get("keys", {})),
        proxy=ProxyRules(**_tuples(merged.get("proxy", {}))),
        trust=TrustRules(**_tuples(merged.get("trust", {}))),
        switches=tuple(Switch(**switch) for switch in merged.get("switches", ())),
        first_run=FirstRun(**_tuples(merged.get("first_run", {}))),
        model_variables=tuple(merged.get("model", {}).get("variables", ())),
        timeout=TimeoutRules(**merged.get("timeout", {})),
        settings_types=merged.get("settings_types", {}),
        near_misses=tuple(merged.get("near_misses", ())),
        reads=tuple(merged.get("reads", ())),
    )


def _at_version(table: Table, version: tuple[int, ...]) -> dict[str, Any]:
    merged = {name: value for name, value in table.items() if name != "versions"}
    for overlay in table.get("versions", ()):
        before, since = parse_version(overlay.get("before", "")), parse_version(overlay.get("since", ""))
        if (not before or version < before) and (not since or version >= since):
            merged = _laid_over(
                merged, {name: value for name, value in overlay.items() if name not in ("before", "since", "why")}
            )
    return merged


def _laid_over(base: Table, upper: Table) -> dict[str, Any]:
    made = dict(base)
    for name, value in upper.items():
        below = made.get(name)
        made[name] = _laid_over(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return made


def _tuples(table: Table) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
