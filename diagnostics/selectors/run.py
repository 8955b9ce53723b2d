"""Runs, what their probes found, and what may stand beside one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from diagnostics.models import (
    Attempt,
    Case,
    Environment,
    Run,
    Team,
    User,
)
from diagnostics.selectors.looking import PAGE, Page, narrowed, one, only_row, page, seen
from diagnostics.selectors.team import get_membership_or_404

# What lists show. A column more costs 200 rows a millisecond, and one left out here is asked for row by row.
LISTED_OF_RUN = ("environment", "kind", "status", "cause", "title", "path", "queued_at")
_NAMES_OF_RUN = ("environment__name", "requested_by__email", "requested_by__first_name", "requested_by__last_name")


class Pulse(NamedTuple):
    """The little that tells whether a live page has anything new."""

    status: str
    probes_done: int
    cancel_requested: bool


class Sight(NamedTuple):
    """What decides how a finished run's page looks to a viewer. `report_sha256` is empty while there is no report."""

    report_sha256: str
    role: str
    case_changed_at: datetime | None
    fixed_at: datetime | None  # when a case of the same cause was closed last
    worked_id: UUID | None  # the last healthy run of its environment before it


def runs(
    viewer: User,
    team: Team,
    *,
    environment: Environment | None = None,
    cause: str = "",
    status: str = "",
    before: str | None = None,
    limit: int = PAGE,
) -> Page[Run]:
    """Full runs, newest first, without their reports."""
    get_membership_or_404(viewer, team)
    found = Run.objects.filter(team=team, kind=Run.Kind.FULL)
    found = narrowed(found, environment=environment, cause=cause, status=status)
    named = found.select_related("environment", "requested_by")
    return page(named.only(*LISTED_OF_RUN, *_NAMES_OF_RUN), "queued_at", before, limit)


def get_run_or_404(viewer: User, run_id: UUID) -> Run:
    """A run with its report and everything its page names."""
    related = Run.objects.select_related("environment", "team", "requested_by", "case").defer("upload")
    return one(seen(related, viewer).filter(pk=run_id))


def other_end(viewer: User, run: Run) -> UUID | None:
    """The run to lay beside a finished one: for one that fails the last healthy one before it, else the last failing one."""
    get_membership_or_404(viewer, run.team_id)
    earlier = _finished(run.environment_id).filter(queued_at__lt=run.queued_at)
    wanted = earlier.exclude(cause="healthy") if run.cause == "healthy" else earlier.filter(cause="healthy")
    return wanted.values_list("pk", flat=True).first()


def beside(viewer: User, run: Run, limit: int = 20) -> list[Run]:
    """Finished runs to choose from: the latest of the run's environment, and the last one of each other of the team."""
    get_membership_or_404(viewer, run.team_id)
    own, last = _finished(run.environment_id).exclude(pk=run.pk), _finished(OuterRef("pk")).values("pk")[:1]
    others = Environment.objects.filter(team_id=run.team_id, archived_at=None).exclude(pk=run.environment_id)
    newest = [pk for (pk,) in others.order_by("name").annotate(last=Subquery(last)).values_list("last")[:100] if pk]
    shown = Run.objects.filter(pk__in=newest).select_related("environment").order_by("environment__name", "id")
    columns = (*LISTED_OF_RUN, "environment__name")
    return [*own.select_related("environment").only(*columns)[:limit], *shown.only(*columns)]


def pulse_or_404(viewer: User, run_id: UUID) -> Pulse:
    """One small query for a poll that mostly has nothing to tell."""
    found = seen(Run.objects.all(), viewer).filter(pk=run_id)
    return Pulse(*only_row(found.values_list("status", "probes_done", "cancel_requested")))


def sight_or_404(viewer: User, run_id: UUID) -> Sight:
    """One small query for a browser that mostly has the page already."""
    fixed = Case.objects.filter(team=OuterRef("team"), cause=OuterRef("cause"), state=Case.State.CLOSED)
    latest = fixed.exclude(what_fixed="").order_by("-changed_at").values("changed_at")[:1]
    healthy = _finished(OuterRef("environment")).filter(cause="healthy", queued_at__lt=OuterRef("queued_at"))
    annotated = Run.objects.annotate(fixed_at=Subquery(latest), worked_id=Subquery(healthy.values("pk")[:1]))
    columns = ("report_sha256", "team__memberships__role", "case__changed_at", "fixed_at", "worked_id")
    return Sight(*only_row(seen(annotated, viewer).filter(pk=run_id).values_list(*columns)))


def attempts(run: Run) -> list[dict[str, Any]]:
    """What the run's probes found so far, each as the report writes it; only of the worker that has the run now."""
    rows = Attempt.objects.filter(run=run, try_number=run.tries).order_by("position")
    columns = ("probe", "variant", "status", "reason", "started", "seconds", "facts", "events")
    return [{**row, "reason": row["reason"] or None} for row in rows.values(*columns)]


def report(run: Run) -> dict[str, Any] | None:
    """The frozen report, None while there is none."""
    return None if run.report is None else dict(json.loads(run.report))


def _finished(environment: UUID | OuterRef) -> QuerySet[Run]:
    """An environment's full runs that have a report, the latest first."""
    found = Run.objects.filter(environment=environment, kind=Run.Kind.FULL, status=Run.Status.FINISHED)
    return found.order_by("-queued_at", "-id")
