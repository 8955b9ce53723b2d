"""Full-text search over cases: one table of words, and the database's own index over it.

SQLite has a virtual table of FTS5 and PostgreSQL a generated `tsvector` with a GIN index; triggers and the generated column
(migration `0012_cases`) keep them in step inside whatever transaction writes the words. Both get words that `words_of` has
cut, so that they agree on what a word is. On SQLite a migration that rebuilds this table has to make its triggers anew.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func
from django.db.models.sql.compiler import SQLCompiler

from diagnostics.models.base import TeamRow
from diagnostics.models.cases import Case

UNSPACED = "\u0e01-\u0e4f\u3005\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Of scripts that put no space between words (Thai, Japanese, Chinese), as a part of a class of a pattern."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_PARTS = re.compile(r'"([^"]*)"?|(\S+)')
_LONGEST_WORD = 60
_MOST_PARTS = 12
_FTS = "SELECT rowid FROM diagnostics_casefts WHERE diagnostics_casefts MATCH %s"


class CaseWords(TeamRow):
    """What a case can be found by. Ids count up, so the newest case has the highest: results are read along them."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="words")
    words = models.TextField()  # the team's own word first, then title, cause, notes and resolution
    place = models.TextField(blank=True)  # the environment's name

    def __str__(self) -> str:
        return f"words of {self.case_id}"


def words_of(text: str) -> list[str]:
    """The words of a text in small letters without accents; one that begins with a digit gets a letter in front of it.

    Where a script has no spaces each of its letters is a word, so that a part of a sentence is found as a phrase.
    """
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()
    return [f"n{word[:_LONGEST_WORD]}" if word[0].isdigit() else word[:_LONGEST_WORD] for word in _WORD.findall(bare)]


def team_word(team_id: UUID) -> str:
    """The word that every case of a team has and no other."""
    return f"team{team_id.hex}"


def phrases(typed: str) -> list[list[str]]:
    """What was typed, part by part: words, what stands in quotes, and names such as ``proxy.corp``, each in its order."""
    parts = [words_of(quoted or bare) for quoted, bare in _PARTS.findall(typed)[:_MOST_PARTS]]
    return [part for part in parts if part]


class Matches(Func):
    """Whether a row of CaseWords holds every part of `typed`; the last word counts as the beginning of one, unless quoted."""

    output_field = models.BooleanField()

    def __init__(self, team_id: UUID, typed: str) -> None:
        super().__init__(F("id"))
        self.parts = [[team_word(team_id)], *phrases(typed)]
        self.begun = not typed.rstrip().endswith('"')

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """FTS5: the ids that match."""
        column, _params = compiler.compile(self.source_expressions[0])
        asked = " AND ".join(f'"{" ".join(part)}"' for part in self.parts) + ("*" if self.begun else "")
        return f"{column} IN ({_FTS})", (asked,)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """`tsvector`: the generated column beside the words."""
        column, _params = compiler.compile(self.source_expressions[0])
        asked = " & ".join("(" + " <-> ".join(f"'{word}'" for word in part) + ")" for part in self.parts)
        if self.begun:
            asked = asked.removesuffix(")") + ":*)"
        return f"{column.rpartition('.')[0]}.\"vector\" @@ to_tsquery('simple', %s)", (asked,)
