"""Queries that are composed once in a process.

Django composes a query anew each time it is asked. For one with seven subqueries that takes 80 times what the database takes to
answer it, so what stands on every page and behind every poll is composed at its first use and only filled in from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, Field, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler

_MARKS: Mapping[type[Field[Any, Any]], Callable[[int], Any]] = {
    UUIDField: lambda number: UUID(int=0x5EED << 112 | number),
    DateTimeField: lambda number: datetime(1903, 3, 3, 3, 3, 3, number, UTC),
}
"""For each kind of parameter, values that no query has of its own: where they come out stands what was asked with."""


@dataclass(frozen=True)
class _Composed:
    """A query for one kind of database. `slots`: for each parameter of `sql` the name of what fills it."""

    sql: str
    slots: Sequence[str]
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]


class Prepared:
    """Rows of the values that `compose` asks for; it gets one value for each of `parameters` and returns a `values_list`.

    A parameter's kind is its field, a UUIDField or a DateTimeField.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]], **parameters: Field[Any, Any]) -> None:
        self._compose = compose
        self._parameters = parameters
        self._known: dict[str, _Composed] = {}

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """What the query finds with these values; each parameter must be given."""
        composed = self._composed()
        ready = {name: self._ready(name, given[name]) for name in self._parameters}
        with connection.cursor() as cursor:
            cursor.execute(composed.sql, [ready[name] for name in composed.slots])
            found = cursor.fetchall()
        return [_converted(row, composed) for row in found]

    def _composed(self) -> _Composed:
        known = self._known.get(connection.vendor)
        if known is None:
            known = self._known[connection.vendor] = self._made()
        return known

    def _made(self) -> _Composed:
        marks = {
            name: next(make(number) for kind, make in _MARKS.items() if isinstance(field, kind))
            for number, (name, field) in enumerate(self._parameters.items())
        }
        compiler: SQLCompiler = self._compose(**marks).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        names = {self._ready(name, mark): name for name, mark in marks.items()}
        slots = [names.get(value) for value in params]
        unused = set(self._parameters) - set(slots)
        if unused:
            raise TypeError(f"The query asks nothing of {', '.join(sorted(unused))}.")
        found = compiler.get_converters([column for column, *_ in compiler.select])
        filled = _with_constants(sql, [None if name else value for name, value in zip(slots, params, strict=True)])
        return _Composed(
            filled,
            [name for name in slots if name],
            [(at, tuple(each), column) for at, (each, column) in found.items()],
        )

    def _ready(self, name: str, value: Any) -> Any:
        return self._parameters[name].get_db_prep_value(value, connection)


def _with_constants(sql: str, constants: Sequence[str | int | None]) -> str:
    """`sql` with its constants written out. They come from our code alone; None stays a parameter.

    SQLite plans a query anew each time a partial index could serve a parameter: with "full" and "finished" bound, that took
    five times what finding the row took.
    """
    first, *rest = sql.split("%s")
    return first + "".join(_literal(value) + part for value, part in zip(constants, rest, strict=True))


def _literal(value: str | int | None) -> str:
    if value is None:
        return "%s"
    if isinstance(value, int):
        return str(value).upper()
    return "'" + str(value).replace("'", "''").replace("%", "%%") + "'"


def _converted(row: Sequence[Any], composed: _Composed) -> tuple[Any, ...]:
    values = list(row)
    for at, converters, column in composed.converters:
        for convert in converters:
            values[at] = convert(values[at], column, connection)
    return tuple(values)
