"""What the model table's files must look like, checked by tests, by ``manage.py check`` and when packing; an error names file and key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from diagnostics.engine import library, models_table
from diagnostics.knowledge_schema import KnowledgeError


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _pattern(text: str) -> str:
    re.compile(text)
    return text


Day = Annotated[str, AfterValidator(_day)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelTable(_Table):
    """One ``[[models]]``."""

    id: Id
    title: str = Field(min_length=3)
    stage: Literal["active", "legacy", "deprecated", "retired"]
    aliases: list[Id] = []
    released: Day | None = None
    deprecated_on: Day | None = None
    retires_on: Day | None = None
    not_before: Day | None = None
    successor: Id | None = None
    context: int | None = Field(default=None, ge=1000, le=100_000_000)
    max_output: int | None = Field(default=None, ge=100, le=10_000_000)
    bedrock: str | None = None
    vertex: str | None = None
    source: str | None = Field(default=None, min_length=5)


class VendorFile(_Table):
    """A file of ``models/``; its name is the vendor's code in ``providers/``."""

    name: str
    title: str
    date: Day
    source: str = Field(min_length=5)
    prefixes: list[str] = Field(min_length=1)
    well_formed: Annotated[str, AfterValidator(_pattern)] = ""
    listed: list[str] = []
    client_names: dict[str, list[str]] = {}
    client_suffix: dict[str, str] = {}
    models: list[ModelTable] = []


def check_models() -> Mapping[str, models_table.Vendor]:
    """Validate the table in the knowledge folder and load it. Raises ``KnowledgeError``."""
    tables = library.aside("models").tables
    validate(tables)
    return models_table.load(tables)


def validate(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ``KnowledgeError`` with every fault: of form first, then of what the entries say of each other."""
    faults = [fault for name, table in tables.items() for fault in _form(name, table)]
    faults = faults or [fault for name, table in tables.items() for fault in _references(name, table)]
    if faults:
        raise KnowledgeError("\n".join(faults))


def _form(name: str, table: Any) -> Iterator[str]:
    where = f"knowledge/models/{name}.toml"
    try:
        VendorFile.model_validate(table)
    except ValidationError as error:
        for fault in error.errors():
            yield f"{where}: {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
    if isinstance(table, Mapping) and table.get("name", name) != name:
        yield f"{where}: name: the file is named {name} and holds {table['name']}"


def _references(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    entries: list[Mapping[str, Any]] = table.get("models", [])
    ids = {entry["id"] for entry in entries}
    names = [one for entry in entries for one in (entry["id"], *entry.get("aliases", ()))]
    for one in sorted({one for one in names if names.count(one) > 1}):
        yield f"knowledge/models/{name}.toml: models.{one}: named twice"
    for entry in entries:
        where = f"knowledge/models/{name}.toml: models.{entry['id']}"
        if entry.get("successor", entry["id"]) not in ids:
            yield f"{where}.successor: no model {entry['successor']!r}"
        if entry.get("successor") == entry["id"]:
            yield f"{where}.successor: a model does not follow itself"
        yield from (f"{where}.{fault}" for fault in _dates(entry))


def _dates(entry: Mapping[str, Any]) -> Iterator[str]:
    """What the stage and the days of one model must be to each other."""
    ends, stage = entry.get("retires_on"), entry["stage"]
    if stage == "retired" and ends is None:
        yield "retires_on: missing, and the model is retired"
    if stage in ("active", "legacy") and ends is not None:
        yield f"stage: {stage}, and an end is announced: write deprecated"
    if ends is not None and "not_before" in entry:
        yield "not_before: an end is announced; leave the promise out"
    days = [entry[key] for key in ("released", "deprecated_on", "retires_on") if key in entry]
    if days != sorted(days):
        yield "released, deprecated_on, retires_on: not in this order"
