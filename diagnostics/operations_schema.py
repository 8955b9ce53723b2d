"""What a file of ``knowledge/operations`` must look like, and what its forms must say of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from diagnostics.engine.operations import KINDS, SHELLS, SHELLS_OF
from diagnostics.engine.playbooks.composing import SLOT
from diagnostics.schema_parts import Table, known

System = Literal["linux", "macos", "windows", "any"]
Shell = Annotated[str, known(SHELLS, "the shell")]


class FormTable(Table):
    """One ``[[form]]``: the lines for some systems and shells; without ``shells`` they are the same in each of those."""

    systems: list[System] = Field(min_length=1)
    shells: list[Shell] = []
    run: str = Field(min_length=2)
    undo: str = ""
    changes: str = ""
    lasting: bool = False
    parts: dict[str, str] = {}
    client: str | None = None
    in_cmd: bool = False


class InFileTable(Table):
    """``[in_file]``: what is done where a settings file of the client sets the variable."""

    operation: str
    names: list[str] = Field(min_length=1)
    passes: dict[str, str] = {}
    winner: str | None = None
    everywhere: bool = False
    offered: bool = False


class OperationFile(Table):
    """A file of ``operations/``."""

    code: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str = Field(min_length=8)
    takes: dict[str, Annotated[str, known(KINDS, "the kind")]] = {}
    defaults: dict[str, str] = {}
    form: list[FormTable] = Field(min_length=1)
    in_file: InFileTable | None = None


def references(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What forms ask for and the operation does not take, what is written twice, and operations that nobody uses."""
    used = {
        item["operation"]
        for table in tables["playbooks"].values()
        for step in table["step"]
        for item in step.get("use", ())
    }
    used |= {table["in_file"]["operation"] for table in tables.get("operations", {}).values() if "in_file" in table}
    for name, table in tables.get("operations", {}).items():
        where = f"knowledge/operations/{name}.toml"
        yield from (f"{where}: {fault}" for fault in _faults(table, tables["clients"]))
        yield from (f"{where}: in_file.{fault}" for fault in _faults_in_file(table, tables["operations"]))
        if name not in used:
            yield f"{where}: no step of a playbook uses it"


def _faults_in_file(table: Mapping[str, Any], operations: Mapping[str, Any]) -> Iterator[str]:
    there = table.get("in_file")
    if there is None:
        return
    if there["operation"] not in operations:
        yield f"operation: no operation {there['operation']!r}"
        return
    takes = set(operations[there["operation"]].get("takes", {}))
    yield from (f"passes.{name}: no argument of {there['operation']}" for name in set(there.get("passes", {})) - takes)
    given = {"file", "key", "folder", *there.get("passes", {})}
    yield from (f"passes: {name} of {there['operation']} is missing" for name in takes - given)
    own = set(table.get("takes", {}))
    named = {slot for name in there["names"] for slot, _ in SLOT.findall(name)} | set(there.get("passes", {}).values())
    yield from (f"{name}: no argument of the operation" for name in named - own)


def _faults(table: Mapping[str, Any], clients: Mapping[str, Any]) -> Iterator[str]:
    takes = set(table.get("takes", {}))
    yield from (f"defaults.{name}: no such argument" for name in set(table.get("defaults", {})) - takes)
    written: set[tuple[str, str, bool, str | None]] = set()
    for number, form in enumerate(table["form"]):
        slots = takes | set(form.get("parts", {})) | {"start_file"}
        told = [form["run"], form.get("undo", ""), form.get("changes", ""), *form.get("parts", {}).values()]
        for slot in {slot for text in told for slot, _ in SLOT.findall(text)} - slots:
            yield f"form.{number}: {{{slot}}} is no argument of the operation"
        if form.get("client") and form["client"] not in clients:
            yield f"form.{number}.client: no client {form['client']!r}"
        if form.get("undo") and not form.get("changes"):
            yield f"form.{number}.changes: missing, though there is something to undo"
        if form.get("in_cmd"):
            yield from (f"form.{number}.in_cmd: {fault}" for fault in _faults_in_cmd(form))
        for system in form["systems"]:
            for shell in [*(form.get("shells") or SHELLS_OF[system]), *(["cmd"] if form.get("in_cmd") else [])]:
                if shell not in SHELLS_OF[system]:
                    yield f"form.{number}: {shell} is no shell of {system}"
                place = (system, shell, form.get("lasting", False), form.get("client"))
                if place in written:
                    yield f"form.{number}: written twice for {system}, {shell}"
                written.add(place)


def _faults_in_cmd(form: Mapping[str, Any]) -> Iterator[str]:
    """A line that cmd has PowerShell do ends with that PowerShell, and stands between double quotes."""
    if form["systems"] != ["windows"] or form.get("shells") != ["powershell"]:
        yield "only a line of PowerShell on Windows can be handed on"
    if not form.get("lasting") and form.get("undo"):
        yield "what the line leaves in its shell is gone when PowerShell ends"
    if any(sign in form["run"] + form.get("undo", "") for sign in '"%!'):
        yield "between cmd's double quotes stand no double quotes, percent or exclamation marks"
