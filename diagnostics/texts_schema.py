"""What the files of ``knowledge/texts`` must look like, checked by tests, by ``manage.py check``, and when packing.

An error names the file and the key. Each wording proves by its examples that its literals stand in whatever its pattern matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from diagnostics.condition_schema import faults
from diagnostics.engine import decoder, library
from diagnostics.engine.decoder.facts import TEXT_FACTS
from diagnostics.engine.vocabulary import ENGINE_VERSION
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.schema_parts import CauseCode

_CODE = r"^[a-z0-9_]+\.[a-z0-9_]+$"


def _about_texts(value: Any) -> Any:
    for fault in faults(value, declared=TEXT_FACTS):
        raise ValueError(fault)
    return value


def _compiles(pattern: str) -> str:
    try:
        made = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"does not compile: {error}") from error
    if made.match(""):
        raise ValueError("matches nothing at all; let it ask for something")
    if re.search("[A-Z]", re.sub(r"\\.|\(\?P[<=]\w+[>)]", "", pattern)):
        raise ValueError("is matched on text in lower case: write it so")
    return pattern


def _bounded(pattern: str) -> str:
    """No ``*`` or ``+`` of anything wide: a spiteful text would make it slow."""
    if re.search(r"(?:\.|\[\^[^\]]*\])(?:\*|\+)", pattern):
        raise ValueError("repeats without a bound: write {0,200}")
    return pattern


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExampleTable(_Table):
    """One entry of a sign's ``examples``: as the program prints it."""

    client: str = Field(pattern=r"^[a-z0-9-]+$")
    text: str = Field(min_length=3, max_length=600)
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")


class SignTable(_Table):
    """One ``[[sign]]``."""

    code: str = Field(pattern=_CODE)
    says: str = Field(min_length=10)
    find: list[Annotated[str, Field(min_length=2, max_length=90)]] = []
    pattern: Annotated[str, AfterValidator(_compiles), AfterValidator(_bounded)] | None = None
    when: Annotated[dict[str, Any], AfterValidator(_about_texts)] | None = None
    weights: dict[CauseCode, Annotated[float, Field(ge=-20, le=20)]] = Field(min_length=1)
    answers: bool = False
    context: bool = False
    recovers: bool = False
    share: str | None = Field(default=None, pattern=r"^[a-z0-9_]+$")
    at_most: float = Field(default=1.0, gt=0, le=1)
    own_line: bool = False
    examples: list[ExampleTable] = Field(min_length=1)


class WordingTable(_Table):
    """One ``[[wording]]``: other words for a sign that is there."""

    of: str = Field(pattern=_CODE)
    find: list[Annotated[str, Field(min_length=2, max_length=90)]] = Field(min_length=1)
    pattern: Annotated[str, AfterValidator(_compiles), AfterValidator(_bounded)] | None = None
    examples: list[ExampleTable] = Field(min_length=1)


class ClientTable(_Table):
    """One ``[[client]]``."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    find: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    versions: list[Annotated[str, AfterValidator(_compiles), AfterValidator(_bounded)]] = []


class DoubtTable(_Table):
    """The ``[doubt]``: patterns by which a line takes itself back."""

    taken_back: list[Annotated[str, AfterValidator(_compiles), AfterValidator(_bounded)]]
    mentioned: list[Annotated[str, AfterValidator(_compiles), AfterValidator(_bounded)]]
    warned: list[Annotated[str, AfterValidator(_compiles), AfterValidator(_bounded)]]


class TextsFile(_Table):
    """A file of ``texts/``."""

    doubt: DoubtTable | None = None
    sign: list[SignTable] = []
    wording: list[WordingTable] = []
    client: list[ClientTable] = []


def check_texts(mark: Path | None = None) -> None:
    """Validate the folder as it stands, examples included. Raises ``KnowledgeError``.

    ``mark``: a file in which stands for what the examples were proven last. Reading 900 of them takes seconds, so a start does it once.
    """
    tables = _tables()
    validate(tables)
    version = f"{ENGINE_VERSION} {library.aside('texts').version} {library.load().version}"
    if mark is not None and mark.exists() and mark.read_text(encoding="utf-8") == version:
        return
    unproven = list(_unproven(tables))
    if unproven:
        raise KnowledgeError("\n".join(unproven))
    if mark is not None:
        with suppress(OSError):  # a folder that cannot be written to costs these seconds each time
            mark.write_text(version, encoding="utf-8")


def _tables() -> Mapping[str, Mapping[str, Any]]:
    return library.aside("texts").tables


def validate(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ``KnowledgeError`` with every fault of form, one a line."""
    found = [fault for name, table in tables.items() for fault in _form(name, table)]
    found = found or list(_references(tables))
    if found:
        raise KnowledgeError("\n".join(found))


def _form(name: str, table: Any) -> Iterator[str]:
    where = f"knowledge/texts/{name}.toml"
    try:
        TextsFile.model_validate(table)
    except ValidationError as error:
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            yield f"{where}: {key}: {fault['msg'].removeprefix('Value error, ')}"
        return
    for sign in table.get("sign", ()):
        code = sign["code"]
        if not sign.get("find") and not sign.get("when"):
            yield f"{where}: {code}: it needs find or when"
        if sign.get("pattern") and not sign.get("find"):
            yield f"{where}: {code}.pattern: a pattern needs literals that are searched first"
    for client in table.get("client", ()):
        for pattern in client.get("versions", ()):
            if "version" not in re.compile(pattern).groupindex:
                yield f"{where}: {client['name']}.versions: the pattern has no group called version"


def _references(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    codes = {sign["code"] for table in tables.values() for sign in table.get("sign", ())}
    for name, table in tables.items():
        where = f"knowledge/texts/{name}.toml"
        for sign in table.get("sign", ()):
            if sign["code"] in seen:
                yield f"{where}: {sign['code']}: declared twice"
            seen.add(sign["code"])
            for code in _asked(sign.get("when", {})):
                if code not in codes:
                    yield f"{where}: {sign['code']}.when: no sign {code!r}"
        for number, wording in enumerate(table.get("wording", ())):
            if wording["of"] not in codes:
                yield f"{where}: wording.{number}.of: no sign {wording['of']!r}"


def _asked(condition: Mapping[str, Any]) -> Iterator[str]:
    """Codes of signs that a condition asks for."""
    for join in ("all", "any", "none"):
        for part in condition.get(join, ()):
            yield from _asked(part)
    if condition.get("fact") == "text.signs":
        yield from condition.get("has_any", ())
        if "has" in condition:
            yield condition["has"]


def _unproven(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Examples in which the decoder does not see the wording that they stand for."""
    for name, table in tables.items():
        where = f"knowledge/texts/{name}.toml"
        for sign in table.get("sign", ()):
            for number, example in enumerate(sign["examples"]):
                if sign["code"] not in decoder.codes(example["text"]):
                    yield f"{where}: {sign['code']}.examples.{number}: the wording is not seen in it"
        for place, wording in enumerate(table.get("wording", ())):
            for number, example in enumerate(wording["examples"]):
                if not _fits(wording, example["text"]) or wording["of"] not in decoder.codes(example["text"]):
                    yield f"{where}: wording.{place}.examples.{number}: {wording['of']!r} is not seen in it"


def _fits(wording: Mapping[str, Any], text: str) -> bool:
    """Whether these words are in it, and not only others of the same sign."""
    lowered = text.lower()
    return any(literal.lower() in lowered for literal in wording["find"]) and (
        "pattern" not in wording or re.search(wording["pattern"], lowered) is not None
    )
