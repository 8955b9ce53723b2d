"""What a hand-off packet is made of: ``knowledge/handoffs/<receiver>.toml``, checked and as records. ``network.toml`` tells the keys."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diagnostics.engine import library
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.schema_parts import CauseCode, Condition, Text

FOLDER = library.FOLDER / "handoffs"
Shows = Literal["path", "failures", "calls", "gateway_calls", "hosts", "certificate"]
"""Tables and blocks that are made of the whole report, or of the hosts' list, rather than of single facts."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RowTable(_Table):
    """One row: left out where a fact in ``value`` was not measured; ``missing`` is then told as not measured."""

    label: str = Field(min_length=2)
    value: Text = Field(min_length=2)
    when: Condition | None = None
    missing: str = ""


class SectionTable(_Table):
    """A part of the packet: rows, or what ``shows`` names."""

    title: str = Field(min_length=3)
    lead: str = ""
    shows: Shows | None = None
    row: list[RowTable] = []


class AskTable(_Table):
    """Something the receiver is asked to do: with these verdicts, or any where none is named, and only where ``when`` holds.

    ``closing``: what every packet ends with; nobody is written to for it alone.
    """

    text: Text = Field(min_length=10)
    causes: list[CauseCode] = []
    when: Condition | None = None
    closing: bool = False


class WhereTable(_Table):
    """Other words for subject or opening, where the facts show more than holds for every run."""

    when: Condition
    subject: Text = ""
    opening: Text = ""


class Outcome(_Table):
    """What the receiver reads after "I changed it". ``moved``: their part is done, and something else stops the client."""

    works: str = Field(min_length=5)
    still: str = Field(min_length=5)
    moved: str = Field(min_length=5)
    undecided: str = Field(min_length=5)


class Receiver(_Table):
    """Somebody who gets a packet."""

    name: str = Field(pattern=r"^[a-z]+$")
    title: str = Field(min_length=2)
    to: str = Field(min_length=2)
    order: int
    causes: list[CauseCode] = Field(min_length=1)
    sides: list[Literal["client", "network", "provider", "request"]] = []
    needs: Condition | None = None
    fits: Condition | None = None
    hides: list[Literal["hosts", "addresses", "names", "settings", "credential"]] = []
    describes_key: bool = False
    subject: Text = Field(min_length=10)
    opening: Text = Field(min_length=20)
    where: list[WhereTable] = []
    section: list[SectionTable] = Field(min_length=1)
    ask: list[AskTable] = Field(min_length=1)
    outcome: Outcome


@lru_cache(maxsize=2)
def receivers(folder: Path = FOLDER) -> tuple[Receiver, ...]:
    """Every receiver in the chooser's order, read once. Raises ``KnowledgeError`` with every fault: file and key."""
    tables = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml"))}
    return check(tables)


def check(tables: Mapping[str, Mapping[str, Any]]) -> tuple[Receiver, ...]:
    """Receivers of tables by the names of their files. Raises ``KnowledgeError``."""
    made: list[Receiver] = []
    faults: list[str] = []
    for name, table in tables.items():
        try:
            made.append(Receiver.model_validate({"name": name, **table}))
        except ValidationError as error:
            faults += [_fault(name, one) for one in error.errors()]
    faults += list(_twice(made))
    if faults:
        raise KnowledgeError("\n".join(faults))
    return tuple(sorted(made, key=lambda one: one.order))


def _fault(name: str, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    return f"knowledge/handoffs/{name}.toml: {key}: {error['msg'].removeprefix('Value error, ')}"


def _twice(made: list[Receiver]) -> Iterator[str]:
    """An order that two share, and sections that are empty or two things at once."""
    orders = [one.order for one in made]
    for one in made:
        where = f"knowledge/handoffs/{one.name}.toml"
        if orders.count(one.order) > 1:
            yield f"{where}: order: {one.order} is another receiver's as well"
        if any(bool(words.subject) + bool(words.opening) == 0 for words in one.where):
            yield f"{where}: where: it has neither a subject nor an opening"
        for section in one.section:
            if bool(section.row) == (section.shows is not None):
                yield f"{where}: section {section.title!r}: it has either rows or one thing that it shows"
