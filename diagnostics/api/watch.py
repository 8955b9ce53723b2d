"""GET /api/v1/watch: a listening probe asks which runs wait for its machine."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from diagnostics.api.tokens import REFUSALS, PersonsToken, Scope, caller
from diagnostics.api.uploads import Refused
from diagnostics.exceptions import CallRefused
from diagnostics.services import watching

router = Router(tags=["uploads"])


class WantedRun(Schema):
    """A run that waits for this machine: all that the probe is told of it."""

    run: UUID
    kind: Literal["full", "check"]
    probes: list[str] = Field(description="Names of the probes of a check; empty for a full run")


class WatchOut(Schema):
    """What is wanted, the longest-waiting first."""

    runs: list[WantedRun]


@router.get("watch", auth=PersonsToken(), response={200: WatchOut, REFUSALS | {410}: Refused}, operation_id="watch")
def watch(request: HttpRequest) -> dict[str, Any]:
    """Which runs of the token's environment wait; asked every two seconds by `probe.pyz --watch --upload`. Needs `watch`."""
    token, _ = caller(request, Scope.WATCH)
    environment = token.environment
    if environment is None or environment.archived_at is not None:
        raise CallRefused(410, "This environment is archived: restore it, or end this probe.")
    watching.hear(token)
    return {"runs": [{"run": run.pk, "kind": run.kind, "probes": run.plan} for run in watching.wanted(environment)]}
