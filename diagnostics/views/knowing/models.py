"""The table of models as its page shows it: each with its state of a day, filtered and sorted by what stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from diagnostics.engine import models_table
from diagnostics.engine.models_table import Model, State
from diagnostics.views.listing import select

STAGES = (
    ("active", "Current"),
    ("legacy", "Former, still served"),
    ("deprecated", "Ending"),
    ("retired", "Retired"),
)
SORTS = ("stage", "name", "released", "ends")
SOON = 60
"""Days before its end from which a model is marked."""

_LONGEST = 100  # characters of a name


@dataclass(frozen=True)
class Row:
    """A model on a day. ``names``: every name it has, with the platform that it has it on ("" for the vendor's own API).

    ``lapsed``: the day up to which it was promised is over, and no end is announced.
    """

    model: Model
    stage: str
    stage_word: str
    days_left: int | None
    successor: str | None
    names: tuple[tuple[str, str], ...]
    lapsed: bool

    @property
    def is_soon(self) -> bool:
        """It ends within the days that call for a mark."""
        return self.days_left is not None and self.days_left <= SOON


@dataclass(frozen=True)
class Filter:
    """What is shown of the table, and in which order."""

    query: str
    stage: str
    vendor: str
    sort: str

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Filter:
        """From the query string; what is not known counts as not asked."""
        sort = str(asked.get("sort", ""))
        return cls(
            query=str(asked.get("q", "")).strip()[:_LONGEST],
            stage=str(asked.get("stage", "")) if asked.get("stage") in dict(STAGES) else "",
            vendor=str(asked.get("vendor", "")) if asked.get("vendor") in models_table.load() else "",
            sort=sort if sort.lstrip("-") in SORTS else "stage",
        )

    @property
    def selects(self) -> list[dict[str, Any]]:
        """For the filter bar."""
        vendors = [(name, vendor.title) for name, vendor in models_table.load().items() if vendor.models]
        made = [select("stage", "State", STAGES, self.stage)]
        return [*made, select("vendor", "Vendor", vendors, self.vendor)] if len(vendors) > 1 else made

    @property
    def keep(self) -> list[tuple[str, str]]:
        """What else stays in the address when the filter changes."""
        return [("sort", self.sort)] * (self.sort != "stage")

    def apply(self, every: Sequence[Row]) -> list[Row]:
        """The rows asked for, in the order asked for."""
        kept = [row for row in every if self._keeps(row)]
        key = self.sort.lstrip("-")
        if key == "stage":
            kept.sort(key=lambda row: [stage for stage, _ in STAGES].index(row.stage))
        elif key == "name":
            kept.sort(key=lambda row: row.model.title)
        elif key == "released":
            kept.sort(key=lambda row: row.model.released or date.min, reverse=True)
        else:
            kept.sort(key=lambda row: row.model.retires_on or row.model.not_before or date.max)
        return kept[::-1] if self.sort.startswith("-") else kept

    def _keeps(self, row: Row) -> bool:
        text = " ".join((row.model.title, *(name for name, _ in row.names))).lower()
        return (
            all(word in text for word in self.query.lower().split())
            and self.stage in ("", row.stage)
            and self.vendor in ("", row.model.vendor)
        )


def rows(today: date) -> list[Row]:
    """Every model of which more than the name is known, as it stands on that day."""
    return [_row(model, today) for vendor in models_table.load().values() for model in vendor.models]


def asked(name: str, today: date) -> State | None:
    """What a name means that somebody typed whole; None where nothing was typed or it is several words."""
    return models_table.state_of(name, today) if name and " " not in name else None


def _row(model: Model, today: date) -> Row:
    stage = model.stage_on(today)
    after = _served_longest(model, today)
    own = ((name, "") for name in (model.id, *model.aliases))
    others = ((name, models_table.PLATFORMS[platform]) for platform, name in model.platforms.items())
    left = (model.retires_on - today).days if model.retires_on is not None and stage != "retired" else None
    lapsed = model.retires_on is None and model.not_before is not None and model.not_before < today
    return Row(model, stage, dict(STAGES)[stage], left, after.id if after else None, (*own, *others), lapsed)


def _served_longest(model: Model, today: date) -> Model | None:
    """What to use in its place: its successor, and that one's while it is a former model itself."""
    vendor, seen = models_table.load()[model.vendor], {model.id}
    after = vendor.successor_of(model, today)
    while after is not None and after.stage_on(today) == "legacy" and after.id not in seen:
        seen.add(after.id)
        later = vendor.successor_of(after, today)
        if later is None:
            break
        after = later
    return after
