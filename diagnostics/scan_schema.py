"""What ``knowledge/scan`` must look like, checked before it is relied on: by tests, by ``manage.py check``, and when packing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from diagnostics.engine import library
from diagnostics.engine.scan.assigning import READERS
from diagnostics.engine.scan.records import LEVELS
from diagnostics.engine.scan.wording import SLOTS
from diagnostics.engine.vocabulary import CAUSES
from diagnostics.knowledge_schema import KnowledgeError


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _sentence(text: str) -> str:
    for slot in re.findall(r"\{([a-z_]+)\}", text):
        if slot not in SLOTS:
            raise ValueError(f"the slot {{{slot}}} is not declared")
    return text


def _cause(code: str) -> str:
    if code not in CAUSES:
        raise ValueError(f"the cause {code!r} is not declared")
    return code


def _reader(name: str) -> str:
    if name not in READERS:
        raise ValueError(f"there is no reader {name!r}")
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return text


Sentence = Annotated[str, Field(min_length=5), AfterValidator(_sentence)]


class RuleTable(_Table):
    """One ``[[rule]]``."""

    code: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    level: Literal["problem", "warning", "info"]
    title: str = Field(min_length=5, max_length=60)
    says: Sentence
    why: Sentence
    fix: Sentence
    cause: Annotated[str, AfterValidator(_cause)] | None = None


class RulesFile(_Table):
    """``rules.toml``."""

    rule: list[RuleTable] = Field(min_length=1)


class KindTable(_Table):
    """One ``[[file]]``."""

    kind: str = Field(pattern=r"^[a-z_]+$")
    title: str
    paths: list[str] = Field(min_length=1)
    reader: Annotated[str, AfterValidator(_reader)]
    expands: Literal["", "shell", "braces", "github", "kubernetes", "template", "code"] = ""
    client: str = ""
    runs: Literal["here", "container", "ci", "elsewhere"] = "elsewhere"
    shared: bool = False
    personal: bool = False
    template: bool = False


class FilesFile(_Table):
    """``files.toml``."""

    passed_over: list[str]
    no_text: list[str]
    file: list[KindTable] = Field(min_length=1)


class MistakenTable(_Table):
    """One ``[[mistaken]]``."""

    wrong: str
    right: str


class OffTable(_Table):
    """One ``[[off]]``."""

    name: str
    values: list[str] = Field(min_length=1)


class CodeTable(_Table):
    """One ``[[code]]``."""

    literal: str = Field(min_length=3)
    pattern: Annotated[str, AfterValidator(_pattern)]


class NamesFile(_Table):
    """``names.toml``."""

    installers: list[str]
    models: list[str]
    others: list[str]
    mistaken: list[MistakenTable]
    off: list[OffTable]
    code: list[CodeTable]


_FILES: dict[str, type[_Table]] = {"rules": RulesFile, "files": FilesFile, "names": NamesFile}


def check() -> None:
    """Validate the folder. Raises ``KnowledgeError``."""
    validate(library.aside("scan").tables)


def validate(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ``KnowledgeError`` with every fault, each with file and key."""
    faults = [*_form(tables)]
    faults = faults or [*_twice(tables)]
    if faults:
        raise KnowledgeError("\n".join(faults))


def _form(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, model in _FILES.items():
        try:
            model.model_validate(tables.get(name, {}))
        except ValidationError as error:
            for fault in error.errors():
                key = ".".join(str(part) for part in fault["loc"])
                yield f"knowledge/scan/{name}.toml: {key}: {fault['msg'].removeprefix('Value error, ')}"
    yield from (f"knowledge/scan/{name}.toml: nothing reads it" for name in tables if name not in _FILES)


def _twice(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for file, list_of, key in (("rules", "rule", "code"), ("files", "file", "kind"), ("names", "mistaken", "wrong")):
        named = [entry[key] for entry in tables[file][list_of]]
        for one in sorted({name for name in named if named.count(name) > 1}):
            yield f"knowledge/scan/{file}.toml: {one}: declared twice"
    if tables["files"]["file"][-1]["paths"] != ["*"]:
        yield "knowledge/scan/files.toml: the last kind must take every path"


assert set(LEVELS) == {"problem", "warning", "info"}  # the literals above repeat them for the type checker
