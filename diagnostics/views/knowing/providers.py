"""A provider as its public page tells it: hosts, shape of its keys, how it refuses, and how to point clients at it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.engine.phrases import COUNTRIES
from diagnostics.views.knowing.client_words import filled

Table = Mapping[str, Any]

KEY_TYPES = {
    "api_key": "API key",
    "admin_key": "admin key: it manages the account and is refused where a model is asked",
    "oauth_access": "token of a login: goes into Authorization: Bearer alone",
    "oauth_refresh": "refresh token of a login: no credential for requests",
    "session_cookie": "session of a browser: no credential for requests; if it was pasted anywhere, sign out everywhere",
}
"""Types of keys in words."""

_SENT_TOO = "Before {version} a key in ANTHROPIC_API_KEY is sent along: unset it there."
_SETTINGS = {
    "shell": (
        "Claude Code",
        "Claude Code on Linux and macOS",
        ('export ANTHROPIC_BASE_URL="{base}"', 'export ANTHROPIC_AUTH_TOKEN="${key}"', 'export ANTHROPIC_API_KEY=""'),
    ),
    "powershell": (
        "Claude Code, Windows",
        "Claude Code in PowerShell",
        (
            '$env:ANTHROPIC_BASE_URL = "{base}"',
            "$env:ANTHROPIC_AUTH_TOKEN = $env:{key}",
            "Remove-Item Env:ANTHROPIC_API_KEY -ErrorAction Ignore",
        ),
    ),
    "python": (
        "Python SDK",
        "Anthropic SDK for Python",
        (
            "import os",
            "",
            "import anthropic",
            "",
            f"# {_SENT_TOO.format(version='2.0')}",
            'client = anthropic.Anthropic(base_url="{base}", auth_token=os.environ["{key}"])',
        ),
    ),
    "typescript": (
        "TypeScript SDK",
        "Anthropic SDK for TypeScript",
        (
            'import Anthropic from "@anthropic-ai/sdk";',
            "",
            f"// {_SENT_TOO.format(version='1.0')}",
            'const client = new Anthropic({ baseURL: "{base}", authToken: process.env.{key} });',
        ),
    ),
}
"""What to set: {base} is the base URL, {key} the variable with the provider's key."""

_RUN = re.compile(r"\[([^\]]+)\]\{(\d+)\}")
_PLACEHOLDER = "YOUR-PART"


@dataclass(frozen=True)
class KeyShape:
    """What a kind of key looks like. ``unclear``: other providers' keys look the same."""

    looks: str
    type: str
    length: int | None
    unclear: bool
    source: str


@dataclass(frozen=True)
class Refusal:
    """How a kind of refusal is worded. ``wordings`` are what its message says, one or the other."""

    says: str
    cause: str
    status: int | None
    type: str
    code: str
    wordings: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Countries:
    """A list of countries that are served, as somebody has published it."""

    source: str
    date: str
    complete: bool
    supported: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Setting:
    """How a client is pointed at the provider, ready to copy."""

    key: str
    label: str
    command: str
    title: str


@dataclass(frozen=True)
class Switch:
    """A client's own switch to this provider."""

    client: str
    title: str
    variable: str
    address: str


@dataclass(frozen=True)
class SetUp:
    """How that switch is set, ready to copy, and what is needed besides."""

    title: str
    tabs: tuple[Setting, ...]
    then: str


@dataclass(frozen=True)
class Provider:
    """One provider's page."""

    name: str
    title: str
    api_hosts: tuple[str, ...]
    other_hosts: tuple[str, ...]
    base_urls: tuple[str, ...]
    key_variables: tuple[str, ...]
    status_page: str
    address_ranges: tuple[str, ...]
    first_run_hosts: tuple[str, ...]
    keys: tuple[KeyShape, ...]
    refusals: tuple[Refusal, ...]
    headers: tuple[str, ...]
    countries: tuple[Countries, ...]
    undecided: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]
    switches: tuple[Switch, ...]
    setups: tuple[SetUp, ...]
    runs_anywhere: bool
    checked: datetime.date


@lru_cache(maxsize=1)
def everything() -> tuple[Provider, ...]:
    """Every provider, in the order of their names for people."""
    made = (_told(name, table) for name, table in library.load().providers.items())
    return tuple(sorted(made, key=lambda provider: provider.title.lower()))


def one(name: str) -> Provider | None:
    """The page of a provider; None for a name that nobody knows."""
    return next((provider for provider in everything() if provider.name == name), None)


