"""One client's rules as records, read from ``knowledge/clients/<name>.toml`` for one version of it.

The tables say what the newest known version does; each ``[[versions]]`` table says what differs before, or since, some version, with
another build or runtime, or where a variable says so, and is laid over them. The shape of the files is told at the top of
``knowledge/clients/claude-code.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

Table = Mapping[str, Any]

CONDITIONS = (
    "since",
    "before",
    "gap",
    "build",
    "runtime_since",
    "runtime_before",
    "runtime_gap",
    "variable",
    "matches",
)
"""Keys of an entry that say of which clients it is true."""


@dataclass(frozen=True)
class Package:
    """Where the installed version can be read without running the client."""

    npm: str = ""
    python: str = ""
    command: str = ""
    native: str = ""  # folder whose entries are named after versions
    debian: str = ""
    build: str = ""  # what is assumed where nothing tells how it was installed
    runtime: str = ""  # "node" or "python": the interpreter whose version matters
    is_runtime: bool = False  # the client is that interpreter itself


@dataclass(frozen=True)
class BaseUrlRules:
    variable: str  # "" where the address is written into each call
    default: str
    trims: bool = False  # surrounding white space is taken away
    blank: str = "default"  # what a blank value means: "default" or "broken"
    parser: str = "whatwg"
    missing_scheme: str = "refused"  # a name of urls.SCHEMELESS
    unread: str = ""  # a variable that others read here, and this client does not
    keeps_fragment: bool = False  # its own path goes before what stands behind a number sign, which nobody is sent


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
class HeaderRules:
    custom: str = ""  # variable of further headers, a line each
    betas: str = ""  # variable of further values for anthropic-beta
    by_itself: bool = True  # it sends anthropic-version and content-type itself
    streams: bool = True  # it asks for its messages as streams


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
    unusable_stops: bool = False  # and so does one whose scheme it cannot speak
    parser: str = "whatwg"
    blank: str = "skipped"  # or "cancels": a blank lower-case variable cancels the upper-case one
    system: bool = False  # falls back on the operating system's setting (macOS, Windows)
    shell_only: bool = False  # variables of settings files come too late for it
    every: str = (
        ""  # "always" or "unless_star" (in NO_PROXY): it sets up all of them at once, so any that it cannot use ends it
    )
    fragile: str = ""  # a pattern; an entry of NO_PROXY like it ends the client
    needs: Mapping[str, str] = field(default_factory=dict)  # scheme -> package without which it cannot speak it


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
    system_folder: tuple[str, ...] = ()  # variables naming a folder that belongs to the system's store
    replacing_may_be_folder: bool = False
    broken: str = "fatal"  # what a file that cannot be used means: "fatal" or "ignored"
    ends_at_start: bool = False  # it is loaded when the client begins, whether it will speak TLS or not
    unverified: str = ""  # variable that switches verification off when it is "0"


@dataclass(frozen=True)
class MutualRules:
    """Variables that name the client's own certificate; ``broken``: "fatal" where files without one end TLS, or "ignored"."""

    certificate: str = ""
    key: str = ""
    passphrase: str = ""
    broken: str = "ignored"


@dataclass(frozen=True)
class ConnectingRules:
    first_address_only: bool = False  # of a name's addresses it tries the first, and no other when that fails


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
    stops: tuple[str, ...] = ()  # so does one of these: "zero", "negative", "no_number"


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
    headers: HeaderRules
    proxy: ProxyRules
    trust: TrustRules
    mutual: MutualRules = MutualRules()
    connecting: ConnectingRules = ConnectingRules()
    switches: tuple[Switch, ...] = ()
    first_run: FirstRun = FirstRun()
    model_variables: tuple[str, ...] = ()
    timeout: TimeoutRules = TimeoutRules()
    settings_types: Mapping[str, Any] = field(default_factory=dict)  # settings entry -> JSON types it may have
    near_misses: tuple[str, ...] = ()
    own_files: tuple[str, ...] = ()  # where its own file may stand, the first place first: "~/NAME" or "$VARIABLE/NAME"
    reads: tuple[str, ...] = ()  # further variables it reads: listed, and never taken for a slip of the finger


