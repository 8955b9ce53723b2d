"""How every read is done: within the viewer's teams, one row or a page of rows by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from diagnostics.models import (
    User,
)

M = TypeVar("M", bound=Model)
R = TypeVar("R")

PAGE = 50  # rows of a list


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list; `next` is the `before` of the following page, None at the end."""

    rows: Sequence[M]
    next: str | None


def seen(rows: QuerySet[M], viewer: User) -> QuerySet[M]:
    return rows.filter(team__memberships__user=viewer)


def narrowed(rows: QuerySet[M], **wanted: object) -> QuerySet[M]:
    return rows.filter(**{column: value for column, value in wanted.items() if value})


def one(rows: QuerySet[M]) -> M:
    row = rows.first()
    if row is None:
        raise Http404("There is nothing here.")
    return row


def only_row(rows: QuerySet[Any, R]) -> R:
    """As `one` for columns; without the order that `first` would give one row, since polls ask it every second."""
    for row in rows[:1]:
        return row
    raise Http404("There is nothing here.")


def page(rows: QuerySet[M], column: str, before: str | None, limit: int) -> Page[M]:
    """Rows by `column` and id, newest first, after the row that `before` names."""
    cursor = _cursor(before)
    if cursor is not None:
        at, last = cursor
        rows = rows.filter(**{f"{column}__lte": at}).exclude(Q(**{column: at}), id__gte=last)
    found = list(rows.order_by(f"-{column}", "-id")[: limit + 1])
    more = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], f"{getattr(more, column).isoformat()}~{more.pk}" if more else None)


def _cursor(before: str | None) -> tuple[datetime, UUID] | None:
    at, _, last = (before or "").partition("~")
    try:
        return datetime.fromisoformat(at), UUID(last)
    except ValueError:
        return None  # a link somebody edited leads to the first page
