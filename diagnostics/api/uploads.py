"""POST /api/v1/uploads: a machine's report comes in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Router, Schema
from ninja.decorators import decorate_view
from ninja.security import HttpBearer

from diagnostics.api import limits
from diagnostics.report_schema import report_schema
from diagnostics.services import uploads

router = Router(tags=["uploads"])


class RunToken(HttpBearer):
    """The token that the run's page showed once, or one that may `watch`; the service looks up what it belongs to."""

    def authenticate(self, request: HttpRequest, token: str) -> str:
        return token


class Upload(Schema):
    """A report as `probe.pyz --json` writes it, and the run it is for.

    Without `run` a run's token tells it, and with a token that may `watch` it becomes a run of its own.
    """

    run: UUID | None = None
    report: dict[str, Any] = Field(description="As /api/v1/report.schema.json says")


class Accepted(Schema):
    """Where the report can be read, as soon as a worker has judged it."""

    url: str


class Refused(Schema):
    """Why not, and what to do instead."""

    detail: str


_REFUSALS = frozenset({400, 401, 403, 404, 409, 410, 413, 422, 429})


@router.post("uploads", auth=RunToken(), response={202: Accepted, _REFUSALS: Refused}, operation_id="upload")
@decorate_view(limits.guarded(limits.UPLOADS))
def upload(request: HttpRequest, payload: Upload) -> tuple[int, dict[str, str]]:
    """Send the report of a waiting run. Sending the same report twice is harmless."""
    run = uploads.receive(str(request.auth), payload.run, payload.report)  # type: ignore[attr-defined]
    return 202, {"url": settings.PUBLIC_URL + reverse("run", args=[run.pk])}


@router.get("report.schema.json", operation_id="report_schema", response=dict[str, Any])
def schema(request: HttpRequest) -> dict[str, Any]:
    """The JSON Schema of the report."""
    return report_schema()
