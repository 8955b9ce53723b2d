"""The search: words in, ranked results in groups out. Pure, bounded, and the same for everybody."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnostics.engine import library
from diagnostics.engine.decoder import decode
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.services.redaction import holds_secret
from diagnostics.views.knowing.entries import KINDS
from diagnostics.views.knowing.index import Entry, Index, one_slip, pieces, terms

LONGEST = 200
"""Characters of a query that are looked at."""

_MOST_TERMS = 8
_MOST = 30  # results in all
_MOST_IN_GROUP = 6
_AROUND = 70  # characters of context on both sides of the first hit
_WHOLE_NAME = 100.0  # the query is the very name of an entry
_PHRASE, _STATUS = 30.0, 20.0  # it stands there word by word; it is a status that this cause has
_MUST_HOLD = 0.7  # how much of the best one's rarity an entry must have to be shown
_BEGUN, _SLIPPED = 0.6, 0.3  # how much a word counts that only begins so, or has a slip of the finger in it
_SLIP_FROM = 5  # letters from which a slip is thought of
_MOST_PARTS = 0.5  # how much of the rarity of a name's parts is enough
_LONG_TEXT = 120
_SHORTEST_KEY = 20  # a shorter one is a prefix, and may be searched for


@dataclass(frozen=True)
class Piece:
    """A part of a shown text; ``hit``: it is what was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True)
class Result:
    """One line of the results. ``context`` is empty where the title says all."""

    href: str
    title: tuple[Piece, ...]
    context: tuple[Piece, ...]


