"""How long runs are kept: what nothing holds any more goes when its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.exceptions import InvalidInput
from diagnostics.models import (
    Action,
    CaseEvent,
    HandOff,
    Judgement,
    Run,
    ShareLink,
    Team,
    User,
    WizardCheck,
    WizardWalk,
)
from diagnostics.services import audit, journal, locks
from diagnostics.services.access import require
from diagnostics.services.deletion import delete_runs

CHOICES = (30, 90, 180, 365, 730)  # days
LOOK_AGAIN = timedelta(hours=1)
MOST = 200  # runs that one beat removes, so that the others' beats are not late


def keep_for(user: User, team: Team, days: int | None) -> None:
    """Say how many days runs are kept; None: for ever."""
    require(user, team, Action.MANAGE_DATA)
    if days is not None and days not in CHOICES:
        raise InvalidInput({"keep_days": f"Choose for ever, or {', '.join(map(str, CHOICES))} days."})
    Team.objects.filter(pk=team.pk).update(keep_days=days, cleaned_at=None)
    team.keep_days = days
    audit.record(team, user, "keep_changed", f"{days} days" if days else "for ever")


def past_their_time(team: Team, days: int | None) -> QuerySet[Run]:
    """The runs of a team that would go: older than `days`, ended, and held by no case, judgement, wizard, share link, hand-off or comparison.

    Each environment keeps its last healthy run, which failing ones are compared with.
    """
    if days is None:
        return Run.objects.none()
    cut = timezone.now() - timedelta(days=days)
    old = Run.objects.filter(team=team, queued_at__lt=cut, case=None).exclude(status__in=Run.OPEN)
    return old.exclude(_held()).exclude(Q(cause=HEALTHY, kind=Run.Kind.FULL) & ~Exists(_healthy_after()))


def _held() -> Q:
    """What points to a run. Links that are over hold nothing."""
    here, now = OuterRef("pk"), timezone.now()
    return (
        Q(Exists(CaseEvent.objects.filter(run=here)))
        | Q(Exists(Judgement.objects.filter(run=here, taken_back_at=None)))
        | Exists(ShareLink.objects.filter(ShareLink.working(now), run=here))
        | Exists(HandOff.objects.filter(HandOff.working(now), run=here))
        | Exists(WizardWalk.objects.filter(Q(run=here) | Q(proof=here) | Q(green_run=here)))
        | Exists(WizardCheck.objects.filter(run=here))
    )


def _healthy_after() -> QuerySet[Run]:
    """A later healthy run of the same environment."""
    return Run.objects.filter(
        environment=OuterRef("environment"), kind=Run.Kind.FULL, cause=HEALTHY, queued_at__gt=OuterRef("queued_at")
    )


def clean() -> int:
    """Remove what is past its time in one team whose turn it is; how many runs went. Several may call it at once."""
    now = timezone.now()
    due = Team.objects.filter(keep_days__isnull=False, doomed_at=None).filter(_is_due(now))
    team = due.order_by("cleaned_at").first()
    if team is None or not Team.objects.filter(_is_due(now), pk=team.pk).update(cleaned_at=now):
        return 0
    ids = list(past_their_time(team, team.keep_days).order_by("queued_at").values_list("pk", flat=True)[:MOST])
    gone = _remove(team, ids)
    if gone:
        journal.empty()
    if len(ids) == MOST:
        Team.objects.filter(pk=team.pk, cleaned_at=now).update(cleaned_at=None)  # there is more: the next beat goes on
    return gone


@transaction.atomic
def _remove(team: Team, ids: Sequence[UUID]) -> int:
    """Those that nothing holds now either: a link or a case may have come since they were looked for. How many went."""
    locks.hold_environments(Run.objects.filter(pk__in=ids).values("environment"))
    return delete_runs(list(past_their_time(team, team.keep_days).filter(pk__in=ids).values_list("pk", flat=True)))


def _is_due(now: datetime) -> Q:
    return Q(cleaned_at=None) | Q(cleaned_at__lt=now - LOOK_AGAIN)
