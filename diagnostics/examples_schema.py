"""The worked cases of the practice range: ``knowledge/examples.toml``, checked and as records."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diagnostics.engine import library
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.schema_parts import CauseCode

FILE = library.FOLDER / "examples.toml"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExampleEvent(_Table):
    """A line of the timeline, ``at`` minutes after the case was opened. Without ``by`` the product itself says it."""

    at: int = Field(ge=0)
    kind: Literal["run", "note", "state", "fix", "wizard", "cause"]
    by: str = ""
    text: str = Field(min_length=5)

    @property
    def seconds(self) -> int:
        """When, after the case was opened."""
        return self.at * 60


class Example(_Table):
    """A closed case of a practice environment."""

    practice: str
    title: str = Field(min_length=10)
    cause: CauseCode
    minutes: int = Field(gt=0)
    what_it_was: str = Field(min_length=20)
    what_fixed: str = Field(min_length=20)
    event: tuple[ExampleEvent, ...] = Field(min_length=4)

    @property
    def seconds(self) -> int:
        """From opening to closing."""
        return self.minutes * 60


class _File(_Table):
    example: tuple[Example, ...]


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """Every example, in the order of the practice range. Raises KnowledgeError."""
    try:
        return _File.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8"))).example
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from error
