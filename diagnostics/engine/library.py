"""The knowledge as records: causes, signatures, playbooks, and the plain tables of clients, providers and requests.

Two sources give the same content and so the same version: the TOML folder ``diagnostics/knowledge`` (in a checkout, read with
``tomllib``), or ``knowledge.json``, which ``packing.py`` compiles into ``probe.pyz`` so that any interpreter can read it from inside
the zip. Form is checked on the web side by ``diagnostics.knowledge_schema``; here a wrong form raises ``KeyError`` or ``TypeError``.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

from diagnostics.engine import operations
from diagnostics.engine.calls import readings
from diagnostics.engine.matching import Condition
from diagnostics.engine.operations import Operation
from diagnostics.engine.playbook_records import Playbook, playbooks_of

FOLDER = Path(__file__).resolve().parent.parent / "knowledge"
COMPILED = "knowledge.json"
KINDS = ("causes", "signatures", "playbooks", "clients", "providers", "requests", "operations")
"""What verdicts of runs are made from: ``Knowledge.version`` is of these."""
ASIDE = ("texts", "models", "scan")
"""Kinds of which no verdict of a run is made. Each is compiled into a file of its own and read when somebody asks for it."""


@dataclass(frozen=True)
class Signature:
    """What facts mean: one finding. Signatures of the same code are readings of it, of which the first that holds makes it.

    ``withdrawn_by`` names findings that, when they hold, show this one to have been a false suspicion; ``cause`` the cause that a
    warning stands for when it stands beside the verdict.
    """

    code: str
    layer: str
    level: str
    when: Condition
    says: str
    withdrawn_by: tuple[str, ...] = ()
    cause: Optional[str] = None


@dataclass(frozen=True)
class Evidence:
    """How much a finding moves a cause, in log-odds (negative: against it).

    ``stage`` overrides where on its path the client meets the fault. A finding that is only ``context`` ("control hosts answer") adds to
    what others say for the cause and says nothing by itself. ``explains`` are findings that the cause explains when this one holds.
    """

    finding: str
    weight: float
    stage: Optional[str] = None
    context: bool = False
    explains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Neighbour:
    """A cause this one is confused with, and what tells the two apart."""

    code: str
    tell: str


@dataclass(frozen=True)
class Variant:
    """Better words for a cause where a condition holds; the first that holds is used."""

    when: Condition
    summary: str
    title: Optional[str] = None


@dataclass(frozen=True)
class Cause:
    """One root cause of ``causes.md``: its words, and the evidence for and against it. ``side`` and ``layer`` are None for ``healthy``."""

    code: str
    side: Optional[str]
    layer: Optional[str]
    stage: str
    title: str
    summary: str
    plain: str
    who_acts: str
    prior: float
    evidence: tuple[Evidence, ...]
    explains: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    requires: Optional[Condition] = None
    decider: Optional[str] = None
    confused_with: tuple[Neighbour, ...] = ()

    def explained(self, present: Collection[str]) -> frozenset[str]:
        """Findings that this cause explains when those that are ``present`` hold, besides these themselves."""
        by_evidence = (code for item in self.evidence if item.finding in present for code in item.explains)
        return frozenset((*self.explains, *by_evidence))


@dataclass(frozen=True)
class Knowledge:
    """Everything the verdict is made from. ``version`` is the sha256 of its canonical JSON."""

    version: str
    signatures: tuple[Signature, ...]
    causes: Mapping[str, Cause]
    playbooks: Mapping[str, Playbook]
    clients: Mapping[str, Mapping[str, Any]]
    providers: Mapping[str, Mapping[str, Any]]
    requests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)

    @property
    def titles(self) -> Mapping[str, str]:
        """Vendors and clients as people write them."""
        return {
            name: str(table["title"])
            for tables in (self.providers, self.clients)
            for name, table in tables.items()
            if "title" in table
        }


@lru_cache(maxsize=4)
def load(path: Optional[Path] = None) -> Knowledge:
    """The knowledge: of ``path``, else compiled into this package, else of the folder beside it. Read once."""
    return build(read_tables(path))


def read_tables(path: Optional[Path] = None) -> dict[str, dict[str, Any]]:
    """The tables as written: kind -> file name without suffix -> content."""
    if path is None:
        packed = _compiled(COMPILED)
        if packed is not None:
            tables: dict[str, dict[str, Any]] = json.loads(packed)
            return tables
    return {kind: _read_folder((path or FOLDER) / kind) for kind in KINDS}


@dataclass(frozen=True)
class Aside:
    """The tables of one kind of ``ASIDE``: file name without suffix -> content. ``version`` is the sha256 of their canonical JSON."""

    version: str
    tables: Mapping[str, Mapping[str, Any]]


@lru_cache(maxsize=4)
def aside(kind: str) -> Aside:
    """One kind of ``ASIDE``, read once."""
    packed = _compiled(f"{kind}.json")
    tables = _read_folder(FOLDER / kind) if packed is None else json.loads(packed)
    return Aside("sha256:" + hashlib.sha256(canonical(tables)).hexdigest(), tables)


def canonical(tables: Mapping[str, Any]) -> bytes:
    """The tables as JSON with sorted keys and no spaces: what is compiled, and what the version is the sha256 of."""
    return json.dumps(tables, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def build(tables: Mapping[str, Mapping[str, Any]]) -> Knowledge:
    """Records of tables as ``read_tables`` gives them."""
    return Knowledge(
        version="sha256:" + hashlib.sha256(canonical(tables)).hexdigest(),
        signatures=tuple(_signatures(tables["signatures"])),
        causes={table["code"]: _cause(table) for table in tables["causes"].values()},
        playbooks=playbooks_of(tables["playbooks"]),
        clients=tables["clients"],
        providers=tables["providers"],
        requests=tables.get("requests", {}),
        operations={table["code"]: operations.operation(table) for table in tables.get("operations", {}).values()},
    )


def _compiled(name: str) -> Optional[bytes]:
    try:
        return pkgutil.get_data("diagnostics.engine", name)
    except OSError:  # not packed: this is a checkout
        return None


def _read_folder(folder: Path) -> dict[str, Any]:
    return {file.stem: _read_toml(file) for file in sorted(folder.glob("*.toml"))}


def _read_toml(file: Path) -> dict[str, Any]:
    import tomllib  # 3.11; the packed probe never comes here

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: {error}") from error


def _signatures(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Signature]:
    for layer, table in sorted(tables.items()):
        for entry in table["finding"]:
            for reading in readings(entry):
                yield Signature(**{"layer": layer, **reading, "withdrawn_by": tuple(entry.get("withdrawn_by", ()))})


def _cause(table: Mapping[str, Any]) -> Cause:
    made = dict(table)
    made["evidence"] = tuple(
        Evidence(**{**item, "explains": tuple(item.get("explains", ()))}) for item in table.get("evidence", ())
    )
    made["confused_with"] = tuple(Neighbour(**item) for item in table.get("confused_with", ()))
    made["variants"] = tuple(Variant(**item) for item in table.get("variants", ()))
    made["explains"] = tuple(table.get("explains", ()))
    return Cause(**{"side": None, "layer": None, **made})
