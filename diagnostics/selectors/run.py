"""Runs, what their probes found, and what may stand beside one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, Exists, OuterRef, QuerySet, Subquery, UUIDField
from django.http import Http404
from django.utils import timezone

from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.models import (
    Attempt,
    AuditEvent,
    Case,
    Environment,
    HandOff,
    Judgement,
    Run,
    ShareLink,
    Team,
    User,
    WizardWalk,
)
from diagnostics.selectors.looking import PAGE, Page, narrowed, one, one_of, page, seen, standing
from diagnostics.selectors.prepared import Prepared
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

    team_id: UUID
    report_sha256: str
    role: str
    case_changed_at: datetime | None
    fixed_at: datetime | None  # when a closed case of the team changed last: what is like this run may be another
    deleted_at: datetime | None  # when an environment of the team was deleted last: its cases are like no run any more
    renamed_at: datetime | None  # when one was changed last: its cases are told by its name
    left_at: datetime | None  # when somebody of the team deleted their account last: no page names them any more
    reopened_at: datetime | None  # when a case of the team was opened again last: what fixed it did not
    judged_at: datetime | None  # when somebody said something of its verdict
    worked_id: UUID | None  # the last healthy run of its environment before it
    handed_at: datetime | None  # when anything of its hand-offs changed last
    handed_until: datetime | None  # when the next of their links ends by itself
    began_id: UUID | None  # the first run since then that failed as it does
    share_id: UUID | None  # the newest link to it that works
    walked: bool  # whether somebody began its wizard
    first_name: str | None  # of who asked for it
    last_name: str | None
    email: str | None


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
    found = standing(Run.objects.filter(team=team, kind=Run.Kind.FULL))
    found = narrowed(found, environment=environment, cause=cause, status=status)
    named = found.select_related("environment", "requested_by")
    return page(named.only(*LISTED_OF_RUN, *_NAMES_OF_RUN), "queued_at", before, limit)


def get_run_or_404(viewer: User, run_id: UUID) -> Run:
    """A run with its report and everything its page names."""
    related = Run.objects.select_related("environment", "team", "requested_by", "case").defer("upload")
    return one(standing(seen(related, viewer)).filter(pk=run_id))


def other_end(viewer: User, run: Run) -> tuple[UUID, UUID] | None:
    """The two runs to lay side by side, earlier one first: the last good one and the first of the series that fails as `run` does;
    for a good run the last failing one before it and itself. None where there is no such pair.
    """
    get_membership_or_404(viewer, run.team_id)
    earlier = _finished(run.environment_id).filter(queued_at__lt=run.queued_at)
    if run.cause == HEALTHY:
        failed = earlier.exclude(cause=HEALTHY).values_list("pk", flat=True).first()
        return None if failed is None else (failed, run.pk)
    good = earlier.filter(cause=HEALTHY).values_list("pk", "queued_at").first()
    if good is None:
        return None
    since = _finished(run.environment_id).filter(cause=run.cause, queued_at__gt=good[1], queued_at__lte=run.queued_at)
    first = since.order_by("queued_at", "id").values_list("pk", flat=True).first()
    return good[0], first or run.pk


def last_finished_or_404(viewer: User, environments: Sequence[UUID]) -> dict[UUID, UUID]:
    """Environment -> its latest run that has a report, for those of the viewer's teams; Http404 for one that is not."""
    found = seen(Environment.objects.filter(pk__in=set(environments), doomed_at=None), viewer)
    last = _finished(OuterRef("pk")).values("pk")[:1]
    rows = dict(found.annotate(last=Subquery(last)).values_list("pk", "last"))
    if len(rows) < len(set(environments)):
        raise Http404("There is nothing here.")
    return {environment: run for environment, run in rows.items() if run}


def beside(viewer: User, run: Run, limit: int = 20) -> list[Run]:
    """Finished runs to choose from: the latest of the run's environment, and the last one of each other of the team."""
    get_membership_or_404(viewer, run.team_id)
    own, last = _finished(run.environment_id).exclude(pk=run.pk), _finished(OuterRef("pk")).values("pk")[:1]
    others = Environment.objects.filter(team_id=run.team_id, archived_at=None).exclude(pk=run.environment_id)
    newest = [pk for (pk,) in others.order_by("name").annotate(last=Subquery(last)).values_list("last")[:100] if pk]
    shown = Run.objects.filter(pk__in=newest).select_related("environment").order_by("environment__name", "id")
    columns = (*LISTED_OF_RUN, *_NAMES_OF_RUN, "vantage_kind", "vantage_name")
    related = ("environment", "requested_by")
    return [*own.select_related(*related).only(*columns)[:limit], *shown.select_related(*related).only(*columns)]


