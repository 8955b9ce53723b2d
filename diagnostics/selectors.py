"""Every read. The viewer comes first, and nothing outside the viewer's teams is ever found (Http404).

Lists answer in a constant number of queries whatever their length, and page by key (`before`), never by offset.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Count, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.http import Http404

from diagnostics.models import (
    Attempt,
    Case,
    CaseEvent,
    Environment,
    Membership,
    PastedText,
    Run,
    ShareLink,
    Team,
    User,
    WizardCheck,
    WizardWalk,
)

M = TypeVar("M", bound=Model)
R = TypeVar("R")

PAGE = 50  # rows of a list

# What lists show. A column more costs 200 rows a millisecond, and one left out here is asked for row by row.
_LISTED_OF_ENVIRONMENT = ("name", "kind", "client", "base_url", "runs_from", "practice", "archived_at")
_LISTED_OF_RUN = ("environment", "kind", "status", "cause", "title", "path", "queued_at")
_NAMES_OF_RUN = ("environment__name", "requested_by__email", "requested_by__first_name", "requested_by__last_name")


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list; `next` is the `before` of the following page, None at the end."""

    rows: Sequence[M]
    next: str | None


@dataclass(frozen=True)
class EnvironmentRow:
    """An environment as lists show it: with its latest full run, its runs under way and its open cases."""

    environment: Environment
    last_run: Run | None
    open_cases: int


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


# -- Teams -----------------------------------------------------------------------------------


def memberships(viewer: User) -> list[Membership]:
    """The viewer's teams with the role in each, by name; asked once and kept on the viewer, who lives for one request."""
    places = Membership.objects.select_related("team").order_by("team__name", "team_id")
    prefetch_related_objects([viewer], Prefetch("memberships", places))
    return list(viewer.memberships.all())


def get_membership_or_404(viewer: User, team: Team | UUID) -> Membership:
    """The viewer's place in a team: its `allows()` says which buttons to show."""
    wanted = team.pk if isinstance(team, Team) else team
    for place in memberships(viewer):
        if place.team_id == wanted:
            return place
    raise Http404("There is nothing here.")


def members(viewer: User, team: Team) -> list[Membership]:
    """Everybody in a team, longest-standing first."""
    get_membership_or_404(viewer, team)
    return list(Membership.objects.filter(team=team).select_related("user").order_by("joined_at", "id"))


def get_member_or_404(viewer: User, membership_id: UUID) -> Membership:
    """Another person's place in a team of the viewer's."""
    return _one(_seen(Membership.objects.select_related("team", "user"), viewer).filter(pk=membership_id))


# -- Environments ----------------------------------------------------------------------------


def environments(viewer: User, team: Team, archived: bool = False) -> list[EnvironmentRow]:
    """A team's environments by name, in four queries at any number."""
    get_membership_or_404(viewer, team)
    latest = Run.objects.filter(environment=OuterRef("pk"), kind=Run.Kind.FULL).order_by("-queued_at", "-id")
    found = Environment.objects.filter(team=team, archived_at__isnull=not archived).only(*_LISTED_OF_ENVIRONMENT)
    rows = list(found.annotate(last_run_id=Subquery(latest.values("pk")[:1])).order_by("name", "id"))
    last = Run.objects.filter(pk__in=[row.last_run_id for row in rows]).only(*_LISTED_OF_RUN)
    runs = {run.pk: run for run in last}
    open_cases = Case.objects.filter(team=team, state=Case.State.OPEN).values_list("environment_id")
    counts = dict(open_cases.annotate(Count("pk")))
    return [EnvironmentRow(row, runs.get(row.last_run_id), counts.get(row.pk, 0)) for row in rows]


def environment_names(viewer: User, team: Team) -> list[Environment]:
    """A team's environments by name, to choose from: nothing but their names is loaded."""
    get_membership_or_404(viewer, team)
    return list(Environment.objects.filter(team=team, archived_at=None).only("name").order_by("name", "id"))