def _told(name: str, table: Table) -> Provider:
    api, hosts = tuple(table.get("api_hosts", ())), tuple(table.get("hosts", ()))
    bases = tuple(table.get("anthropic_base_urls", ()))
    variables = tuple(table.get("key_variables", ()))
    besides = pages_schema.pages().providers.get(name)
    switches = tuple(_switches(hosts))
    return Provider(
        name=name,
        title=str(table["title"]).removeprefix("a "),
        api_hosts=api,
        other_hosts=tuple(host for host in hosts if host not in api),
        base_urls=bases,
        key_variables=variables,
        status_page=str(table.get("status_page") or (besides.status_page if besides else "")),
        address_ranges=tuple(table.get("address_ranges", ())),
        first_run_hosts=tuple(table.get("first_run_hosts", ())),
        keys=(
            *(_shape(entry) for entry in table.get("keys", ())),
            *(_known_shape(one) for one in (besides.keys if besides else ())),
        ),
        refusals=(
            *(_refusal(entry) for entry in table.get("errors", ())),
            *(_known_body(one) for one in (besides.refusals if besides else ())),
        ),
        headers=tuple(str(entry["name"]) for entry in table.get("headers", ())),
        countries=tuple(_countries(entry) for entry in table.get("countries", ())),
        undecided=_named(table.get("undecided_countries", ())),
        settings=() if switches else tuple(_settings(bases, variables)),
        switches=switches,
        setups=tuple(_set_up(one) for one in pages_schema.pages().setups if one.provider == name),
        runs_anywhere=besides is not None and besides.runs_anywhere,
        checked=besides.date if besides else pages_schema.pages().base_urls.date,
    )


def _known_shape(one: pages_schema.Shape) -> KeyShape:
    return KeyShape(one.looks, one.what, None, False, one.source)


def _known_body(one: pages_schema.Body) -> Refusal:
    told = pages_schema.pages().refusals[one.when]
    return Refusal(told.says, told.cause, one.status, one.type, one.code, tuple(one.says), one.source)


def _set_up(one: pages_schema.SetUp) -> SetUp:
    title = str(library.load().clients[one.client]["title"])
    ways = (
        ("shell", "Linux, macOS", f"{title} on Linux and macOS", 'export {}="{}"'),
        ("powershell", "Windows", f"{title} in PowerShell", '$env:{} = "{}"'),
    )
    tabs = (
        Setting(key, label, "\n".join(line.format(*pair) for pair in one.env.items()), heading)
        for key, label, heading, line in ways
    )
    return SetUp(title, tuple(tabs), one.then)


def _shape(entry: Table) -> KeyShape:
    pattern = str(entry.get("pattern", ""))
    looks = spelled(pattern) if pattern else f"{entry.get('prefix', '')}…"
    told = pages_schema.pages().key_types.get(str(entry.get("prefix")), KEY_TYPES[entry["type"]])
    return KeyShape(looks, told, entry.get("length"), bool(entry.get("shared")), str(entry.get("source", "")))


def spelled(pattern: str) -> str:
    """A key's pattern as people read it: ``sk-[0-9a-f]{32}`` is "sk- and 32 of 0-9a-f"; never a key."""
    parts = [part for part in _RUN.sub(r"\n\2 of \1\n", pattern).replace("\\", "").split("\n") if part]
    return " and ".join(parts)


def _refusal(entry: Table) -> Refusal:
    told = pages_schema.pages().refusals[entry["when"]]
    says = str(entry.get("says", ""))
    return Refusal(
        says=told.says,
        cause=told.cause,
        status=entry.get("status"),
        type=str(entry.get("type", "")),
        code=str(entry.get("code", "")),
        wordings=tuple(re.sub(r"\\(.)", r"\1", part).strip("^$ ") for part in says.split("|") if part),
        source=str(entry.get("source", "")),
    )


def _countries(entry: Table) -> Countries:
    return Countries(
        str(entry["source"]), str(entry["date"]), bool(entry.get("complete", True)), _named(entry.get("supported", ()))
    )


def _named(codes: Any) -> tuple[tuple[str, str], ...]:
    return tuple((code, COUNTRIES.get(code, "")) for code in codes)


def _settings(bases: tuple[str, ...], variables: tuple[str, ...]) -> Iterator[Setting]:
    """What to set so that Anthropic's clients go there, for the first documented base URL."""
    by_themselves = {table["base_url"]["default"] for table in library.load().clients.values()}
    if not bases or not variables or bases[0] in by_themselves:
        return
    base, key = bases[0].replace("*", _PLACEHOLDER), variables[0]
    for name, (label, title, lines) in _SETTINGS.items():
        command = "\n".join(lines).replace("{base}", base).replace("{key}", key)
        yield Setting(name, label, command, title)


def _switches(hosts: tuple[str, ...]) -> Iterator[Switch]:
    """Switches of clients that lead to one of the provider's hosts."""
    for name, table in library.load().clients.items():
        for entry in table.get("switches", ()):
            address = filled(str(entry["base_url"]))
            host = address.partition("://")[2].partition("/")[0]
            if any(fnmatchcase(host, pattern) for pattern in hosts):
                yield Switch(name, str(table["title"]), str(entry["variable"]), address)
