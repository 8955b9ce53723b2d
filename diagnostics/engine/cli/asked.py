"""What a dashboard may ask of a probe that listens: checks by their names, for a run by its number. Nothing else is read of its answer.

Whoever holds the dashboard can at worst have harmless checks repeated, no faster than ``Pace`` allows.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Any

from diagnostics.engine.cli.reaching import table

_RUN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = 65_536  # characters of an answer
_MOST = 10  # requests of one answer
_MOST_NAMES = 60
_WINDOW = 60.0  # seconds
_BUDGET = 24  # checks in that time; a whole run counts as six
_WHOLE = 6


@dataclass(frozen=True)
class Wanted:
    """A run that waits for this machine; ``probes`` is empty for a whole one."""

    run: str
    probes: frozenset[str] = frozenset()


def allowed() -> frozenset[str]:
    """The names that may be asked for: every probe that reads and asks, none that is billed."""
    from diagnostics.engine.probes import PROBES

    return frozenset(probe.name for probe in PROBES if not probe.billed)


def read(text: str) -> tuple[list[Wanted], list[str]]:
    """What is asked for, and the numbers of the runs that ask for what is no check here: those are refused whole."""
    rows = table(text).get("runs") if len(text) <= _LONGEST else None
    wanted: list[Wanted] = []
    refused: list[str] = []
    for row in rows[:_MOST] if isinstance(rows, list) else ():
        number = row.get("run") if isinstance(row, dict) else None
        if not isinstance(number, str) or not _RUN.fullmatch(number):
            continue
        if row.get("kind") == "full":
            wanted.append(Wanted(number))
        elif row.get("kind") == "check" and _known(row.get("probes")):
            wanted.append(Wanted(number, frozenset(row["probes"])))
        else:
            refused.append(number)
    return wanted, refused


def _known(names: Any) -> bool:
    if not isinstance(names, list) or not 0 < len(names) <= _MOST_NAMES:
        return False
    return all(isinstance(name, str) for name in names) and set(names) <= allowed()


class Pace:
    """How often the dashboard may have its way."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque()

    def takes(self, wanted: Wanted, now: float) -> bool:
        """Whether this one may go now, in seconds of the monotonic clock; counted if so."""
        while self._taken and now - self._taken[0] >= _WINDOW:
            self._taken.popleft()
        cost = 1 if wanted.probes else _WHOLE
        if len(self._taken) + cost > _BUDGET:
            return False
        self._taken.extend([now] * cost)
        return True
