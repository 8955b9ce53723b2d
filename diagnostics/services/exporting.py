"""Everything a team owns as JSON Lines, one row a line, without anything that opens a door."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CASCADE, Field, ForeignKey
from django.utils import timezone

from diagnostics.engine.vocabulary import ENGINE_VERSION
from diagnostics.models import Action, Environment, Team, User
from diagnostics.models.base import TeamRow
from diagnostics.services import audit
from diagnostics.services.access import require
from diagnostics.services.portable import FORM, KINDS, MANY, Kind, columns, points_to_person, points_to_row


def export(user: User, team: Team) -> Iterator[bytes]:
    """The lines of a team's export, for a person who may have it; told in the audit trail before the first line."""
    require(user, team, Action.MANAGE_DATA)
    audit.record(team, user, "data_exported")
    return lines(team)


def lines(team: Team) -> Iterator[bytes]:
    """A first line about the file, one a row, and a last one by which a reader knows that nothing is missing."""
    digest, count = hashlib.sha256(), 0
    for told in _told(team):
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        count += 1
        yield line
    yield json.dumps({"is": "end", "lines": count, "sha256": digest.hexdigest()}).encode() + b"\n"


def _told(team: Team) -> Iterator[dict[str, Any]]:
    yield {
        "is": "team",
        "form": FORM,
        "version": ENGINE_VERSION,
        "exported_at": timezone.now().isoformat(),
        "name": team.name,
        "keep_days": team.keep_days,
    }
    people: dict[UUID, str] = {}
    going = _Going(team)
    for kind in KINDS:
        fields = columns(kind)
        for rows in map(going.without, _batches(kind, team)):
            _learn(people, rows, fields)
            for row in rows:
                yield {"is": kind.word} | {field.name: _plain(row, field, people) for field in fields}


class _Going:
    """What is being deleted with its environment: it is left out as if the worker had come to it already."""

    def __init__(self, team: Team) -> None:
        doomed = Environment.objects.filter(team=team, doomed_at__isnull=False)
        self._ids: set[UUID] = set(doomed.values_list("pk", flat=True))

    def without(self, rows: list[TeamRow]) -> list[TeamRow]:
        """The rows that stay, pointing to none that go."""
        return rows if not self._ids else [row for row in rows if self._stays(row)]

    def _stays(self, row: TeamRow) -> bool:
        pointers = [field for field in row._meta.concrete_fields if points_to_row(field)]
        lost = [field for field in pointers if getattr(row, field.attname) in self._ids]
        if row.pk in self._ids or any(_is_deleted_with(field) for field in lost):
            self._ids.add(row.pk)
            return False
        for field in lost:
            setattr(row, field.attname, None)
        return True


def _is_deleted_with(field: Field[object, object]) -> bool:
    return isinstance(field, ForeignKey) and field.remote_field.on_delete is CASCADE


def _batches(kind: Kind, team: Team) -> Iterator[list[TeamRow]]:
    """The rows by their ids, a batch at a time: a cursor that stays open would hold the database's snapshot for minutes."""
    rows = kind.model._default_manager.filter(team=team).order_by("pk")
    batch = list(rows[:MANY])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:MANY])


def _learn(people: dict[UUID, str], rows: list[TeamRow], fields: list[Field[object, object]]) -> None:
    """The addresses of the people whom these rows name and who are not known yet."""
    told = {getattr(row, field.attname) for row in rows for field in fields if points_to_person(field)}
    unknown = told - {None} - set(people)
    if unknown:
        people.update(User.objects.filter(pk__in=unknown).values_list("pk", "email"))


def _plain(row: TeamRow, field: Field[object, object], people: dict[UUID, str]) -> Any:
    value = getattr(row, field.attname)
    if points_to_person(field):
        return people.get(value)
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
