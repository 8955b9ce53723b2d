"""What the list of cases is asked for, all of it in the address, and its results with the words that were looked for marked."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine.library import load
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.models import Case, Environment, Membership, User
from diagnostics.models.case_words import UNSPACED, phrases, words_of
from diagnostics.services.case_words import title_of
from diagnostics.views import notes
from diagnostics.views.knowing.search import Piece, marked
from diagnostics.views.listing import by_title, known, select

STATES = (
    ("open", "Open"),
    ("waiting", "Waiting for somebody"),
    ("green", "Green, to close"),
    ("closed", "Closed"),
)
AGES = (
    ("1", "Opened in the last day"),
    ("7", "Opened in the last 7 days"),
    ("30", "Opened in the last 30 days"),
    ("older30", "Older than 30 days"),
    ("older90", "Older than 90 days"),
    ("closed30", "Closed in the last 30 days"),
    ("closed90", "Closed in the last 90 days"),
)
_LONGEST = 200
_AROUND = 60  # characters on both sides of the first hit
_NUMBER = re.compile(r"#\s*(\d{1,9})")


@dataclass(frozen=True)
class Asked:
    """The choices of the list, each as it stands in the address; what is not known counts as not asked."""

    query: str
    state: str
    cause: str
    environment: str
    assignee: str
    opened_by: str
    age: str

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Asked:
        """From the query string."""
        return cls(
            query=" ".join(str(asked.get("q", "")).split())[:_LONGEST],
            state=known(asked.get("state"), STATES),
            cause=known(asked.get("cause"), [(code, code) for code in load().causes]),
            environment=str(asked.get("environment", "")),
            assignee=str(asked.get("assignee", "")),
            opened_by=str(asked.get("opened_by", "")),
            age=known(asked.get("age"), AGES),
        )

    @property
    def number(self) -> int | None:
        """The case that was asked for by its number, as in ``#123``."""
        found = _NUMBER.fullmatch(self.query)
        return int(found[1]) if found else None

    def filter(
        self, viewer: User, environments: Sequence[Environment], people: Sequence[Membership]
    ) -> selectors.CaseFilter:
        """The same for the database. People and environments that are none of the team's count as not asked."""
        users: dict[str, User] = {str(one.user_id): one.user for one in people} | {"me": viewer}
        kind, days = self.age.rstrip("0123456789"), self.age.lstrip("abcdefghijklmnopqrstuvwxyz")
        moment = timezone.now() - timedelta(days=int(days)) if days else None
        return selectors.CaseFilter(
            state=self.state if self.state in Case.State.values else "",
            waiting=self.state == "waiting",
            green=self.state == "green",
            cause=self.cause,
            environment=next((one for one in environments if str(one.pk) == self.environment), None),
            nowhere=self.environment == "none",
            own=self.environment == "own",
            assignee=users.get(self.assignee),
            unassigned=self.assignee == "nobody",
            opened_by=users.get(self.opened_by),
            by_runs=self.opened_by == "runs",
            opened_since=moment if kind == "" else None,
            opened_until=moment if kind == "older" else None,
            closed_since=moment if kind == "closed" else None,
        )

    def selects(self, environments: Sequence[Environment], people: Sequence[Membership]) -> list[dict[str, Any]]:
        """For the filter bar."""
        named = [(str(one.user_id), str(one.user)) for one in people]
        exercises = self.environment == "own" or any(one.practice for one in environments)
        ranges = [("own", "All but the practice range")] if exercises else []
        places = [(str(one.pk), one.name) for one in environments]
        causes = [choice for choice in by_title(load().causes) if choice[0] != HEALTHY]
        return [
            select("state", "State", STATES, self.state),
            select("assignee", "Assigned to", [("me", "Me"), ("nobody", "Nobody"), *named], self.assignee),
            select("environment", "Environment", [*ranges, *places, ("none", "None of them")], self.environment),
            select("cause", "Cause", causes, self.cause),
            select("opened_by", "Opened by", [("runs", "A run"), ("me", "Me"), *named], self.opened_by),
            select("age", "Age", AGES, self.age),
        ]


@dataclass(frozen=True)
class Result:
    """A case that was found: its title with the words marked, and a line of where else they stand."""

    case: Case
    title: tuple[Piece, ...]
    context: tuple[Piece, ...]


def results(shown: Sequence[Case], typed: str) -> list[Result]:
    """The lines of a search."""
    wanted = [word for part in phrases(typed) for word in part]
    marks = _marks(typed)
    bare = [case for case in shown if not _standing(case, marks)]
    longest = max((word for word in re.findall(r"[^\W_]+", typed)), key=len, default="")
    found = selectors.notes_holding(bare, longest) if bare and wanted else {}
    return [_result(case, marks, found.get(case.pk, "")) for case in shown]


def _result(case: Case, marks: re.Pattern[str], note: str) -> Result:
    text = _standing(case, marks) or (html.unescape(notes.plain(note)) if note else "")
    context = tuple(marked(around(text, marks), marks)) if text and text != case.title else ()
    return Result(case, tuple(marked(case.title, marks)), context)


def _standing(case: Case, marks: re.Pattern[str]) -> str:
    """The first of the case's own texts beyond its title in which a word stands; the title itself where only that has it."""
    own = (case.what_fixed, case.what_it_was, title_of(case.cause), case.title)
    return next((text for text in own if marks.search(text)), "")


def _marks(typed: str) -> re.Pattern[str]:
    """Words that begin like those that were typed. An accent that stands in only one of the two is not seen."""
    typed_words = sorted(set(re.findall(r"[^\W_]+", typed)), key=len, reverse=True)
    shapes = [re.escape(word) for word in typed_words if words_of(word)]
    return re.compile(rf"(?:(?<![^\W_])|(?=[{UNSPACED}]))(?:" + "|".join(shapes or ["(?!)"]) + ")", re.IGNORECASE)


def around(text: str, marks: re.Pattern[str]) -> str:
    """A line of the text about the first hit, cut between words."""
    text = " ".join(text.split())
    found = marks.search(text)
    at = found.start() if found else 0
    low, high = max(0, at - _AROUND), min(len(text), at + 2 * _AROUND)
    line = text[low:high]
    line = "… " + line.partition(" ")[2] if low and " " in line[:_AROUND] else line
    return line if high == len(text) else line.rpartition(" ")[0] + " …"
