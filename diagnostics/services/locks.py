"""Rows that are held to the end of a transaction, in the one order that keeps two from waiting for each other.

    teams, then environments, then cases, each by id; then whatever hangs on them

- Who is in a team, and the numbers of its cases, change under the team.
- More than one row of what hangs on an environment (cases, runs that are frozen or called off, hand-offs, walks, judgements,
  links) is changed under the environment: its holders take turns, so below it the order is free.
- A single row may be changed without anything above it, a case with its line and its words as well, by a transaction
  that takes no other afterwards. So whoever deletes cases holds them before their words go.

A row is held "for no key update": rows that point to it may come and go. A plain FOR UPDATE would make their foreign keys,
which are looked at when a transaction commits, wait for whoever waits for one of its rows. So nobody locks a team, an
environment or a case but by these. SQLite takes no notice: whoever writes there is alone from the transaction's beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from diagnostics.models import Case, Environment, Team

Ids = Iterable[UUID] | QuerySet[Any, Any]


def hold_teams(teams: Ids) -> None:
    """Whoever changes who is in them, or opens a case, waits."""
    _hold(Team.objects.filter(pk__in=teams))


def hold_environments(environments: Ids) -> None:
    """Whoever edits them, or changes several rows of what hangs on them, waits."""
    _hold(Environment.objects.filter(pk__in=environments))


def hold_cases(cases: Ids) -> None:
    """Whoever adds to their timelines waits."""
    _hold(Case.objects.filter(pk__in=cases))


def hold_team(pk: UUID) -> None:
    """The same for one."""
    hold_teams([pk])


def hold_environment(pk: UUID | None) -> None:
    """The same for one; a case may have none."""
    if pk is not None:
        hold_environments([pk])


def held_environment(pk: UUID) -> Environment | None:
    """The environment as it is at this moment, held; None where it is gone, or about to be."""
    return Environment.objects.select_for_update(no_key=True).filter(pk=pk, doomed_at=None).first()


def _hold(rows: QuerySet[Any]) -> None:
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