@dataclass(frozen=True)
class Group:
    """Results of one kind, the best first."""

    title: str
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Found:
    """What a query gives: groups in the order of their best results, and words that are near where there is nothing."""

    query: str
    groups: tuple[Group, ...]
    near: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many results are shown."""
        return sum(len(group.results) for group in self.groups)


def holds_a_key(text: str) -> bool:
    """Whether a key, a token or a password stands in what was typed: it must not be repeated, and does not help to find anything."""
    if holds_secret(text):
        return True
    vendors = Vendors(library.load().providers)
    return any(len(word) >= _SHORTEST_KEY and vendors.is_key(word) for word in text.split())


def looks_like_an_error(text: str) -> bool:
    """Whether somebody has put a whole error into the search: several lines, or long."""
    return "\n" in text.strip() or len(text.strip()) > _LONG_TEXT


def search(query: str, index: Index) -> Found:
    """The best results for a query. Longer ones are cut."""
    asked = " ".join(query.split())[:LONGEST]
    wanted = terms(asked)[:_MOST_TERMS]
    if not wanted:
        return Found(asked, (), ())
    ranked = _ranked(asked.lower(), wanted, index)
    if not ranked:
        return Found(asked, (), tuple(dict.fromkeys(_near(wanted, index))))
    marks = _marks(wanted, index)
    best: dict[str, list[Result]] = {}
    shown: set[str] = set()
    for number in ranked[:_MOST]:
        entry = index.entries[number]
        group = best.setdefault(entry.kind, [])
        key = f"{entry.href} {entry.title}".lower()  # NO_PROXY and no_proxy are one line
        if len(group) < _MOST_IN_GROUP and key not in shown:
            shown.add(key)
            group.append(_result(entry, marks))
    return Found(asked, tuple(Group(KINDS[kind], tuple(results)) for kind, results in best.items()), ())


def _ranked(asked: str, wanted: Sequence[str], index: Index) -> list[int]:
    """Numbers of the entries, best first: those with most of what was asked, by how much it counts there."""
    scores: dict[int, float] = {}
    held: dict[int, float] = {}
    for term in wanted:
        hits = _hits(term, index)
        rare = math.log(1 + len(index.entries) / len(hits)) if hits else 0.0
        for number, score in hits.items():
            scores[number] = scores.get(number, 0.0) + score
            held[number] = held.get(number, 0.0) + rare
    most = max(held.values(), default=0.0)
    for number, more in _meant(asked, wanted, index):
        scores[number] = scores.get(number, 0.0) + more
        held[number] = most
    kept = (number for number in scores if held[number] >= _MUST_HOLD * most)
    return sorted(kept, key=lambda number: (-scores[number] * index.entries[number].weight, number))


def _meant(asked: str, wanted: Sequence[str], index: Index) -> Iterator[tuple[int, float]]:
    """Entries that are what was asked as a whole, whatever single words count: a name, an address, a phrase, the cause of an error text."""
    for name in dict.fromkeys((asked, *wanted)):
        yield from ((number, _WHOLE_NAME) for number in index.exact.get(name, ()))
        yield from ((number, _WHOLE_NAME) for number in index.holding(name))
    if re.fullmatch(r"[1-5]\d\d", asked):  # a status: what it can mean, before single texts that have it
        held = index.postings.get(asked, {})
        yield from ((number, _STATUS) for number in held if index.entries[number].kind == "cause")
    if len(asked) > 2 and re.search(r"\w[\W_]+\w", asked):
        for number, (title, other) in enumerate(index.plain):
            if asked in title:
                yield number, _PHRASE
            elif asked in other:
                yield number, _PHRASE / 2
        if len(wanted) > 1:
            yield from _caused(asked, index)


def _caused(asked: str, index: Index) -> Iterator[tuple[int, float]]:
    """Causes of which what was asked is an error text."""
    likely = {one.cause: one.confidence for one in decode(asked).ranked if one.cause != UNKNOWN}
    for code, confidence in likely.items():
        yield from (
            (number, _WHOLE_NAME * confidence)
            for number in index.exact.get(code, ())
            if index.entries[number].kind == "cause"
        )


def _hits(term: str, index: Index) -> dict[int, float]:
    """Entries with a word of a query, by how much that counts: rare words more, words that only begin so less."""
    scores: dict[int, float] = {}
    found = [(word, 1.0 if word == term else _BEGUN) for word in index.beginning_with(term)]
    if not found and len(term) >= _SLIP_FROM:
        found = [(word, _SLIPPED) for word in index.near(term)]
    if not found:
        return _hits_of_parts(term, index)
    for word, share in found:
        entries = index.postings[word]
        rare = math.log(1 + len(index.entries) / len(entries))
        for number, weight in entries.items():
            scores[number] = max(scores.get(number, 0.0), weight * share * rare)
    return scores


def _hits_of_parts(term: str, index: Index) -> dict[int, float]:
    """A name that nothing holds whole: what has most of its parts, the rare ones above all."""
    parts = pieces(term)
    if parts in ([], [term]):
        return {}
    scores: dict[int, float] = {}
    held: dict[int, float] = {}
    whole = 0.0
    for part in parts:
        hits = _hits(part, index)
        rare = math.log(1 + len(index.entries) / max(1, len(hits)))
        whole += rare
        for number, score in hits.items():
            scores[number] = scores.get(number, 0.0) + score / len(parts)
            held[number] = held.get(number, 0.0) + rare
    return {number: score for number, score in scores.items() if held[number] >= _MOST_PARTS * whole}


def _marks(wanted: Sequence[str], index: Index) -> re.Pattern[str]:
    """What is marked in the results: words that begin like those of the query, or are a slip away from one."""
    shapes = [re.escape(term) for term in sorted(wanted, key=len, reverse=True)]
    for term in wanted:
        if not any(True for _ in index.beginning_with(term, 1)):
            shapes += [re.escape(word) for word in index.near(term)] if len(term) >= _SLIP_FROM else []
            shapes += [re.escape(part) for part in pieces(term) if len(part) > 2 or not part.isascii()]
    begun = r"(?<![^\W_])" if all(map(str.isascii, shapes)) else ""
    return re.compile(begun + "(?:" + "|".join(shapes) + ")", re.IGNORECASE)


def _result(entry: Entry, marks: re.Pattern[str]) -> Result:
    found = marks.search(entry.text)
    start = found.start() if found else 0
    return Result(entry.href, tuple(marked(entry.title, marks)), tuple(marked(_around(entry.text, start), marks)))


def _around(text: str, at: int) -> str:
    """A line of the text about that place, cut between words."""
    low, high = max(0, at - _AROUND), min(len(text), at + 2 * _AROUND)
    line = " ".join(text[low:high].split())
    if low:
        line = "… " + line.partition(" ")[2]
    return line if high == len(text) else line.rpartition(" ")[0] + " …"


def marked(text: str, marks: re.Pattern[str]) -> Iterator[Piece]:
    """The text in parts, those that were looked for marked."""
    at = 0
    for found in marks.finditer(text):
        if found.start() > at:
            yield Piece(text[at : found.start()], False)
        yield Piece(found[0], True)
        at = found.end()
    if at < len(text):
        yield Piece(text[at:], False)


def _near(wanted: Sequence[str], index: Index) -> Iterator[str]:
    """Words that exist and are nearest to those of the query, three for each at most."""
    for term in wanted:
        beginnings = (term[:size] for size in range(len(term) - 1, max(2, len(term) // 2 - 1), -1))
        begun = next((words for part in beginnings if (words := list(index.beginning_with(part)))), [])
        close = begun or [word for word in index.vocabulary if one_slip(term, word)]
        yield from sorted(close, key=lambda word: -len(index.postings[word]))[:3]
