"""How every read is done: within the viewer's teams, one row or a page of rows by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from diagnostics.models import (
    User,
)
from diagnostics.models.base import Ending

M = TypeVar("M", bound=Model)
E = TypeVar("E", bound=Ending)
R = TypeVar("R")

PAGE = 50  # rows of a list
LINKS, LINKS_ENDED = 20, 10  # of one run, on pages of that run


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list; `next` is the `before` of the following page, None at the end."""

    rows: Sequence[M]
    next: str | None


@dataclass(frozen=True)
class Few(Generic[E]):
    """Links or tokens as a page of something else shows them, newest first: those that open something and those that did, and how
    many there are of each besides."""

    alive: Sequence[E]
    ended: Sequence[E]
    more: int
    more_ended: int


def few(rows: QuerySet[E], most: int, most_ended: int) -> Few[E]:
    """One query where all of them fit."""
    now, fit = timezone.now(), min(most, most_ended)
    found = list(rows.order_by("-created_at", "-id")[: fit + 1])
    if len(found) <= fit:
        return Few([row for row in found if row.works(now)], [row for row in found if not row.works(now)], 0, 0)
    works = rows.model.working(now)
    alive, more = newest(rows.filter(works), most)
    ended, more_ended = newest(rows.filter(~works), most_ended)
    return Few(alive, ended, more, more_ended)


def newest(rows: QuerySet[E], most: int) -> tuple[list[E], int]:
    """The newest rows, and how many there are besides: they are counted only where there are more."""
    found = list(rows.order_by("-created_at", "-id")[: most + 1])
    return found[:most], rows.count() - most if len(found) > most else 0


def seen(rows: QuerySet[M], viewer: User) -> QuerySet[M]:
    """Those of the viewer's teams."""
    return rows.filter(team__memberships__user=viewer)


def standing(rows: QuerySet[M], path: str = "") -> QuerySet[M]:
    """Without what hangs on an environment that is being deleted: its rows are still going, and nobody sees them any more.

    `path` leads from the rows to what has the environment; none is no hindrance.
    """
    return rows.filter(**{f"{path}environment__doomed_at": None})


def narrowed(rows: QuerySet[M], **wanted: object) -> QuerySet[M]:
    """Those with these values; what is empty narrows nothing."""
    return rows.filter(**{column: value for column, value in wanted.items() if value})


def one(rows: QuerySet[M]) -> M:
    """The first row; Http404 where there is none."""
    row = rows.first()
    if row is None:
        raise Http404("There is nothing here.")
    return row


def one_of(rows: Sequence[R]) -> R:
    """As `one`, of rows that were found by key."""
    if not rows:
        raise Http404("There is nothing here.")
    return rows[0]


def page(rows: QuerySet[M], column: str, before: str | None, limit: int) -> Page[M]:
    """Rows by `column` and id, newest first, after the row that `before` names."""
    cursor = _cursor(before)
    if cursor is not None:
        at, last = cursor
        rows = rows.filter(**{f"{column}__lte": at}).exclude(Q(**{column: at}), id__gte=last)
    found = list(rows.order_by(f"-{column}", "-id")[: limit + 1])
    more = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], _named(getattr(more, column), more.pk) if more else None)


def _named(at: datetime, last: UUID) -> str:
    """With a Z: a plus is a space to whoever puts it into an address as it stands."""
    return f"{at.astimezone(UTC).isoformat().removesuffix('+00:00')}Z~{last}"


def _cursor(before: str | None) -> tuple[datetime, UUID] | None:
    at, _, last = (before or "").partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), UUID(last)) if moment.tzinfo else None
    except (ValueError, OverflowError):  # near the years 1 and 9999 no other zone has that moment
        return None  # a link somebody edited leads to the first page


def is_cursor(before: str) -> bool:
    """Whether this is the `next` of a page."""
    return _cursor(before) is not None
