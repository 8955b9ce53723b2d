"""Which certificate authorities this client trusts, and what is wrong with the files its settings name."""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.environment.clients.rules import TrustRules
from diagnostics.engine.environment.machine import Machine, Unreadable
from diagnostics.engine.environment.variables import Variable, Variables
from diagnostics.engine.records import FactValue, TrustSettings

# A block must begin at the start of a line; a byte order mark before the first one hides it from OpenSSL.
# It ends at the next line of dashes, whatever that says: a file of nothing but beginnings is read once, not once for each.
_BEGINS = re.compile(rb"^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----\r?$", re.MULTILINE)
_ANYTHING = re.compile(rb"^-----BEGIN ", re.MULTILINE)
_DASHES = re.compile(rb"^-----(END )?", re.MULTILINE)
_SPACE = string.whitespace.encode()
_STORES = {"bundled": "public", "system": "system"}


@dataclass(frozen=True)
class Trust:
    """The settings as the client would apply them, and the facts about the files they name."""

    settings: TrustSettings
    facts: Mapping[str, FactValue]


def trust(variables: Variables, machine: Machine, rules: TrustRules, unchecked: bool = False) -> Trust:
    """What the client trusts; a file that cannot be used is left out where the client leaves it out, and kept where it stops at it.

    ``unchecked``: another setting than a variable switches the checks off.
    """
    extra, problem = _usable(variables, machine, rules.extra, drop=rules.broken == "ignored")
    replacing, replacing_problem = _usable(
        variables, machine, rules.replacing, drop=False, first_only=True, folders=rules.replacing_may_be_folder
    )
    folders = _folders(variables, machine, rules.replacing_folder) if not replacing else ()
    named = [found.value for name in (*rules.extra, *rules.replacing) if (found := variables.get(name)) is not None]
    facts: dict[str, FactValue] = {
        "config.ca.files": tuple(machine.shown(path) for path in named),
        "config.tls.verification_off": unchecked
        or (bool(rules.unverified) and variables.value(rules.unverified) == "0"),
    }
    broken = problem or replacing_problem
    facts["config.ca.problems"] = (broken[1],) if broken is not None else ()
    if broken is not None:
        facts["config.ca.variable"] = broken[0]
        facts["config.ca.stops"] = rules.ends_at_start
    elif replacing:
        facts["config.ca.variable"] = next(name for name in rules.replacing if variables.get(name) is not None)
    spoiling = next((name for name in rules.strict if _spoils_all(variables.get(name), machine)), None)
    if spoiling is not None:
        facts.update(
            {"config.ca.variable": spoiling, "config.ca.problems": ("not_pem",) if broken is None else (broken[1],)}
        )
        return Trust(TrustSettings(stores=()), {**facts, "config.trust.sets": ()})
    stores = _stores(variables.value(rules.store_variable) if rules.store_variable else "", rules.stores)
    if "system" in stores and any(variables.get(name) is not None for name in rules.system_file):
        also = _usable(variables, machine, rules.system_file, drop=True)[0]
        extra += tuple(path for path in also if path not in extra)
        stores = tuple(store for store in stores if store != "system" or not rules.system_replaced)
    extra += _folders(variables, machine, rules.system_folder)
    facts["config.trust.sets"] = _sets(machine, stores, extra, replacing or folders)
    return Trust(_settings(machine, stores, extra, replacing or folders), facts)


def _sets(
    machine: Machine, stores: tuple[str, ...], extra: tuple[str, ...], replacing: tuple[str, ...]
) -> tuple[str, ...]:
    """The stores and files that are trusted, in words that can be compared."""
    files = tuple(f"file {machine.shown(path)}" for path in dict.fromkeys(replacing or extra))
    return files if replacing else (*stores, *files)


def of_file(machine: Machine, path: str) -> Optional[TrustSettings]:
    """The authorities of one file and no others; None where it holds none."""
    if problem_of(machine, path) is not None:
        return None
    return _settings(machine, (), (machine.join(machine.cwd, path),), ())


def problem_of(machine: Machine, path: str) -> Optional[str]:
    """What keeps a file from holding certificates: "missing", "unreadable", "empty" or "not_pem"; None when it holds some."""
    content = machine.files.read(machine.join(machine.cwd, path))
    if content is None:
        return "missing"
    if isinstance(content, Unreadable):
        return "unreadable"
    if not content.strip():
        return "empty"
    return None if any(map(_is_der, _blocks(content))) else "not_pem"


def _spoils_all(found: Optional[Variable], machine: Machine) -> bool:
    """The file is there, and what a reader meets first in it is no certificate."""
    content = machine.files.read(machine.join(machine.cwd, found.value)) if found is not None else None
    if not isinstance(content, bytes):
        return False
    first = next(_blocks(content), None)
    if (
        first is None
    ):  # a file with other things, such as a private key, is left out; one with nothing of the kind is not
        return _ANYTHING.search(content) is None
    return not _is_der(first)


def _blocks(content: bytes) -> Iterator[bytes]:
    """What stands in each block; nothing of one that does not end."""
    at = 0
    while (begins := _BEGINS.search(content, at)) and (closes := _DASHES.search(content, begins.end())):
        yield content[begins.end() : closes.start()] if closes[1] else b""
        at = closes.start()


def _is_der(block: bytes) -> bool:
    """An ASN.1 sequence (X.690 8.1.3) that is as long as it says."""
    try:
        der = base64.b64decode(block.translate(None, _SPACE), validate=True)
    except binascii.Error:
        return False
    if len(der) < 2 or der[0] != 0x30:
        return False
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else der[1]
    return len(der) == 2 + octets + length


def _usable(
    variables: Variables,
    machine: Machine,
    names: tuple[str, ...],
    *,
    drop: bool,
    first_only: bool = False,
    folders: bool = False,
) -> tuple[tuple[str, ...], Optional[tuple[str, str]]]:
    """Files that the variables name, and the first (variable, problem) among them."""
    files: list[str] = []
    first: Optional[tuple[str, str]] = None
    set_ones: list[Variable] = [found for name in names if (found := variables.get(name)) is not None]
    for found in set_ones[:1] if first_only else set_ones:
        problem = problem_of(machine, found.value)
        if folders and problem is not None and machine.files.entries(machine.join(machine.cwd, found.value)):
            problem = None
        if problem is not None:
            first = first or (found.name, problem)
        if problem is None or not drop:
            files.append(machine.join(machine.cwd, found.value))
    return tuple(files), first


def _folders(variables: Variables, machine: Machine, names: tuple[str, ...]) -> tuple[str, ...]:
    """Folders of CA files; OpenSSL takes several, parted as in PATH."""
    found = next((found for name in names if (found := variables.get(name)) is not None), None)
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
