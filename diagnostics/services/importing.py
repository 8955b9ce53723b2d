"""A team made anew from an export, here or in another installation. Whatever the file says, it is judged like a form."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import Error, models, transaction
from django.utils import timezone
from pydantic import TypeAdapter
from pydantic import ValidationError as WrongShape
from typing_extensions import TypedDict

from diagnostics import likeness
from diagnostics.engine.facts import FACTS
from diagnostics.engine.operations import SHELLS, SYSTEMS
from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Case, Environment, PastedText, Run, Team, User
from diagnostics.models.base import TeamRow
from diagnostics.report_schema import later_report_schema
from diagnostics.services import accounts, audit, case_words, decoding, freezing, redaction
from diagnostics.services.canonical import canonical, sha256_of
from diagnostics.services.portable import FORM, KIND_OF, MANY, Kind, columns, points_to_person, points_to_row

if TYPE_CHECKING:
    import jsonschema_rs

LONGEST_LINE = 12_000_000  # bytes; a report of 1 MB is at most six times as long once it stands in a JSON string
LONGEST_REPORT = 2_000_000  # characters; every page that shows one reads all of it
# A time beyond them is none of ours, and near the calendar's ends no time zone can be reckoned.
YEARS = range(2000, 2200)
MOST_CASES = 1_000_000_000
_MOST_TOLD, _SHOWN = 100, 8  # names of a later version that are counted, and that are told
_ENDED = "It was under way when the team was exported, and was not taken along."


class _Event(TypedDict):
    at: float
    what: str
    detail: Any


_SHAPES: dict[str, TypeAdapter[Any]] = {
    "run.plan": TypeAdapter(list[str]),
    "run.focus": TypeAdapter(dict[str, list[str]]),
    "run.snapshot": TypeAdapter(dict[str, str | bool | int]),
    "case.traits": TypeAdapter(dict[str, str | bool | int]),
    "attempt.facts": TypeAdapter(dict[str, str | bool | int | float | list[str]]),
    "attempt.events": TypeAdapter(list[_Event]),
    "wizard_check.told": TypeAdapter(dict[str, bool | str]),
    "wizard_check.before": TypeAdapter(dict[str, str | bool | int | float | list[str]]),
    "wizard_check.after": TypeAdapter(dict[str, str | bool | int | float | list[str]]),
}
_UNREADABLE = (
    ValidationError,
    WrongShape,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    RecursionError,
)
_WRITTEN = frozenset({"notes", "text", "title", "waiting_on", "what_fixed", "what_it_was", "why"})  # by people
_MADE_HERE = frozenset({"run.path", "pasted_text.answer"})  # worked out anew from the report and the text


@dataclass
class Imported:
    """The team that was made, how many rows of each kind, and what of a later version came along or could not.

    `facts`: names that this version has no words for, kept in the reports; `left`: columns that it does not have, and of how many rows.
    """

    team: Team
    rows: dict[str, int] = field(default_factory=dict)
    facts: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """What somebody should know of it, in sentences."""
        told = []
        if self.facts:
            told.append(
                f"Kept with no words for them, since they are a later version's: the facts {_named(self.facts)}."
            )
        if self.left:
            counted = [f"{name} ({count} row{'' if count == 1 else 's'})" for name, count in self.left.items()]
            told.append(f"Left out, since this version has no place for it: {_named(counted)}.")
        return told


def import_team(user: User, lines: Iterable[bytes]) -> Imported:
    """Make a team of `user`'s own from an export's lines. All of it or nothing; InvalidInput says which line and why."""
    reading = _read(lines)
    first = next(reading, None)
    if first is None or first[1].get("form") != FORM:
        raise _refused(1, f"this is no export of a team: the first line of one says {FORM}.")
    try:
        with transaction.atomic():
            return _Making(user, first[1]).all(reading)
    except Error as problem:
        told = f"The database took it back ({type(problem).__name__}): two lines say the same thing, or one points to none."
        raise InvalidInput({"file": told}) from None


def _named(names: Iterable[str]) -> str:
    shown = sorted(names)
    more = len(shown) - _SHOWN
    return ", ".join(shown[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _refused(line: int, sentence: str) -> InvalidInput:
    return InvalidInput({"file": f"Line {line}: {sentence} Nothing was imported."})


def _read(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and content of each line before the last one, whose digest must fit."""
    digest, count = hashlib.sha256(), 0
    for number, line in enumerate(lines, 1):
        told = _object(number, line)
        if told.get("is") == "end":
            if (told.get("lines"), told.get("sha256")) != (count, digest.hexdigest()):
                raise _refused(number, "the file was changed or cut after it was exported: take it as it was written.")
            return
        digest.update(line if line.endswith(b"\n") else line + b"\n")
        count += 1
        yield number, told
    raise _refused(count + 1, "the file ends before its last line: fetch the whole of it again.")


