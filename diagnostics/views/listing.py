"""What lists are filtered and sorted by; all of it stands in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from diagnostics.models import Environment
from diagnostics.selectors import EnvironmentRow
from diagnostics.services.case_words import title_of

STATES = (("broken", "Broken"), ("works", "Works"), ("unknown", "Not known"), ("none", "Never run"))


@dataclass(frozen=True)
class EnvironmentFilter:
    """The choices of the environments' list."""

    query: str
    state: str
    kind: str
    sort: str
    archived: bool

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> EnvironmentFilter:
        """From the query string; what is not known counts as not asked."""
        sort = str(asked.get("sort", ""))
        return cls(
            query=str(asked.get("q", "")).strip()[:100],
            state=known(asked.get("state"), STATES),
            kind=known(asked.get("kind"), Environment.Kind.choices),
            sort=sort if sort.lstrip("-") in ("name", "when", "state") else "name",
            archived=asked.get("archived") == "1",
        )

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query or self.state or self.kind)

    @property
    def selects(self) -> list[dict[str, Any]]:
        """For the filter bar."""
        return [
            select("state", "State", STATES, self.state),
            select("kind", "Kind", Environment.Kind.choices, self.kind),
        ]

    @property
    def keep(self) -> list[tuple[str, str]]:
        """What else stays in the address when the filter changes."""
        return [("sort", self.sort)] * (self.sort != "name") + [("archived", "1")] * self.archived

    def apply(self, rows: Sequence[EnvironmentRow]) -> list[EnvironmentRow]:
        """The rows asked for, in the order asked for."""
        kept = [row for row in rows if self._keeps(row)]
        key = self.sort.lstrip("-")
        if key == "when":
            kept.sort(key=lambda row: row.last_run.queued_at.timestamp() if row.last_run else 0.0)
        elif key == "state":
            kept.sort(key=lambda row: ("broken", "unknown", "none", "works").index(state_of(row)))
        if self.sort.startswith("-"):
            kept.reverse()
        return kept

    def _keeps(self, row: EnvironmentRow) -> bool:
        found = row.environment
        text = f"{found.name} {found.base_url} {found.client} {row.last_run.title if row.last_run else ''}".lower()
        return (
            all(word in text for word in self.query.lower().split())
            and self.state in ("", state_of(row))
            and self.kind in ("", found.kind)
        )


def state_of(row: EnvironmentRow) -> str:
    """How an environment stands by its last run: broken, works, unknown, or none."""
    return state_by(row.last_run.cause if row.last_run else None)


def state_by(cause: str | None) -> str:
    """The same by the last run's cause; None: there is no run."""
    if cause is None:
        return "none"
    return {HEALTHY: "works", UNKNOWN: "unknown", "": "unknown"}.get(cause, "broken")


def known(value: object, choices: Sequence[tuple[Any, Any]]) -> str:
    """The value of an address, if it is one of the choices; else as if it was not asked."""
    return str(value) if any(value == known for known, _ in choices) else ""


def by_title(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Causes to choose from, by the words that pages and forms name them with."""
    return sorted(((code, title_of(code)) for code in codes), key=lambda choice: choice[1].casefold())


def select(
    name: str, label: str, choices: Sequence[tuple[Any, Any]], chosen: str, unasked: str = "Any"
) -> dict[str, Any]:
    """One choice of a filter bar; `unasked` is what it says while nothing is chosen."""
    options = [{"value": value, "label": said, "selected": value == chosen} for value, said in choices]
    return {"name": name, "label": label, "options": options, "unasked": unasked}
