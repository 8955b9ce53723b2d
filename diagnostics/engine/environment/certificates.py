"""Which certificate authorities this client trusts, and what is wrong with the files its settings name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.environment.clients.rules import TrustRules
from diagnostics.engine.environment.machine import Machine, Unreadable
from diagnostics.engine.environment.variables import Variable, Variables
from diagnostics.engine.records import FactValue, TrustSettings

# A block must begin at the start of a line; a byte order mark before the first one hides it from OpenSSL.
_BLOCK = re.compile(rb"^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----\r?$(.+?)^-----END ", re.MULTILINE | re.DOTALL)
_STORES = {"bundled": "public", "system": "system"}


@dataclass(frozen=True)
class Trust:
    """The settings as the client would apply them, and the facts about the files they name."""

    settings: TrustSettings
    facts: Mapping[str, FactValue]


def trust(variables: Variables, machine: Machine, rules: TrustRules) -> Trust:
    """What the client trusts; a file that cannot be used is left out where the client leaves it out, and kept where it stops at it."""
    extra, problem = _usable(variables, machine, rules.extra, drop=rules.broken == "ignored")
    replacing, replacing_problem = _usable(variables, machine, rules.replacing, drop=False, first_only=True)
    folders = _folders(variables, machine, rules) if not replacing else ()
    named = [found.value for name in (*rules.extra, *rules.replacing) if (found := variables.get(name)) is not None]
    facts: dict[str, FactValue] = {
        "config.ca.files": tuple(machine.shown(path) for path in named),
        "config.tls.verification_off": bool(rules.unverified) and variables.value(rules.unverified) == "0",
    }
    broken = problem or replacing_problem
    facts["config.ca.problems"] = (broken[1],) if broken is not None else ()
    if broken is not None:
        facts["config.ca.variable"] = broken[0]
    stores = _stores(variables.value(rules.store_variable) if rules.store_variable else "", rules.stores)
    return Trust(_settings(machine, stores, extra, replacing or folders), facts)


def problem_of(machine: Machine, path: str) -> Optional[str]:
    """What keeps a file from holding certificates: "missing", "unreadable", "empty" or "not_pem"; None when it holds some."""
    content = machine.files.read(machine.join(machine.cwd, path))
    if content is None:
        return "missing"
    if isinstance(content, Unreadable):
        return "unreadable"
    if not content.strip():
        return "empty"
    return None if any(_is_der(block) for block in _BLOCK.findall(content)) else "not_pem"


def _is_der(block: bytes) -> bool:
    try:
        return base64.b64decode(b"".join(block.split()), validate=True)[:1] == b"\x30"  # an ASN.1 sequence
    except binascii.Error:
        return False


def _usable(
    variables: Variables, machine: Machine, names: tuple[str, ...], *, drop: bool, first_only: bool = False
) -> tuple[tuple[str, ...], Optional[tuple[str, str]]]:
    """Files that the variables name, and the first (variable, problem) among them."""
    files: list[str] = []
    first: Optional[tuple[str, str]] = None
    set_ones: list[Variable] = [found for name in names if (found := variables.get(name)) is not None]
    for found in set_ones[:1] if first_only else set_ones:
        problem = problem_of(machine, found.value)
        if problem is not None:
            first = first or (found.name, problem)
        if problem is None or not drop:
            files.append(machine.join(machine.cwd, found.value))
    return tuple(files), first


def _folders(variables: Variables, machine: Machine, rules: TrustRules) -> tuple[str, ...]:
    """Folders of CA files; OpenSSL takes several, parted as in PATH."""
    found = next((found for name in rules.replacing_folder if (found := variables.get(name)) is not None), None)
    parts = found.value.split(machine.paths.pathsep) if found is not None else ()
    return tuple(machine.join(machine.cwd, part) for part in parts if part)


def _stores(chosen: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(_STORES[word] for word in (part.strip() for part in chosen.split(",")) if word in _STORES)
    return named or usual


def _settings(
    machine: Machine, stores: tuple[str, ...], extra: tuple[str, ...], replacing: tuple[str, ...]
) -> TrustSettings:
    if not machine.in_memory:
        return TrustSettings(stores=stores, extra_files=extra, replaced_by=replacing)
    # Nobody else can open these paths, so the certificates travel as text.
    contents = (machine.files.read(path) for path in (replacing or extra))
    pem = "\n".join(content.decode("latin-1") for content in contents if isinstance(content, bytes))
    return TrustSettings(stores=() if replacing else stores, extra_pem=pem)
