"""Deletion that deletes. Access ends at once; the rows go in batches, at once where they are few, else by the worker's beat."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Attempt, Case, Environment, HandOff, Run, ShareLink, Team, User
from diagnostics.models.base import TeamRow
from diagnostics.services import audit, journal, locks
from diagnostics.services.access import require

BATCH = 200  # runs or cases that go in one transaction
AT_ONCE = 10  # batches that a person waits for; the worker does the rest

_LARGE = (Attempt, Run, Case)


def delete_run(user: User, run: Run) -> None:
    """Take one run away for good, with its share links, its wizard and its lines in cases."""
    require(user, run.team, Action.MANAGE_DATA)
    if run.is_open:
        raise Conflict("This run is under way: stop it first.")
    audit.record(
        run.team, user, "run_deleted", f"the run of {run.environment.name} of {run.queued_at:%Y-%m-%d %H:%M} UTC"
    )
    delete_runs([run.pk])
    journal.empty()


def delete_runs(ids: Sequence[UUID]) -> int:
    """Delete these runs and all that hangs on them; how many there were."""
    with transaction.atomic():
        locks.hold_environments(Run.objects.filter(pk__in=ids).values("environment"))
        Attempt.objects.filter(run__in=ids).delete()  # most rows by far, and nothing hangs on them
        return Run.objects.filter(pk__in=ids).defer("report", "upload").delete()[1].get("diagnostics.Run", 0)


def delete_environment(user: User, environment: Environment, name: str) -> bool:
    """Delete an archived environment with its runs and cases, after its name was typed; whether all of it is gone already."""
    require(user, environment.team, Action.MANAGE_DATA)
    with transaction.atomic():
        row = locks.held_environment(environment.pk)
        if row is None:
            raise Conflict("This environment is being deleted already.")
        if row.archived_at is None:
            raise Conflict("Archive this environment first: only archived ones can be deleted for good.")
        _check_name(name, row.name)
        Environment.objects.filter(pk=row.pk).update(doomed_at=timezone.now())
        ShareLink.objects.filter(run__environment=environment).delete()
        HandOff.objects.filter(run__environment=environment).delete()
        audit.record(environment.team, user, "environment_deleted", environment.name)
    return _remove_environment(environment.pk, AT_ONCE)


def delete_team(user: User, team: Team, name: str) -> bool:
    """Delete a team and everything in it, after its name was typed. From this moment nobody sees any of it."""
    require(user, team, Action.MANAGE_TEAM)
    _check_name(name, team.name)
    doom(team)
    return remove_team(team.pk)


@transaction.atomic
def doom(team: Team) -> None:
    """Nobody gets at anything of the team from now on; its rows are still to be removed."""
    locks.hold_team(team.pk)
    locks.hold_environments(Environment.objects.filter(team=team).values("pk"))
    Team.objects.filter(pk=team.pk).update(doomed_at=timezone.now())
    for model in _tables():
        if model not in (*_LARGE, Environment):
            model._default_manager.filter(team=team).delete()  # members, links, tokens: every way in


def go_on() -> bool:
    """One batch of what is being deleted; whether there was any."""
    team = Team.objects.filter(doomed_at__isnull=False).order_by("doomed_at").first()
    if team is not None:
        remove_team(team.pk, 1)
        return True
    environment = Environment.objects.filter(doomed_at__isnull=False).order_by("doomed_at").first()
    if environment is not None:
        _remove_environment(environment.pk, 1)
    return environment is not None


def _check_name(typed: str, name: str) -> None:
    if typed.strip() != name:
        raise InvalidInput({"name": f"Type its name as it stands here, {name}, to delete it."})


def _remove_environment(pk: UUID, batches: int) -> bool:
    if not _emptied({"environment": pk}, batches):
        return False
    Environment.objects.filter(pk=pk).delete()
    journal.empty(words=True)
    return True


def remove_team(pk: UUID, batches: int | None = None) -> bool:
    """So many batches of a doomed team's rows, AT_ONCE unless said; whether all of it is gone."""
    if not _emptied({"team": pk}, AT_ONCE if batches is None else batches):
        return False
    Team.objects.filter(pk=pk).delete()
    journal.empty(words=True)
    return True


def _emptied(which: dict[str, UUID], batches: int) -> bool:
    """Delete at most so many batches of runs, then of cases; whether none is left."""
    for _ in range(batches):
        ids = list(Run.objects.filter(**which).values_list("pk", flat=True)[:BATCH])
        if ids:
            delete_runs(ids)
            continue
        cases = list(Case.objects.filter(**which).values_list("pk", flat=True)[:BATCH])
        if not cases:
            return True
        _delete_cases(cases)
    return False


@transaction.atomic
def _delete_cases(ids: Sequence[UUID]) -> None:
    locks.hold_environments(Case.objects.filter(pk__in=ids).values("environment"))
    locks.hold_cases(ids)
    Case.objects.filter(pk__in=ids).delete()


def _tables() -> list[type[TeamRow]]:
    return [model for model in apps.get_app_config("diagnostics").get_models() if issubclass(model, TeamRow)]
