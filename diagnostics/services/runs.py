"""Asking for a run, stopping one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Environment, Run, User
from diagnostics.services import dispatch, environments
from diagnostics.services.access import require

WAITS = timedelta(hours=24)  # how long a run waits for its machine, or for any worker at all
MOST_OPEN = 100  # runs of one team at a time: workers are shared, and nobody's flood may hold up the others
CHECK_LIMIT = 4.0  # seconds a check of one step may take


@dataclass(frozen=True)
class Started:
    """A run just asked for. `upload_token` is set for a machine's run and shown this once; only its sha256 is kept."""

    run: Run
    upload_token: str | None = None


@transaction.atomic
def start(
    user: User,
    environment: Environment,
    kind: str = Run.Kind.FULL,
    only: Sequence[str] = (),
    on_machine: bool | None = None,
    focus: Mapping[str, Sequence[str]] | None = None,
) -> Started:
    """Make a run: a worker is woken when the row is committed, or the row waits for the machine's report.

    `on_machine` says which, in place of what the environment says. `focus` names "causes" that a text suggested and "probes"
    that would decide: the run is the same, and its page shows these first.
    """
    require(user, environment.team, Action.RUN)
    if kind == Run.Kind.CHECK and not only:
        raise InvalidInput({"only": "A check names the probes it runs."})
    return _ask_for(environment, user, kind, only, on_machine, focus)


@transaction.atomic
def start_for_hand_off(environment: Environment, on_machine: bool = False) -> Run:
    """A full run by a worker or a machine that listens, for a hand-off's receiver: a member allowed that with its link."""
    return _ask_for(environment, None, on_machine=on_machine).run


def _ask_for(
    environment: Environment,
    user: User | None,
    kind: str = Run.Kind.FULL,
    only: Sequence[str] = (),
    on_machine: bool | None = None,
    focus: Mapping[str, Sequence[str]] | None = None,
) -> Started:
    if environment.archived_at is not None:
        raise Conflict("This environment is archived: restore it before you run it.")
    if Run.objects.filter(team_id=environment.team_id, status__in=Run.OPEN).count() >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} runs of this team are under way or wait: stop some, or try again when they ended.")
    if on_machine is None:
        on_machine = environment.runs_from == Environment.RunsFrom.MACHINE
    token = "tsu_" + secrets.token_urlsafe(32) if on_machine else None
    now = timezone.now()
    run = Run.objects.create(
        team_id=environment.team_id,
        environment=environment,
        requested_by=user,
        kind=kind,
        plan=list(only),
        focus={name: list(words) for name, words in (focus or {}).items()},
        snapshot=environments.snapshot(environment),
        status=Run.Status.WAITING if on_machine else Run.Status.QUEUED,
        vantage_kind="probe" if on_machine else "worker",
        queued_at=now,
        deadline_at=now + WAITS,
        upload_token_sha256=token_sha256(token) if token else None,
    )
    if not on_machine:
        transaction.on_commit(lambda: wake(run.pk))
    return Started(run, token)


def token_sha256(token: str) -> str:
    """What is stored of an upload token."""
    return hashlib.sha256(token.encode()).hexdigest()


def wake(run_id: UUID) -> bool:
    """Tell a worker, and remember when; the sweep repeats calls that nobody answered. False when the broker is away."""
    sent = dispatch.wake(run_id)
    if sent:
        Run.objects.filter(pk=run_id, status=Run.Status.QUEUED).update(woken_at=timezone.now())
    return sent


def cancel(user: User, run: Run) -> None:
    """Stop a run: at once while nobody works on it, else within a second by the worker that does."""
    require(user, run.team, Action.RUN)
    idle = Run.objects.filter(pk=run.pk, status__in=(Run.Status.WAITING, Run.Status.QUEUED))
    if not idle.update(status=Run.Status.CANCELLED, finished_at=timezone.now(), cancel_requested=True, upload=""):
        Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(cancel_requested=True)
    run.refresh_from_db(fields=["status", "cancel_requested", "finished_at"])


def time_limit(run: Run) -> float:
    """Seconds the engine may take for this run."""
    return CHECK_LIMIT if run.kind == Run.Kind.CHECK else float(settings.RUN_TIME_LIMIT)
