"""How often the verdict is right: the table that `make accuracy` writes, as records. Nothing here decides anything."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from diagnostics.engine import library

FILE = library.FOLDER / "accuracy.toml"
_Z = 1.96  # standard deviations on both sides of 95 %


@dataclass(frozen=True)
class Rate:
    """Right ones among so many tries."""

    right: int
    count: int

    @property
    def share(self) -> float:
        """How many of them are right, 0..1."""
        return self.right / self.count if self.count else 0.0

    @property
    def at_least(self) -> float:
        """What so many tries show with 95 % certainty (Wilson's interval): few tries show little, even if all are right."""
        if not self.count:
            return 0.0
        middle = self.share + _Z**2 / (2 * self.count)
        spread = _Z * math.sqrt(self.share * (1 - self.share) / self.count + _Z**2 / (4 * self.count**2))
        return (middle - spread) / (1 + _Z**2 / self.count)


@dataclass(frozen=True)
class CauseRates:
    """One cause: where it is the fault (``scenarios`` as declared, ``mutants`` changed), and where the verdict ``named`` it."""

    scenarios: Rate
    mutants: Rate
    named: Rate


@dataclass(frozen=True)
class Bin:
    """Verdicts given with about the same confidence: from ``least`` to a tenth more, on average ``confidence``."""

    least: float
    confidence: float
    rate: Rate


@dataclass(frozen=True)
class Accuracy:
    """The whole table. ``knowledge`` is the version it was measured with, ``on`` the day (RFC 3339)."""

    on: str
    engine: str
    knowledge: str
    scenarios: Rate
    mutants: Rate
    calibration_error: float
    sure_and_wrong: int
    bins: tuple[Bin, ...]
    causes: Mapping[str, CauseRates]


def measured() -> Accuracy | None:
    """What was measured last; None where no table was written yet."""
    try:
        return _read(FILE, FILE.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=2)
def _read(file: Path, changed: int) -> Accuracy:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    made, overall = table["made"], table["overall"]
    return Accuracy(
        on=made["on"],
        engine=made["engine"],
        knowledge=made["knowledge"],
        scenarios=_rate(overall["scenarios"]),
        mutants=_rate(overall["mutants"]),
        calibration_error=overall["calibration_error"],
        sure_and_wrong=overall["sure_and_wrong"],
        bins=tuple(Bin(one["least"], one["confidence"], _rate(one)) for one in table.get("bins", ())),
        causes={
            code: CauseRates(_rate(one["scenarios"]), _rate(one["mutants"]), _rate(one["named"]))
            for code, one in table.get("causes", {}).items()
        },
    )


def _rate(table: Mapping[str, Any]) -> Rate:
    return Rate(table["right"], table["count"])
