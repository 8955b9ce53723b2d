"""Machines that listen: a probe with `--watch --upload` asks every few seconds whether anything is wanted of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from diagnostics.models import AccessToken, Environment, Run
from diagnostics.selectors.token import heard_on

MOST = 10  # runs of one answer
_WRITTEN = timedelta(seconds=1.5)  # a question sooner than that after the last one is not written down


def listening(environment: Environment) -> datetime | None:
    """When the environment's machine last asked whether anything is wanted; None where nobody listens."""
    return heard_on(environment).order_by("-heard_at").values_list("heard_at", flat=True).first()


def hear(token: AccessToken) -> None:
    """Note that the machine asked just now."""
    now = timezone.now()
    if token.heard_at is None or now - token.heard_at > _WRITTEN:
        AccessToken.objects.filter(pk=token.pk).update(heard_at=now)


def wanted(environment: Environment) -> list[Run]:
    """The runs that wait for this machine, the longest-waiting first: all that it is told of each is number, kind and plan."""
    waiting = Run.objects.filter(environment=environment, status=Run.Status.WAITING)
    return list(waiting.only("id", "kind", "plan").order_by("queued_at", "id")[:MOST])