def parse_version(text: str) -> tuple[int, ...]:
    """``2.1.197-beta`` -> (2, 1, 197)."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


@dataclass(frozen=True)
class Setup:
    """Which client it is, as far as its rules depend on it. An unknown ``runtime`` counts as the newest.

    ``build`` is a word of ``installed.Installed``; ``value`` gives a variable's value, "" where it has none.
    """

    version: str
    build: str = ""
    runtime: Optional[str] = None
    value: Callable[[str], str] = lambda name: ""


def rules_for(table: Table, setup: Setup) -> ClientRules:
    """The rules of ``table`` as this client has them."""
    merged = _laid_out(table, setup)
    return ClientRules(
        name=merged["name"],
        title=merged["title"],
        newest=merged["newest"],
        configuration=merged.get("configuration", "variables"),
        package=Package(**merged.get("package", {})),
        base_url=BaseUrlRules(**merged["base_url"]),
        places=tuple(Place(**_tuples(place)) for place in merged["credentials"]),
        keys=KeyRules(**merged.get("keys", {})),
        headers=HeaderRules(**merged.get("headers", {})),
        proxy=ProxyRules(**_tuples(merged.get("proxy", {}))),
        trust=TrustRules(**_tuples(merged.get("trust", {}))),
        mutual=MutualRules(**merged.get("mutual", {})),
        connecting=ConnectingRules(**merged.get("connecting", {})),
        switches=tuple(Switch(**switch) for switch in merged.get("switches", ())),
        first_run=FirstRun(**_tuples(merged.get("first_run", {}))),
        model_variables=tuple(merged.get("model", {}).get("variables", ())),
        timeout=TimeoutRules(**_tuples(merged.get("timeout", {}))),
        settings_types=merged.get("settings_types", {}),
        near_misses=tuple(merged.get("near_misses", ())),
        own_files=tuple(merged.get("own_files", ())),
        reads=tuple(merged.get("reads", ())),
    )


def later_versions(table: Table, setup: Setup) -> tuple[str, ...]:
    """Versions after this one at which something changes, in order; the newest known is the last."""
    named = {entry[key] for entry in table.get("versions", ()) for key in ("since", "before") if key in entry}
    later = {version for version in (*named, table["newest"]) if _comparable(version) > _comparable(setup.version)}
    return tuple(sorted(later, key=_comparable))


def applies(entry: Table, setup: Setup) -> bool:
    """Whether an entry with some of ``CONDITIONS`` is about this client."""
    return (
        _in_range(setup.version, entry, "")
        and entry.get("build", setup.build) == setup.build
        and (
            _in_range(setup.runtime, entry, "runtime_") if setup.runtime is not None else "runtime_before" not in entry
        )
        and ("variable" not in entry or re.search(entry["matches"], setup.value(entry["variable"])) is not None)
    )


def _in_range(version: str, entry: Table, of: str) -> bool:
    gap = entry.get(f"{of}gap")
    return within(version, entry.get(f"{of}since", ""), entry.get(f"{of}before", "")) and not (
        gap and within(version, *gap)
    )


def within(version: str, since: str, before: str) -> bool:
    """Whether a version is in a range; "" leaves it open at that end."""
    number = _comparable(version)
    return (not since or number >= _comparable(since)) and (not before or number < _comparable(before))


def _comparable(version: str) -> tuple[int, ...]:
    """1.2 and 1.2.0 are the same version."""
    numbers = parse_version(version)
    return numbers + (0,) * (4 - len(numbers))


def _laid_out(table: Table, setup: Setup) -> dict[str, Any]:
    merged = {name: value for name, value in table.items() if name not in ("versions", "known_bad")}
    for overlay in table.get("versions", ()):
        if applies(overlay, setup):
            merged = _laid_over(
                merged, {name: value for name, value in overlay.items() if name not in (*CONDITIONS, "why")}
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
