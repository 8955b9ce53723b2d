"""Which kind of file a path is, by the table ``knowledge/scan/files.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What is known of a file by its name; the fields are told at the top of the table."""

    kind: str
    title: str
    paths: tuple[str, ...]
    reader: str
    expands: str = ""
    client: str = ""
    runs: str = "elsewhere"
    shared: bool = False
    personal: bool = False
    template: bool = False


class Kinds:
    """The table, asked by path or by name."""

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self._kinds = tuple(Kind(**{**entry, "paths": tuple(entry["paths"])}) for entry in entries)
        self._patterns = tuple(re.compile("|".join(map(translate, kind.paths))) for kind in self._kinds)

    def of(self, path: str) -> Kind:
        """The kind of the file at ``path``; the last entry takes any."""
        plain = path.replace("\\", "/").lower()
        pairs = zip(self._kinds, self._patterns)
        return next((kind for kind, pattern in pairs if pattern.match(plain)), self._kinds[-1])

    def named(self, kind: str) -> Kind:
        """The entry of this name."""
        return next(each for each in self._kinds if each.kind == kind)
