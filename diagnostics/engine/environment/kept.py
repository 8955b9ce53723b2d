"""Every secret of the configuration that the report could come to show or a server to repeat, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Optional
from urllib.parse import parse_qsl, unquote

from diagnostics.engine.disguises import is_made, looks_random
from diagnostics.engine.environment import shown
from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients.configuration import Configuration
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.credentials import Held
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.variables import Variable
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.records import Kept
from diagnostics.engine.secrets import Secret

_MOST = 200
_LONGEST = 65_536  # characters of a value that are looked at
_KEYS = ("api_key", "key_helper")
_PROXY = re.compile(r"proxy(?:_url)?$", re.IGNORECASE)
_TELLING_HEADER = re.compile(r"auth|key|token|secret|cookie|passw|credential|session|signature", re.IGNORECASE)
_RANDOM = 20  # characters from which on a part of a path is a token rather than a name
_USERINFO = re.compile(r"(?:[A-Za-z][\w+.-]*://)?([^\s/@:]*)(?::(.*))?@", re.DOTALL)


def kept(
    found: Configuration,
    asked: Asked,
    written: Optional[Variable],
    held: tuple[Held, ...],
    machine: Machine,
    rules: ClientRules,
    vendors: Vendors,
) -> tuple[Kept, ...]:
    """The secrets, each once, the strongest place first. ``written`` is the base URL that counts."""
    made: dict[str, Kept] = {}

    def note(each: Iterator[Kept], listed: bool = True) -> None:
        for one in each:
            if one.secret and len(made) < _MOST:
                made.setdefault(one.secret.reveal().strip(), one if listed else replace(one, listed=False))

    for holder in held:
        credential = holder.credential
        kind = "key" if credential.kind in _KEYS else "token"
        note(iter((Kept(f"{credential.name} ({credential.source})", kind, credential.secret),)))
    if written is not None:
        note(_of_url(f"{written.name} ({written.source})", written.value, vendors))
    for name, value in asked.headers:
        note(_of_header(f"--header {name}", name, value))
    for name in shown.names(rules):
        for variable, _ in found.variables.everywhere(name):
            note(_of_variable(variable, vendors))
    for scheme, value in machine.system_proxies.items():
        note(_of_url(f"the system's proxy for {scheme}", value, vendors))
    for layer in found.variables.layers:  # npm's and pip's, which this client does not read
        for name in filter(_PROXY.search, layer.values):
            note(_of_url(name, layer.values[name], vendors), listed=False)
    return tuple(made.values())


def _of_variable(variable: Variable, vendors: Vendors) -> Iterator[Kept]:
    where, value = f"{variable.name} ({variable.source})", variable.value[:_LONGEST]
    if variable.name.endswith(shown.HEADERS):
        for line in value.splitlines():
            name, _, content = line.partition(":")
            yield from _of_header(where, name, content)
    elif shown.is_secret_name(variable.name) or vendors.is_key(value):
        yield Kept(where, "token" if "TOKEN" in variable.name.upper() else "key", Secret(value))
    else:
        yield from _of_url(where, value, vendors)


def _of_header(where: str, name: str, value: str) -> Iterator[Kept]:
    """A header's value: all of it where the name says so, else only what looks like a secret. A version is none."""
    value = value.strip()
    word = value.rpartition(" ")[2] if value.lower().startswith(("bearer ", "basic ")) else value
    if _TELLING_HEADER.search(name) or (len(word) >= _RANDOM and looks_random(word)):
        yield Kept(where, "cookie" if "cookie" in name.lower() else "header", Secret(word))


def _of_url(where: str, value: str, vendors: Vendors) -> Iterator[Kept]:
    """What is secret in a URL, readable or not: its credentials, what its query says, and keys among the parts of its path."""
    value = value.strip()[:_LONGEST]
    userinfo = _USERINFO.match(value)
    for kind, part in zip(("user name", "password"), userinfo.groups() if userinfo else ()):
        if part:
            yield Kept(where, kind, Secret(unquote(part)))
    if "://" not in value:
        return
    path, _, query = value[userinfo.end() if userinfo else value.index("://") + 3 :].partition("#")[0].partition("?")
    for _, content in parse_qsl(query):
        yield Kept(where, "query", Secret(content))
    for part in path.split("/")[1:]:
        if is_made(part) or vendors.is_key(part):
            yield Kept(where, "path", Secret(part))
