"""Machines that listen: a probe with `--watch --upload` asks every few seconds whether anything is wanted of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from diagnostics.models import AccessToken, Environment, Run
from diagnostics.selectors.token import heard_on
from diagnostics.services import locks

MOST = 10  # runs of one answer
SILENT = timedelta(minutes=75)
"""A probe that listens reports once an hour and a beat: whoever has not for so long does so no more."""
_WRITTEN = timedelta(seconds=1.5)  # a question sooner than that after the last one is not written down
_MOST_NAMES = 8  # of one token


@dataclass(frozen=True)
class Machine:
    """One that listens: what its reports call it (empty before the first), its token's beginning, and when the last one came."""

    name: str
    token: str
    reported_at: datetime | None


@dataclass(frozen=True)
class Listening:
    """Who listens for an environment: when one was heard last, and each machine that is known of."""

    at: datetime
    machines: tuple[Machine, ...]

    @property
    def several(self) -> bool:
        """Whether more than one answers: what they find mixes."""
        return len(self.machines) > 1

    @property
    def only_name(self) -> str:
        """What all of them are called; empty where they have several names or one is not known."""
        names = {machine.name for machine in self.machines}
        return names.pop() if len(names) == 1 else ""

    @property
    def share_a_token(self) -> bool:
        """Whether two of them are known by their reports alone, since they ask with one token."""
        return len({machine.token for machine in self.machines}) < len(self.machines)


def listening(environment: Environment) -> datetime | None:
    """When the environment's machine last asked whether anything is wanted; None where nobody listens."""
    return heard_on(environment).order_by("-heard_at").values_list("heard_at", flat=True).first()


def listeners(environment: Environment) -> Listening | None:
    """The same with the machines, in one query; None where nobody listens."""
    tokens = list(heard_on(environment).order_by("-heard_at").only("prefix", "heard_at", "machines"))
    if not tokens or tokens[0].heard_at is None:
        return None
    return Listening(tokens[0].heard_at, tuple(one for token in tokens for one in _machines_of(token)))


def hear(token: AccessToken) -> None:
    """Note that the machine asked just now."""
    now = timezone.now()
    if token.heard_at is None or now - token.heard_at > _WRITTEN:
        AccessToken.objects.filter(pk=token.pk).update(heard_at=now)


@transaction.atomic
def note_report(token: AccessToken, name: str) -> None:
    """Note which machine sends a report with this token: when each did so first and last, as far back as one may still listen.

    A machine in another network may add another domain to its name, so the first part of it counts.
    """
    if not name:
        return
    now = timezone.now()
    locks.hold_environment(token.environment_id)  # two machines may report at once
    held = AccessToken.objects.filter(pk=token.pk).values_list("machines", flat=True).first() or {}
    known = {key: one for key, one in held.items() if now - datetime.fromisoformat(one["last"]) < SILENT}
    key, told = name.partition(".")[0].casefold(), now.isoformat()
    known[key] = {"name": name, "first": known.get(key, {}).get("first", told), "last": told}
    newest = sorted(known.items(), key=lambda item: item[1]["last"])[-_MOST_NAMES:]
    AccessToken.objects.filter(pk=token.pk).update(machines=dict(newest))


def _machines_of(token: AccessToken) -> list[Machine]:
    """The one that reported last, and those that took turns with it. Who only reported before it has made room for it."""
    now = timezone.now()
    known = sorted(
        (datetime.fromisoformat(one["last"]), datetime.fromisoformat(one["first"]), one["name"])
        for one in token.machines.values()
    )
    if not known:
        return [Machine("", token.prefix, None)]
    last, first, name = known.pop()
    turns = [(at, other) for at, _, other in reversed(known) if at >= first and now - at < SILENT]
    return [Machine(called, token.prefix, at) for at, called in ((last, name), *turns)]


def wanted(environment: Environment) -> list[Run]:
    """The runs that wait for this machine, the longest-waiting first: all that it is told of each is number, kind and plan."""
    waiting = Run.objects.filter(environment=environment, status=Run.Status.WAITING)
    return list(waiting.only("id", "kind", "plan").order_by("queued_at", "id")[:MOST])
