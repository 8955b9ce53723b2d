"""GET /api/v1/cases: what broke, and what fixed it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from diagnostics import selectors
from diagnostics.api.environments import absolute
from diagnostics.api.paging import PageOut, PageWanted, told
from diagnostics.api.tokens import REFUSALS, PersonsToken, Scope, caller
from diagnostics.api.uploads import Refused
from diagnostics.models import Case

router = Router(tags=["cases"])


class CaseOut(Schema):
    """A case as lists show it."""

    id: UUID
    number: int
    title: str
    cause: str
    state: str = Field(description="open or closed")
    environment: UUID | None
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    took: int | None = Field(description="seconds from opening to closing; null while it is open")
    what_it_was: str
    what_fixed: str
    url: str


class CasesWanted(PageWanted):
    """Which cases."""

    state: Literal["", "open", "closed"] = ""


class CasesOut(PageOut[CaseOut]):
    """A page of cases, the ones that changed last first."""


@router.get("cases", auth=PersonsToken(), response={200: CasesOut, REFUSALS: Refused}, operation_id="list_cases")
def index(request: HttpRequest, wanted: Query[CasesWanted]) -> dict[str, Any]:
    """The team's cases, 50 a page. Needs `read`."""
    token, place = caller(request, Scope.READ)
    page = selectors.cases(place.user, token.team, environment=token.environment, **wanted.dict())
    return told(page, _row)


def _row(case: Case) -> dict[str, Any]:
    columns = (
        "number", "title", "cause", "state", "opened_at", "changed_at", "closed_at", "took", "what_it_was", "what_fixed"
    )  # fmt: skip
    shown = {column: getattr(case, column) for column in columns}
    return {"id": case.pk, "environment": case.environment_id, **shown, "url": absolute("case", case.pk)}
