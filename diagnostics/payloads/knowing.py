"""What the lab knows besides the schemas: ``knowledge/payloads.toml``, and of the engine's knowledge what it shares."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from diagnostics.engine import library
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.request import PROTOCOL


@dataclass(frozen=True)
class Protocol:
    """One protocol that a request may be of; see the file's head for the fields."""

    name: str
    title: str
    vendor: str
    path: str
    marks: tuple[str, ...]
    needs: tuple[str, ...]
    largest: int
    env: str
    base: str
    beta: str = ""
    also_at: tuple[str, ...] = ()

    @property
    def is_anthropic(self) -> bool:
        return self.vendor == "anthropic"


@dataclass(frozen=True)
class Known:
    """The file, and beside it the table of requests, the vendors and the titles of the engine's knowledge."""

    raw: Mapping[str, Any]
    protocols: Mapping[str, Protocol]
    table: Mapping[str, Any]
    vendors: Vendors
    titles: Mapping[str, str]

    def instead(self, protocol: Protocol) -> Mapping[str, str]:
        """Slips and other protocols' names of fields -> the field that is meant."""
        if protocol.is_anthropic:
            return dict(self.table["instead"])
        return dict(self.raw["instead"].get(protocol.name, {}))

    def dropped(self, protocol: Protocol) -> tuple[str, ...]:
        """Fields of others that have no counterpart: what they ask for cannot be asked for here."""
        return tuple(self.raw["dropped"].get(protocol.name, ()))

    @property
    def samples(self) -> tuple[Mapping[str, str], ...]:
        """Requests to try the lab with: name, title, text."""
        return tuple(self.raw["samples"])

    def cause(self, part: str) -> str:
        """The code of the cause that a part of a request leads to."""
        return str(self.raw["causes"][part])


@lru_cache(maxsize=1)
def known() -> Known:
    """Read once."""
    raw = tomllib.loads((library.FOLDER / "payloads.toml").read_text(encoding="utf-8"))
    knowledge = library.load()
    protocols = {
        entry["name"]: Protocol(
            **{
                **entry,
                "marks": tuple(entry["marks"]),
                "needs": tuple(entry["needs"]),
                "also_at": tuple(entry.get("also_at", ())),
            }
        )
        for entry in raw["protocols"]
    }
    return Known(raw, protocols, knowledge.requests[PROTOCOL], Vendors(knowledge.providers), knowledge.titles)
