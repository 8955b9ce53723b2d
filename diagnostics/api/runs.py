"""GET /api/v1/runs and one of them, with its report when it is finished."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema

from diagnostics import selectors
from diagnostics.api.environments import absolute
from diagnostics.api.paging import PageOut, PageWanted, told
from diagnostics.api.tokens import REFUSALS, PersonsToken, Scope, caller, reaches
from diagnostics.api.uploads import Refused
from diagnostics.models import Run
from diagnostics.services import sharing

router = Router(tags=["runs"])


class RunRow(Schema):
    """A run as lists show it."""

    id: UUID
    environment: UUID
    kind: str = Field(description="full, or check for the probes of one step")
    status: str = Field(description="waiting, queued, running, finished, failed, cancelled or expired")
    cause: str = Field(description="Empty until it is finished")
    title: str
    queued_at: datetime
    url: str


class RunOut(RunRow):
    """One run; `report` as /api/v1/report.schema.json says, null until it is finished."""

    confidence: float | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str = Field(description="Why a run did not finish")
    report: dict[str, Any] | None


class RunsWanted(PageWanted):
    """Which runs."""

    status: Literal["", "waiting", "queued", "running", "finished", "failed", "cancelled", "expired"] = ""


class RunsOut(PageOut[RunRow]):
    """A page of runs, newest first."""


@router.get("runs", auth=PersonsToken(), response={200: RunsOut, REFUSALS: Refused}, operation_id="list_runs")
def index(request: HttpRequest, wanted: Query[RunsWanted]) -> dict[str, Any]:
    """The team's full runs, 50 a page. Needs `read`."""
    token, place = caller(request, Scope.READ)
    page = selectors.runs(place.user, token.team, environment=token.environment, **wanted.dict())
    return told(page, _row)


@router.get(
    "runs/{uuid:run_id}", auth=PersonsToken(), response={200: RunOut, REFUSALS: Refused}, operation_id="get_run"
)
def detail(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """A run, and its report as the token's person may see it. Needs `read` or `run`."""
    token, place = caller(request, Scope.READ, Scope.RUN)
    run = selectors.get_run_or_404(place.user, run_id)
    if not reaches(token, run.environment):
        raise Http404("There is nothing here.")
    more = ("confidence", "started_at", "finished_at", "error")
    return {
        **_row(run),
        **{column: getattr(run, column) for column in more},
        "report": None if run.report is None else sharing.report_seen_by(place, run),
    }


def _row(run: Run) -> dict[str, Any]:
    columns = ("kind", "status", "cause", "title", "queued_at")
    shown = {column: getattr(run, column) for column in columns}
    return {"id": run.pk, "environment": run.environment_id, **shown, "url": absolute("run", run.pk)}