def pulse_or_404(viewer: User, run_id: UUID) -> Pulse:
    """One small query for a poll that mostly has nothing to tell."""
    return Pulse(*one_of(_PULSE.rows(viewer=viewer.pk, run=run_id)))


def _pulse(viewer: UUID, run: UUID) -> QuerySet[Run, Any]:
    return standing(seen(Run.objects.filter(pk=run), User(pk=viewer))).values_list(*Pulse._fields)


_PULSE = Prepared(_pulse, viewer=UUIDField(), run=UUIDField())


def sight_or_404(viewer: User, run_id: UUID) -> Sight:
    """One small query for a browser that mostly has the page already."""
    return Sight(*one_of(_SIGHT.rows(viewer=viewer.pk, run=run_id, now=timezone.now())))


def _sight(viewer: UUID, run: UUID, now: datetime) -> QuerySet[Run, Any]:
    closed = Case.objects.filter(team=OuterRef("team"), state=Case.State.CLOSED).order_by("-changed_at", "-id")
    deleted, renamed, left, reopened = (
        Subquery(AuditEvent.objects.filter(team=OuterRef("team"), action=one).order_by("-at", "-id").values("at")[:1])
        for one in ("environment_deleted", "environment_changed", "account_deleted", "case_reopened")
    )
    judged = Judgement.objects.filter(run=OuterRef("pk"), taken_back_at=None)
    healthy = _finished(OuterRef("environment")).filter(cause=HEALTHY, queued_at__lt=OuterRef("queued_at"))
    began = _finished(OuterRef("environment")).filter(cause=OuterRef("cause"), queued_at__gt=OuterRef("worked_at"))
    links = ShareLink.objects.filter(ShareLink.working(now), run=OuterRef("pk")).order_by("-created_at", "-id")
    handed = HandOff.objects.filter(run=OuterRef("pk"))
    annotated = Run.objects.annotate(
        fixed_at=Subquery(closed.values("changed_at")[:1]),
        deleted_at=deleted,
        renamed_at=renamed,
        left_at=left,
        reopened_at=reopened,
        judged_at=Subquery(judged.values("at")[:1]),
        worked_id=Subquery(healthy.values("pk")[:1]),
        worked_at=Subquery(healthy.values("queued_at")[:1]),
        handed_at=Subquery(handed.order_by("-touched_at").values("touched_at")[:1]),
        handed_until=Subquery(handed.filter(HandOff.working(now)).order_by("expires_at").values("expires_at")[:1]),
        began_id=Subquery(began.order_by("queued_at", "id").values("pk")[:1]),
        share_id=Subquery(links.values("pk")[:1]),
        walked=Exists(WizardWalk.objects.filter(run=OuterRef("pk"))),
    )
    names = ("requested_by__first_name", "requested_by__last_name", "requested_by__email")
    columns = ("team_id", "report_sha256", "team__memberships__role", "case__changed_at", *Sight._fields[4:-3], *names)
    return standing(seen(annotated, User(pk=viewer))).filter(pk=run).values_list(*columns)


_SIGHT = Prepared(_sight, viewer=UUIDField(), run=UUIDField(), now=DateTimeField())


def attempts(run: Run) -> list[dict[str, Any]]:
    """What the run's probes found so far, each as the report writes it; only of the worker that has the run now."""
    rows = Attempt.objects.filter(run=run, try_number=run.tries).order_by("position")
    columns = ("probe", "variant", "status", "reason", "started", "seconds", "facts", "events")
    return [{**row, "reason": row["reason"] or None} for row in rows.values(*columns)]


def report(run: Run) -> dict[str, Any] | None:
    """The frozen report, None while there is none."""
    return None if run.report is None else dict(json.loads(run.report))


def run_called(text: str) -> Run | None:
    """By id, of every team: only for the operator's shell on this host, so there is no viewer."""
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    return (
        Run.objects.select_related("environment", "environment__team")
        .defer("report", "upload")
        .filter(pk=wanted)
        .first()
    )


def _finished(environment: UUID | OuterRef) -> QuerySet[Run]:
    """An environment's full runs that have a report, the latest first."""
    found = Run.objects.filter(environment=environment, kind=Run.Kind.FULL, status=Run.Status.FINISHED)
    return found.order_by("-queued_at", "-id")