def _object(number: int, line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise _refused(number, "it is longer than any row of ours.")
    try:
        told = _fit(json.loads(line))
    except (ValueError, RecursionError):
        raise _refused(number, "it is no JSON: the file must be the export itself, one JSON object a line.") from None
    if not isinstance(told, dict):
        raise _refused(number, "it is no JSON object.")
    return told


def _fit(value: Any) -> Any:
    """A line's content with texts that every database and page can hold."""
    if isinstance(value, dict):
        return {redaction.fit(name): _fit(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_fit(item) for item in value]
    return redaction.fit(value) if isinstance(value, str) else value


class _Making:
    """One import under way: the ids that rows get here, and the rows of one kind that wait to be written."""

    def __init__(self, user: User, first: Mapping[str, Any]) -> None:
        self._user = user
        name, keep = first.get("name"), first.get("keep_days")
        if not isinstance(name, str) or not (keep is None or (type(keep) is int and 1 <= keep <= 36_500)):
            raise _refused(1, "the team's name or its number of days is missing.")
        self._team = accounts.create_team(user, accounts.free_name(user, name), practice_range=False)
        self._team.keep_days = keep
        self._known: set[UUID] = set()
        self._waiting: list[TeamRow] = []
        self._done = Imported(self._team)

    def all(self, reading: Iterator[tuple[int, dict[str, Any]]]) -> Imported:
        """Every line to its end."""
        order = list(KIND_OF)
        at = 0
        for number, told in reading:
            word = told.get("is")
            if not isinstance(word, str) or word not in KIND_OF:
                raise _refused(number, f"a row of kind {str(word)[:40]!r} is unknown to this version.")
            if order.index(word) < at:
                raise _refused(number, "the rows stand in another order than an export writes them.")
            if order.index(word) > at:
                self._write()
                at = order.index(word)
            if KIND_OF[word].comes_back:
                self._take(number, KIND_OF[word], told)
        self._write()
        self._finish()
        return self._done

    def _take(self, number: int, kind: Kind, told: Mapping[str, Any]) -> None:
        try:
            row = self._row(kind, told)
        except _UNREADABLE as problem:
            raise _refused(number, f"the {kind.word.replace('_', ' ')} does not read: {_words(problem)}") from None
        self._known.add(row.pk)
        self._note(kind, told, row)
        self._done.rows[kind.word] = self._done.rows.get(kind.word, 0) + 1
        self._waiting.append(row)
        if len(self._waiting) >= MANY:
            self._write()

    def _note(self, kind: Kind, told: Mapping[str, Any], row: TeamRow) -> None:
        """What a later version wrote of this row."""
        known = {one.name for one in kind.model._meta.concrete_fields}
        for name in told.keys() - known - {"is"}:
            column = f"{kind.word}.{name[:40]}"
            if column in self._done.left or len(self._done.left) < _MOST_TOLD:
                self._done.left[column] = self._done.left.get(column, 0) + 1
        if isinstance(row, Run) and row.report is not None:
            report = json.loads(row.report)
            told_facts = {name for one in (*report["attempts"], *report.get("clients", ())) for name in one["facts"]}
            self._done.facts |= set(sorted(told_facts - FACTS.keys())[: _MOST_TOLD - len(self._done.facts)])

    def _row(self, kind: Kind, told: Mapping[str, Any]) -> TeamRow:
        row = kind.model(team=self._team)
        for one in columns(kind):
            if one.name not in told:
                continue  # made by a version that had no such column: it begins with its default
            setattr(row, one.attname, self._value(kind, row, one, told[one.name]))
        _mend(row)
        return row

    def _value(self, kind: Kind, row: TeamRow, one: models.Field[Any, Any], value: Any) -> Any:
        name = f"{kind.word}.{one.name}"
        if one.primary_key:
            return self._id(value)
        if points_to_person(one):
            return self._user.pk if value == self._user.email else None
        if points_to_row(one):
            return self._pointer(name, one, value)
        if name in _MADE_HERE:
            return one.get_default()
        if name in _SHAPES:
            return _SHAPES[name].validate_python(value, strict=True)
        return _checked(row, one, value)

    def _pointer(self, name: str, one: models.Field[Any, Any], value: Any) -> UUID | None:
        if value is None and one.null:
            return None
        found = self._id(value)
        if found not in self._known:
            raise ValueError(f"{name} points to a row that does not stand before it.")
        return found

    def _id(self, value: Any) -> UUID:
        """A new id for an old one, the same each time: whoever may import never writes over a row that is there."""
        try:
            return uuid5(self._team.pk, str(UUID(value)))
        except (AttributeError, TypeError, ValueError):
            raise ValueError("its id, or that of a row it points to, is none that an export writes.") from None

    def _write(self) -> None:
        if self._waiting:
            type(self._waiting[0])._default_manager.bulk_create(self._waiting)
            self._waiting = []

    def _finish(self) -> None:
        most = Case.objects.filter(team=self._team).aggregate(models.Max("number"))["number__max"]
        self._team.cases_opened = most or 0
        self._team.save(update_fields=["cases_opened", "keep_days"])
        for case in Case.objects.filter(team=self._team).select_related("environment").iterator(MANY):
            case_words.renew(case)
        audit.record(self._team, self._user, "data_imported")


def _checked(row: TeamRow, one: models.Field[Any, Any], value: Any) -> Any:
    """A plain column's value as a form would take it."""
    found = one.to_python(value)
    if (found is None and not one.null) or (found == "" and not one.blank):
        raise ValueError(f"{one.name} is empty.")
    if found not in one.empty_values:
        one.validate(found, row)
        one.run_validators(found)
    if isinstance(found, float) and not math.isfinite(found):
        raise ValueError(f"{one.name} is no number.")
    if isinstance(found, datetime):
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if found.year not in YEARS:
            raise ValueError(f"{one.name} is no time from {YEARS.start} to {YEARS.stop - 1}.")
    if isinstance(found, str):
        found = redaction.written(found) if one.name in _WRITTEN else found
    return found


def _mend(row: TeamRow) -> None:
    """What is not taken from the file but follows from it."""
    if isinstance(row, Run):
        _refreeze(row)
    elif isinstance(row, Case):
        if not 0 < row.number <= MOST_CASES:
            raise ValueError("its number is none that a case gets.")
        if not likeness.may_be_telling(row.traits, row.telling):
            row.telling = likeness.telling(row.traits)
    elif isinstance(row, PastedText):
        decided = decoding.decide(row.text)
        row.text, row.answer = decided.text, decided.answer
    elif isinstance(row, Environment):
        row.credential_shape = row.credential_fingerprint = ""  # the key stayed where it was
        # The wizard knows no lines for others.
        row.lines_system = row.lines_system if row.lines_system in SYSTEMS else ""
        row.lines_shell = row.lines_shell if row.lines_shell in SHELLS else ""
        row.proxy_url = Secret(row.proxy_shown) if row.proxy_shown and "…" not in row.proxy_shown else None


def _refreeze(run: Run) -> None:
    """A run with its report checked and what lists show of it made anew; what was under way has ended."""
    run.lease_until, run.deadline_at, run.woken_at = None, None, None
    if run.report is None:
        if run.status in Run.OPEN or run.status == Run.Status.FINISHED:
            run.status, run.error, run.finished_at = Run.Status.CANCELLED, _ENDED, timezone.now()
        run.report_sha256 = run.cause = ""
        return
    if len(run.report) > LONGEST_REPORT:
        raise ValueError("its report is longer than any of ours.")
    data = json.loads(run.report)
    _check(data)
    run.report = canonical(redaction.scrub(data, (), unknown=True))
    run.report_sha256 = sha256_of(run.report)
    run.status = Run.Status.FINISHED
    run.finished_at = run.finished_at or timezone.now()
    for name, value in freezing.shown_of(json.loads(run.report)).items():
        setattr(run, name, value)


def _check(report: Any) -> None:
    """Raises ValueError with the place at which it is no report of ours."""
    problem = next(iter(_reports().iter_errors(report)), None)
    if problem is not None:
        place = "/".join(map(str, problem.instance_path))
        raise ValueError(f"its report is none of ours ({place or 'at its top'}).")


@cache
def _reports() -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs  # 5 MB that nobody needs before something is imported

    return jsonschema_rs.Draft202012Validator(later_report_schema())


def _words(problem: Exception) -> str:
    """Why, in a line that repeats no more than a name of the file."""
    if isinstance(problem, ValidationError):
        return " ".join(problem.messages)[:200]
    if isinstance(problem, WrongShape):
        return "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}" for one in problem.errors()[:2])[:200]
    if isinstance(problem, RecursionError):
        return "it is nested too deeply."
    return str(problem)[:200] or type(problem).__name__