def get_environment_or_404(viewer: User, environment_id: UUID) -> Environment:
    """An environment of the viewer's teams, archived or not."""
    return _one(_seen(Environment.objects.select_related("team", "created_by"), viewer).filter(pk=environment_id))


def environments_called(text: str, team: str = "") -> list[Environment]:
    """By id or name, of every team: only for the operator's shell on this host, so there is no viewer."""
    found = Environment.objects.filter(archived_at=None).select_related("team")
    try:
        found = found.filter(pk=UUID(text))
    except ValueError:
        found = found.filter(name__iexact=text.strip())
    return list(found.filter(team__slug=team) if team else found)


# -- Runs ------------------------------------------------------------------------------------


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
    if environment is not None:
        found = found.filter(environment=environment)
    if cause:
        found = found.filter(cause=cause)
    if status:
        found = found.filter(status=status)
    named = found.select_related("environment", "requested_by")
    return _page(named.only(*_LISTED_OF_RUN, *_NAMES_OF_RUN), "queued_at", before, limit)


def get_run_or_404(viewer: User, run_id: UUID) -> Run:
    """A run with its report and everything its page names."""
    related = Run.objects.select_related("environment", "team", "requested_by", "case").defer("upload")
    return _one(_seen(related, viewer).filter(pk=run_id))


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
    columns = (*_LISTED_OF_RUN, "environment__name")
    return [*own.select_related("environment").only(*columns)[:limit], *shown.only(*columns)]


def pulse_or_404(viewer: User, run_id: UUID) -> Pulse:
    """One small query for a poll that mostly has nothing to tell."""
    found = _seen(Run.objects.all(), viewer).filter(pk=run_id)
    return Pulse(*_only_row(found.values_list("status", "probes_done", "cancel_requested")))


def sight_or_404(viewer: User, run_id: UUID) -> Sight:
    """One small query for a browser that mostly has the page already."""
    fixed = Case.objects.filter(team=OuterRef("team"), cause=OuterRef("cause"), state=Case.State.CLOSED)
    latest = fixed.exclude(what_fixed="").order_by("-changed_at").values("changed_at")[:1]
    healthy = _finished(OuterRef("environment")).filter(cause="healthy", queued_at__lt=OuterRef("queued_at"))
    annotated = Run.objects.annotate(fixed_at=Subquery(latest), worked_id=Subquery(healthy.values("pk")[:1]))
    columns = ("report_sha256", "team__memberships__role", "case__changed_at", "fixed_at", "worked_id")
    return Sight(*_only_row(_seen(annotated, viewer).filter(pk=run_id).values_list(*columns)))


def attempts(run: Run) -> list[dict[str, Any]]:
    """What the run's probes found so far, each as the report writes it; only of the worker that has the run now."""
    rows = Attempt.objects.filter(run=run, try_number=run.tries).order_by("position")
    columns = ("probe", "variant", "status", "reason", "started", "seconds", "facts", "events")
    return [{**row, "reason": row["reason"] or None} for row in rows.values(*columns)]


def report(run: Run) -> dict[str, Any] | None:
    """The frozen report, None while there is none."""
    return None if run.report is None else dict(json.loads(run.report))


# -- Cases -----------------------------------------------------------------------------------


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
    found = Case.objects.filter(team=team).select_related("environment", "closed_by")
    if state:
        found = found.filter(state=state)
    if cause:
        found = found.filter(cause=cause)
    if environment is not None:
        found = found.filter(environment=environment)
    return _page(found, "changed_at", before, limit)


def open_cases(viewer: User, environment: Environment) -> list[Case]:
    """The open cases of one environment, the ones that changed last first; one a cause at most."""
    get_membership_or_404(viewer, environment.team_id)
    found = Case.objects.filter(environment=environment, state=Case.State.OPEN)
    return list(found.select_related("environment").order_by("-changed_at", "-id"))


