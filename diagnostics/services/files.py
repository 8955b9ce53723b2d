"""Files that somebody pastes or hands over, looked at as the scan looks at files on a disk. Nothing of them is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache

from diagnostics.engine.hiding import scrub
from diagnostics.engine.scan import examine_text
from diagnostics.engine.scan.examining import Examiner
from diagnostics.engine.scan.records import LEVELS, Found
from diagnostics.engine.scan.showing import Line, excerpt, name_for
from diagnostics.engine.wording import one_line

MOST_FILES = 20
MOST_BYTES = 1_000_000
"""All of them together."""

TOO_MUCH = f"That is more than {MOST_BYTES // 1_000_000} MB. Hand over the settings files alone; `probe.pyz scan` looks through whole folders."
NOT_HERE = (
    "who may read the file on its machine",
    "whether its certificates' files are there",
    "whether git has it, and what the history of its repository holds",
)
"""What only the machine of the file can tell."""


@dataclass(frozen=True)
class CheckedFile:
    """One file: what it was taken for, what was found, and the lines that are told of, without secrets."""

    name: str
    kind: str
    found: tuple[Found, ...] = ()
    lines: tuple[Line, ...] = field(default=(), repr=False)

    @property
    def level(self) -> str:
        """The worst that was found, "" where nothing was."""
        return next((level for level in LEVELS if any(one.level == level for one in self.found)), "")


@lru_cache(maxsize=16)
def _examiner(client: str | None, today: date) -> Examiner:
    return Examiner(today, client)


def _today() -> date:
    return datetime.now(UTC).date()


def check(files: Sequence[tuple[str, str]], client: str | None = None) -> tuple[CheckedFile, ...]:
    """Look at (name, text) pairs, a name may be empty; ``client``: only its rules count."""
    return tuple(_checked(name.strip() or name_for(text), text, _examiner(client, _today())) for name, text in files)


def clients() -> tuple[tuple[str, str], ...]:
    """(name, title) of every client whose rules are known."""
    return tuple((rules.name, rules.title) for rules in _examiner(None, _today()).clients)


def _checked(name: str, text: str, examiner: Examiner) -> CheckedFile:
    source, hits, found = examine_text(name, text, examiner)
    kind = examiner.kinds.named(source.kind)
    lines = excerpt(source, hits, found, kind, examiner.vendors)
    return CheckedFile(one_line(scrub(name), 200), kind.title, found, lines)
