"""GET /api/v1/environments, and starting a run of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Field, Router, Schema

from diagnostics import selectors
from diagnostics.api.tokens import REFUSALS, PersonsToken, Scope, caller, reaches
from diagnostics.api.uploads import Refused
from diagnostics.selectors import EnvironmentRow
from diagnostics.services import runs, watching

router = Router(tags=["environments"])


class LastRun(Schema):
    """The latest full run of an environment."""

    id: UUID
    status: str
    cause: str = Field(description="Empty while there is no report")
    title: str
    url: str


class EnvironmentOut(Schema):
    """An environment as lists show it; never its key."""

    id: UUID
    name: str
    kind: str
    client: str
    base_url: str = Field(description="Empty: the client's own")
    runs_from: str = Field(description="worker (the dashboard's network) or machine")
    url: str
    open_cases: int
    last_run: LastRun | None


class EnvironmentsOut(Schema):
    """All environments of the token's team, by name."""

    items: list[EnvironmentOut]


class RunStarted(Schema):
    """A run that was just asked for."""

    id: UUID
    url: str
    status: str = Field(description="queued, or waiting for the machine's report")
    listening_since: datetime | None = Field(
        description="When that machine's probe was last heard; null: nobody listens"
    )
    upload_token: str | None = Field(description="For `probe.pyz --upload`, of a machine's run; told this once")


@router.get(
    "environments",
    auth=PersonsToken(),
    response={200: EnvironmentsOut, REFUSALS: Refused},
    operation_id="list_environments",
)
def environments(request: HttpRequest) -> dict[str, Any]:
    """The team's environments, each with its latest full run. Needs `read`."""
    token, place = caller(request, Scope.READ)
    rows = selectors.environments(place.user, token.team)
    return {"items": [_shown(row) for row in rows if token.environment_id in (None, row.environment.pk)]}


@router.post(
    "environments/{uuid:environment_id}/runs",
    auth=PersonsToken(),
    response={202: RunStarted, REFUSALS | {409}: Refused},
    operation_id="start_run",
)
def start(request: HttpRequest, environment_id: UUID) -> tuple[int, dict[str, Any]]:
    """Start a full run; ask `runs/{id}` until it is finished. Needs `run`."""
    token, place = caller(request, Scope.RUN)
    environment = selectors.get_environment_or_404(place.user, environment_id)
    if not reaches(token, environment):
        raise Http404("There is nothing here.")
    started = runs.start(place.user, environment)
    return 202, {
        "id": started.run.pk,
        "url": absolute("run", started.run.pk),
        "status": started.run.status,
        "listening_since": watching.listening(environment) if started.upload_token else None,
        "upload_token": started.upload_token,
    }


def _shown(row: EnvironmentRow) -> dict[str, Any]:
    one, last = row.environment, row.last_run
    columns = ("name", "kind", "client", "base_url", "runs_from")
    return {
        "id": one.pk,
        **{column: getattr(one, column) for column in columns},
        "url": absolute("environment", one.pk),
        "open_cases": row.open_cases,
        "last_run": last
        and {
            "id": last.pk,
            "status": last.status,
            "cause": last.cause,
            "title": last.title,
            "url": absolute("run", last.pk),
        },
    }


def absolute(page: str, row_id: UUID) -> str:
    """The address of a row's page."""
    return settings.PUBLIC_URL + reverse(page, args=[row_id])
