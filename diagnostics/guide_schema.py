"""The guides: what a file of ``knowledge/guides`` must look like, and the guides as records. The probe carries none of them.

A guide is ``<slug>.md``: TOML between two lines ``+++``, then Markdown. Its links to other knowledge are relative names
(``[retries](guide:retries)``); ``views/knowing/links.py`` knows all kinds.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from markdown_it import MarkdownIt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from diagnostics.engine import library
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.schema_parts import CauseCode

FOLDER = library.FOLDER / "guides"
GROUPS = ("Choose", "Keys", "Resilience", "Deploy", "Network", "Watch")
"""The groups in the order of the list of guides."""

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
"""The Markdown that guides are written in: CommonMark and tables, no HTML."""

_WHOLE = re.compile(r"\+\+\+\n(?P<front>.*?)\n\+\+\+\n(?P<body>.*)", re.DOTALL)


def _one_sentence(text: str) -> str:
    if not text.endswith(".") or ". " in text:
        raise ValueError("one sentence with its full stop is wanted")
    return text


class GuideTable(BaseModel):
    """The front matter of a guide. ``date`` is the day of its facts; ``ages``: they age, so the page says so in front."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=3, max_length=80)
    summary: Annotated[str, AfterValidator(_one_sentence)] = Field(min_length=10, max_length=200)
    group: Literal["Choose", "Keys", "Resilience", "Deploy", "Network", "Watch"]
    order: int
    date: datetime.date
    sources: list[Annotated[str, Field(min_length=3)]] = Field(min_length=1)
    causes: list[CauseCode] = []
    ages: bool = False


@dataclass(frozen=True)
class Guide:
    """One guide as it is written. ``body`` is Markdown."""

    slug: str
    title: str
    summary: str
    group: str
    order: int
    date: datetime.date
    sources: tuple[str, ...]
    causes: tuple[str, ...]
    ages: bool
    body: str


@dataclass(frozen=True)
class Snippet:
    """A fenced block: ``language`` is the first word after the fence, ``title`` the rest (may be empty)."""

    language: str
    title: str
    code: str


@lru_cache(maxsize=4)
def read_guides(folder: Path = FOLDER) -> tuple[Guide, ...]:
    """Every guide in the order of the list, read once. Raises ``KnowledgeError`` with every fault: file and key."""
    made: list[Guide] = []
    faults: list[str] = []
    for file in sorted(folder.glob("*.md")):
        try:
            made.append(parse(file.stem, file.read_text(encoding="utf-8")))
        except KnowledgeError as error:
            faults.append(str(error))
    if faults:
        raise KnowledgeError("\n".join(faults))
    return tuple(sorted(made, key=lambda guide: (GROUPS.index(guide.group), guide.order, guide.slug)))


def version(folder: Path = FOLDER) -> str:
    """What the guides say, as sha256: another text, another version."""
    return _version(read_guides(folder))


@lru_cache(maxsize=4)
def _version(guides: tuple[Guide, ...]) -> str:
    return hashlib.sha256(repr(guides).encode()).hexdigest()


def parse(slug: str, text: str) -> Guide:
    """One guide of its text. Raises ``KnowledgeError``."""
    where = f"knowledge/guides/{slug}.md"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise KnowledgeError(f"{where}: a guide's file is named with small letters, digits and single hyphens")
    parts = _WHOLE.fullmatch(text)
    if parts is None:
        raise KnowledgeError(f"{where}: it begins with TOML between two lines of +++, and text after them")
    table = _front(where, parts["front"])
    body = parts["body"].strip() + "\n"
    faults = [f"{where}: {fault}" for fault in _body_faults(body)]
    if faults:
        raise KnowledgeError("\n".join(faults))
    listed = {"sources": tuple(table.sources), "causes": tuple(table.causes)}
    return Guide(slug=slug, body=body, **{**table.model_dump(), **listed})


def snippets(guide: Guide) -> Iterator[Snippet]:
    """The fenced blocks of a guide in their order, for the tests that run them."""
    for token in PARSER.parse(guide.body):
        if token.type == "fence":
            language, _, title = token.info.strip().partition(" ")
            yield Snippet(language, title.strip(), token.content)


def _front(where: str, text: str) -> GuideTable:
    try:
        table: dict[str, Any] = tomllib.loads(text)
        return GuideTable.model_validate(table)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{where}: {error}") from error
    except ValidationError as error:
        lines = (
            f"{where}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise KnowledgeError("\n".join(lines)) from error


def _body_faults(body: str) -> Iterator[str]:
    tokens = PARSER.parse(body)
    if not any(token.type == "paragraph_open" for token in tokens):
        yield "body: there is no text"
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open" and token.tag not in ("h2", "h3"):
            yield f"body, line {line}: headings are ## and ###; the title is the first"
        if token.type == "fence" and not token.info.strip():
            yield f"body, line {line}: a block of code begins with its language"
        if token.type == "code_block":
            yield f"body, line {line}: a block of code stands between ``` lines, so that it says its language"