def get_case_or_404(viewer: User, case_id: UUID) -> Case:
    """A case of the viewer's teams."""
    return _one(_seen(Case.objects.select_related("environment", "team", "closed_by"), viewer).filter(pk=case_id))


def timeline(case: Case) -> list[CaseEvent]:
    """A case's events, oldest first, with their authors and runs."""
    found = CaseEvent.objects.filter(case=case).select_related("author", "run", "pasted").order_by("at", "id")
    return list(found.defer("run__report", "run__upload", "run__snapshot", "pasted__text", "pasted__answer"))


def similar_cases(viewer: User, team: Team, cause: str, besides: Case | None = None, limit: int = 3) -> list[Case]:
    """Closed cases of the same cause in the team, the latest first: what fixed it then may fix it now."""
    get_membership_or_404(viewer, team)
    found = Case.objects.filter(team=team, cause=cause, state=Case.State.CLOSED).exclude(what_fixed="")
    if besides is not None:
        found = found.exclude(pk=besides.pk)
    return list(found.select_related("environment").order_by("-changed_at")[:limit])


# -- Pasted texts ----------------------------------------------------------------------------


def texts(viewer: User, team: Team, *, before: str | None = None, limit: int = PAGE) -> Page[PastedText]:
    """Kept texts, newest first, without what they say."""
    get_membership_or_404(viewer, team)
    found = PastedText.objects.filter(team=team).select_related("author", "environment").defer("text", "answer")
    return _page(found, "created_at", before, limit)


def get_text_or_404(viewer: User, text_id: UUID) -> PastedText:
    """A kept text of the viewer's teams."""
    related = PastedText.objects.select_related("team", "author", "environment")
    return _one(_seen(related, viewer).filter(pk=text_id))


def cases_with(viewer: User, pasted: PastedText) -> list[Case]:
    """The cases that a kept text was added to."""
    get_membership_or_404(viewer, pasted.team_id)
    return list(Case.objects.filter(events__pasted=pasted).distinct().order_by("-changed_at", "-id"))


# -- Wizards and share links -----------------------------------------------------------------


def walk_checks(walk: WizardWalk) -> dict[str, list[WizardCheck]]:
    """By step, the latest first, each with its run."""
    answer: dict[str, list[WizardCheck]] = {}
    found = WizardCheck.objects.filter(walk=walk).select_related("run", "by").defer("run__report", "run__upload")
    for check in found.order_by("-at", "-id"):
        answer.setdefault(check.step, []).append(check)
    return answer


def share_links(viewer: User, run: Run) -> list[ShareLink]:
    """The links made for a run, newest first."""
    get_membership_or_404(viewer, run.team_id)
    return list(ShareLink.objects.filter(run=run).select_related("created_by").order_by("-created_at", "-id"))


def get_share_link_or_404(viewer: User, link_id: UUID) -> ShareLink:
    """A share link of the viewer's teams."""
    return _one(_seen(ShareLink.objects.select_related("run", "team"), viewer).filter(pk=link_id))


# -- How it is done --------------------------------------------------------------------------


def _finished(environment: UUID | OuterRef) -> QuerySet[Run]:
    """An environment's full runs that have a report, the latest first."""
    found = Run.objects.filter(environment=environment, kind=Run.Kind.FULL, status=Run.Status.FINISHED)
    return found.order_by("-queued_at", "-id")


def _seen(rows: QuerySet[M], viewer: User) -> QuerySet[M]:
    return rows.filter(team__memberships__user=viewer)


def _one(rows: QuerySet[M]) -> M:
    row = rows.first()
    if row is None:
        raise Http404("There is nothing here.")
    return row


def _only_row(rows: QuerySet[Any, R]) -> R:
    """As `_one` for columns; without the order that `first` would give one row, since polls ask it every second."""
    for row in rows[:1]:
        return row
    raise Http404("There is nothing here.")


def _page(rows: QuerySet[M], column: str, before: str | None, limit: int) -> Page[M]:
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
