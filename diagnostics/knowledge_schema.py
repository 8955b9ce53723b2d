"""What the knowledge files must look like, checked before anything relies on them: by tests, by ``manage.py check``, and when packing.

An error names the file and the key. Nothing unknown is let through: no fact, cause, probe, finding or key that is not declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator

from diagnostics import operations_schema, playbooks_schema
from diagnostics.condition_schema import faults
from diagnostics.engine import library, matching
from diagnostics.engine.library import Knowledge
from diagnostics.engine.vocabulary import (
    CALLS,
    HEALTHY,
    LAYERS,
    LEVELS,
    SIDES,
    UNKNOWN,
)
from diagnostics.engine.wording import slots
from diagnostics.operations_schema import OperationFile
from diagnostics.playbooks_schema import PlaybookFile
from diagnostics.schema_parts import CauseCode, Condition, Layer, ProbeName, Table, Text, known

_CODE = r"^[a-z0-9_]+(\.[a-z0-9_]+)*$"


class KnowledgeError(ValueError):
    """Knowledge that must not be used; one line per fault, each with file and key."""


def _about_answers(value: Any) -> Any:
    for fault in faults(value, answers=True):
        raise ValueError(fault)
    return value


class FindingTable(Table):
    """One ``[[finding]]`` of a signatures file."""

    code: str = Field(pattern=_CODE)
    layer: Layer | None = None
    level: Literal["problem", "warning", "info"]
    says: Text = Field(min_length=10)
    when: Annotated[dict[str, Any], AfterValidator(_about_answers)]
    calls: list[Annotated[str, known(CALLS, "the call")]] = Field(default=[], min_length=1)
    withdrawn_by: list[str] = []
    cause: CauseCode | None = None


class EvidenceTable(Table):
    """One entry of a cause's ``evidence``."""

    finding: str
    weight: float = Field(ge=-20, le=20)
    stage: Layer | None = None
    context: bool = False
    explains: list[str] = []

    @field_validator("weight")
    @classmethod
    def _moves(cls, weight: float) -> float:
        if weight == 0:
            raise ValueError("evidence of no weight is none; name the finding under `explains`")
        return weight


class NeighbourTable(Table):
    """One ``[[confused_with]]``."""

    code: CauseCode
    tell: Text = Field(min_length=10)


class VariantTable(Table):
    """One ``[[variants]]``."""

    when: Condition
    summary: Text
    title: Text | None = None


class CauseTable(Table):
    """A file of ``causes/``."""

    code: CauseCode
    side: Literal["client", "network", "provider", "request"] | None = None
    layer: Layer | None = None
    stage: Layer
    title: Text
    summary: Text
    plain: Text
    who_acts: str
    prior: float = Field(lt=0)
    decider: ProbeName | None = None
    requires: Condition | None = None
    evidence: list[EvidenceTable] = []
    explains: list[str] = []
    variants: list[VariantTable] = []
    confused_with: list[NeighbourTable] = []


class SignaturesFile(Table):
    """A file of ``signatures/``; its name is the findings' layer."""

    finding: list[FindingTable] = Field(min_length=1)


_FILES: dict[str, type[Table]] = {
    "causes": CauseTable,
    "signatures": SignaturesFile,
    "playbooks": PlaybookFile,
    "operations": OperationFile,
}


def check_knowledge() -> Knowledge:
    """Validate the knowledge folder and load it. Raises ``KnowledgeError``."""
    tables = library.read_tables(library.FOLDER)
    validate(tables)
    return library.build(tables)


def validate(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ``KnowledgeError`` with every fault: first of form, and when the form is right, of what the files say of each other."""
    faults = [
        fault
        for kind, model in _FILES.items()
        for name, table in tables.get(kind, {}).items()
        for fault in _form(kind, name, model, table)
    ]
    faults = faults or list(_references(tables))
    if faults:
        raise KnowledgeError("\n".join(faults))


def _form(kind: str, name: str, model: type[Table], table: Any) -> Iterator[str]:
    where = f"knowledge/{kind}/{name}.toml"
    try:
        model.model_validate(table)
    except ValidationError as error:
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            yield f"{where}: {key}: {fault['msg'].removeprefix('Value error, ')}"
    stem = table.get("cause" if kind == "playbooks" else "code", name)
    if kind != "signatures" and stem != name:
        yield f"{where}: code: the file is named {name} and holds {stem}"
    if kind == "signatures" and name not in LAYERS:
        yield f"{where}: the file's name is no layer"


def _references(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    signs = [
        (f"knowledge/signatures/{name}.toml", sign)
        for name, table in tables["signatures"].items()
        for sign in table["finding"]
    ]
    codes = {sign["code"] for _, sign in signs}
    causes, playbooks = tables["causes"], tables["playbooks"]
    yield from _twice(signs)
    for where, sign in signs:
        for code in sign.get("withdrawn_by", ()):
            if code not in codes:
                yield f"{where}: {sign['code']}.withdrawn_by: no finding {code!r}"
        if sign.get("cause") and sign["cause"] not in causes:
            yield f"{where}: {sign['code']}.cause: no file for {sign['cause']}"
        yield from _unguarded(where, sign)
    for name, table in causes.items():
        where = f"knowledge/causes/{name}.toml"
        yield from (
            f"{where}: evidence: no finding {item['finding']!r}"
            for item in table.get("evidence", ())
            if item["finding"] not in codes
        )
        explained = [table, *table.get("evidence", ())]
        yield from (
            f"{where}: explains: no finding {code!r}"
            for part in explained
            for code in part.get("explains", ())
            if code not in codes
        )
        if name not in (HEALTHY, UNKNOWN) and ("side" not in table or "layer" not in table):
            yield f"{where}: side, layer: missing"
        if name not in playbooks:
            yield f"{where}: no playbook knowledge/playbooks/{name}.toml"
    yield from (f"knowledge/causes: no file for {code}" for code in (HEALTHY, UNKNOWN) if code not in causes)
    yield from (f"knowledge/playbooks/{name}.toml: no cause of this name" for name in playbooks if name not in causes)
    yield from operations_schema.references(tables)
    yield from playbooks_schema.references(tables)


def _twice(signs: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    seen: set[str] = set()
    for where, sign in signs:
        if sign["code"] in seen:
            yield f"{where}: {sign['code']}: declared twice"
        seen.add(sign["code"])


def _unguarded(where: str, sign: Mapping[str, Any]) -> Iterator[str]:
    """A fact that a sentence shows must be one its condition asks about, or have words in its place."""
    asked = set(matching.facts_in(sign["when"]))
    for fact, otherwise in slots(sign["says"]):
        if fact not in asked and otherwise is None:
            yield f"{where}: {sign['code']}.says: {fact} may be unmeasured; give words after |"


assert set(LEVELS) == {"problem", "warning", "info"}  # the literals above repeat the vocabulary for the type checker
assert set(SIDES) == {"client", "network", "provider", "request"}
