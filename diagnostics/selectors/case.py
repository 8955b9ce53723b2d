"""Cases: lists by what one asks for, one of them, and its timeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from diagnostics.models import (
    Case,
    CaseEvent,
    CaseWords,
    Environment,
    Team,
    User,
)
from diagnostics.models.case_words import Matches, phrases
from diagnostics.selectors.looking import PAGE, Page, narrowed, one, page, seen, standing
from diagnostics.selectors.team import get_membership_or_404

TIMELINE = 100  # events shown at once
_SHOWN = ("environment", "closed_by", "assignee", "opened_by")
_UNSEEN = ("traits", "telling")
_WORDS_ID = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to; what is left as it is does not narrow."""

    state: str = ""  # "open", "closed"
    waiting: bool = False  # open ones that wait for somebody
    green: bool = False  # open ones that a healthy run came to
    cause: str = ""
    environment: Environment | None = None
    nowhere: bool = False  # those of no environment
    own: bool = False  # those that are somebody's trouble, and no exercise on the practice range
    assignee: User | None = None
    unassigned: bool = False
    opened_by: User | None = None
    by_runs: bool = False  # those that no person opened
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    closed_since: datetime | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any(getattr(self, each.name) for each in fields(self))

    def where(self, path: str = "") -> Q:
        """The same for a query; `path` leads from its rows to the case ("case__")."""
        wanted: dict[str, object] = {
            "cause": self.cause or None,
            "state": Case.State.OPEN if self.waiting or self.green else self.state or None,
            "environment": self.environment,
            "assignee": self.assignee,
            "opened_by": self.opened_by,
            "opened_at__gte": self.opened_since,
            "opened_at__lte": self.opened_until,
            "closed_at__gte": self.closed_since,
            "green_since__isnull": False if self.green else None,
            "assignee__isnull": True if self.unassigned else None,
            "environment__isnull": True if self.nowhere else None,
            "environment__practice__isnull": True if self.own else None,  # true of no environment as well
            "opened_by__isnull": True if self.by_runs else None,
        }
        found = Q(**{path + column: value for column, value in wanted.items() if value is not None})
        return found & ~Q(**{f"{path}waiting_on": ""}) if self.waiting else found


def cases(
    viewer: User,
    team: Team,
    *,
    state: str = "",
    cause: str = "",
    environment: Environment | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> Page[Case]:
    """Cases, the ones that changed last first."""
    get_membership_or_404(viewer, team)
    found = standing(Case.objects.filter(team=team)).select_related(*_SHOWN).defer(*_UNSEEN)
    found = narrowed(found, state=state, cause=cause, environment=environment)
    return page(found, "changed_at", before, limit)


def cases_where(viewer: User, team: Team, wanted: CaseFilter, before: str | None = None) -> Page[Case]:
    """Cases that the filter keeps, the ones that changed last first."""
    get_membership_or_404(viewer, team)
    found = standing(Case.objects.filter(wanted.where(), team=team)).select_related(*_SHOWN).defer(*_UNSEEN)
    return page(found, "changed_at", before, PAGE)


def search_cases(viewer: User, team: Team, typed: str, wanted: CaseFilter, before: str | None = None) -> Page[Case]:
    """Cases that hold every word of what was typed, the newest first; none where nothing was typed that is a word.

    Read along the ids of the words, which count up: a word that every case has costs no more than one that few have.
    """
    get_membership_or_404(viewer, team)
    if not phrases(typed):
        return Page((), None)
    related = (f"case__{name}" for name in _SHOWN)
    found = CaseWords.objects.filter(Matches(team.pk, typed), wanted.where("case__"), team=team)
    found = (
        standing(found, "case__")
        .select_related("case", *related)
        .defer("words", "place", *(f"case__{name}" for name in _UNSEEN))
    )
    if _WORDS_ID.fullmatch(before or ""):
        found = found.filter(pk__lt=int(str(before)))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    return Page([row.case for row in rows[:PAGE]], str(rows[PAGE - 1].pk) if len(rows) > PAGE else None)


def notes_holding(shown: Sequence[Case], word: str) -> dict[UUID, str]:
    """For these cases the newest note that holds the word as it stands, for the lines of a list of results."""
    found = CaseEvent.objects.filter(case__in=shown, kind=CaseEvent.Kind.NOTE, deleted_at=None, text__icontains=word)
    newest = found.order_by("-at").values_list("case_id", "text")[: 4 * PAGE]
    return dict(reversed(list(newest)))


def case_numbered(viewer: User, team: Team, number: int) -> Case | None:
    """The team's case of this number."""
    get_membership_or_404(viewer, team)
    if number > 2_000_000_000:
        return None
    return standing(Case.objects.filter(team=team, number=number)).select_related(*_SHOWN).first()


def open_cases(viewer: User, environment: Environment) -> list[Case]:
    """The open cases of one environment, the ones that changed last first; one a cause at most."""
    get_membership_or_404(viewer, environment.team_id)
    found = Case.objects.filter(environment=environment, state=Case.State.OPEN)
    return list(found.select_related("environment").order_by("-changed_at", "-id"))


def get_case_or_404(viewer: User, case_id: UUID) -> Case:
    """A case of the viewer's teams."""
    return one(standing(seen(Case.objects.select_related(*_SHOWN, "team"), viewer)).filter(pk=case_id))


def get_note_or_404(viewer: User, case_id: UUID, event_id: UUID) -> CaseEvent:
    """A note of a case of the viewer's teams."""
    found = CaseEvent.objects.filter(case_id=case_id, kind=CaseEvent.Kind.NOTE, pk=event_id)
    return one(standing(seen(found, viewer), "case__").select_related("case__team", "case__environment", "author"))


def recent_events(case: Case, before: str | None = None) -> Page[CaseEvent]:
    """The latest events of a case, oldest first, with their authors and runs; `next` leads to those before them."""
    events = CaseEvent.objects.filter(case=case).select_related("author", "run", "pasted")
    light = events.defer("run__report", "run__upload", "run__snapshot", "pasted__text", "pasted__answer")
    found = page(light, "at", before, TIMELINE)
    return Page(list(reversed(found.rows)), found.next)
