"""Keeps what a case can be found by in step with it, inside the transaction that changes the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from django.db import transaction

from diagnostics.engine import library
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.models import Case, CaseEvent, CaseWords, Environment
from diagnostics.models.case_words import team_word, words_of
from diagnostics.services.general import general

_MOST = 100_000  # characters of a case that can be searched; what was written last counts first
_MOST_NOTES = 200
_BATCH = 500


def renew(case: Case) -> None:
    """Write the words of a case anew: after it was opened, or its title, cause, notes or resolution changed."""
    values = {"team_id": case.team_id, "words": _words(case), "place": place_of(case.environment)}
    CaseWords.objects.update_or_create(case=case, defaults=values)


def renamed(environment: Environment) -> None:
    """An environment has another name: its cases are found by that from now on."""
    CaseWords.objects.filter(case__environment=environment).update(place=place_of(environment))


def renew_all() -> int:
    """Write the words of every case anew where they differ: what is a word, or a cause's title, has changed. How many differed.

    In batches, each in a transaction that holds its rows: a note that comes meanwhile is not lost.
    """
    last, changed = 0, 0
    while True:
        with transaction.atomic():
            rows = list(CaseWords.objects.select_for_update().filter(pk__gt=last).order_by("pk")[:_BATCH])
            changed += _renew_batch(rows)
        if not rows:
            return changed
        last = rows[-1].pk


def _renew_batch(rows: Sequence[CaseWords]) -> int:
    ids = [row.case_id for row in rows]
    cases = Case.objects.defer("traits").in_bulk(ids)
    notes = defaultdict(list)
    written = CaseEvent.objects.filter(case__in=ids, kind=CaseEvent.Kind.NOTE, deleted_at=None)
    for case_id, text in written.order_by("-at", "-id").values_list("case_id", "text"):
        notes[case_id].append(text)
    differ = []
    for row in rows:
        now = compose(cases[row.case_id], *notes[row.case_id][:_MOST_NOTES])
        if now != row.words:
            row.words = now
            differ.append(row)
    CaseWords.objects.bulk_update(differ, ["words"])
    return len(differ)


def place_of(environment: Environment | None) -> str:
    """The environment's name as it is looked for."""
    return " ".join(words_of(environment.name)) if environment is not None else ""


def _words(case: Case) -> str:
    notes = CaseEvent.objects.filter(case=case, kind=CaseEvent.Kind.NOTE, deleted_at=None).order_by("-at", "-id")
    texts = notes.values_list("text", flat=True)[:_MOST_NOTES]
    return compose(case, *texts)


def compose(case: Case, *notes: str) -> str:
    """The words in which a case is found."""
    told = [case.title, case.cause, title_of(case.cause), case.what_it_was, case.what_fixed, *notes]
    return " ".join([team_word(case.team_id), *words_of("\n".join(told))])[:_MOST]


@lru_cache(maxsize=128)
def title_of(cause: str) -> str:
    """A cause in words, without anybody's facts."""
    if cause == UNKNOWN:
        return "Not known yet"
    known = library.load().causes.get(cause)
    return general(known.title) if known is not None else cause
