"""How long cases took, and how often verdicts were right: figures over all of a team's cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import CharField, Count, F, Q, QuerySet
from django.db.models.functions import Cast

from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.models import Case, Environment, Judgement, Run, Team, User
from diagnostics.selectors.similar import not_practice
from diagnostics.selectors.team import get_membership_or_404

_KEPT = 300  # seconds; a case that changes makes the figures anew at once
ENOUGH_FOR_MEDIAN, ENOUGH_FOR_TAIL = 4, 10


@dataclass(frozen=True)
class Times:
    """Closed cases of one cause or environment: how many, and seconds. None: too few to say."""

    key: Any  # a cause's code, an environment's id, None for all together
    count: int
    median: int | None
    p90: int | None
    fastest: int
    slowest: int


@dataclass(frozen=True)
class Told:
    """What people said of the verdicts that named a cause: right ones of so many."""

    right: int
    count: int


@dataclass(frozen=True)
class AllTimes:
    """The same cases together and in groups, most cases first; `whole` is None where none was closed."""

    whole: Times | None
    by_cause: list[Times]
    by_environment: list[Times]


def times(viewer: User, team: Team, since: datetime | None = None) -> AllTimes:
    """How long the team's closed cases took. Cases of the practice range are left out.

    Kept until a case of the team changes: reading 100,000 of them takes 200 ms. `since` counts in steps of five minutes.
    """
    get_membership_or_404(viewer, team)
    changed = Case.objects.filter(team=team).order_by("-changed_at", "-id").values_list("changed_at", flat=True).first()
    if changed is None:
        return AllTimes(None, [], [])
    step = int(since.timestamp()) // _KEPT if since is not None else ""
    key = f"case-times:{team.pk}:{team.cases_opened}:{changed.timestamp():.6f}:{step}"
    kept: AllTimes | None = cache.get(key)
    if kept is None:
        kept = _all_times(team, since)
        cache.set(key, kept, _KEPT)
    return kept


def _all_times(team: Team, since: datetime | None) -> AllTimes:
    """One query of three small columns, sorted here: three rankings by the database took five times as long.

    The median and the nine-in-ten are the nearest ranks: durations that some case really took.
    """
    found = _closed(team, since).annotate(place=Cast("environment_id", CharField()))
    whole: list[int] = []
    causes: dict[str, list[int]] = defaultdict(list)
    places: dict[str | None, list[int]] = defaultdict(list)
    for cause, place, took in found.values_list("cause", "place", "took"):
        if took is None:
            continue
        whole.append(took)
        causes[cause].append(took)
        places[place].append(took)
    named = {UUID(place) if place else None: took for place, took in places.items()}
    return AllTimes(_times(None, whole) if whole else None, _groups(causes), _groups(named))


def _groups(found: Mapping[Any, list[int]]) -> list[Times]:
    return sorted((_times(key, took) for key, took in found.items()), key=lambda one: -one.count)


def _times(key: Any, took: list[int]) -> Times:
    took.sort()
    count = len(took)
    return Times(
        key=key,
        count=count,
        median=took[(count + 1) // 2 - 1] if count >= ENOUGH_FOR_MEDIAN else None,
        p90=took[(count * 9 + 9) // 10 - 1] if count >= ENOUGH_FOR_TAIL else None,
        fastest=took[0],
        slowest=took[-1],
    )


def _closed(team: Team, since: datetime | None) -> QuerySet[Case]:
    found = Case.objects.filter(not_practice(team), team=team, state=Case.State.CLOSED, took__isnull=False)
    return found.filter(closed_at__gte=since) if since is not None else found


def told_of(cause: str) -> Told:
    """What people of this installation said of verdicts that named the cause; numbers alone, so anybody's may count."""
    found = Judgement.objects.filter(said=cause, taken_back_at=None)
    counted = found.aggregate(count=Count("pk"), right=Count("pk", filter=Q(believed=F("said"))))
    return Told(**counted)


def judgement_of(run: Run) -> Judgement | None:
    """What somebody of the team said of this run's verdict, if it stands."""
    return Judgement.objects.filter(run=run, taken_back_at=None).select_related("by").first()


def standing_of_case(case: Case) -> Judgement | None:
    """Who says that the verdict which opened this case was something else."""
    found = Judgement.objects.filter(case=case, taken_back_at=None).exclude(believed=F("said"))
    return found.select_related("by").order_by("-at").first()


def practice_runs(viewer: User, team: Team, slug: str, cause: str) -> tuple[Environment | None, Run | None, Run | None]:
    """A practice environment of the team, its last run that named `cause`, and the first healthy one after that."""
    get_membership_or_404(viewer, team)
    environment = Environment.objects.filter(team=team, practice=slug, archived_at=None).first()
    if environment is None:
        return None, None, None
    done = Run.objects.filter(environment=environment, kind=Run.Kind.FULL, status=Run.Status.FINISHED)
    done = done.defer("report", "upload", "snapshot")
    green = done.filter(cause=HEALTHY).order_by("-queued_at", "-id").first()
    red = done.filter(cause=cause)
    if green is not None and red.filter(queued_at__lt=green.queued_at).exists():
        red = red.filter(queued_at__lt=green.queued_at)  # the pair that belongs together
    return environment, red.order_by("-queued_at", "-id").first(), green
