"""What a text tells, as its page shows it: from the frozen answer and the masked text alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics.drawing.states import state_of_cause
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from diagnostics.views.reading import words

WHOLE = 100_000
"""Characters of a text that its page can show whole."""

_POINTS = re.compile(r"\b(?:here|there|this one)\b", re.IGNORECASE)
_WEAK = 0.6  # below it the first answer is told as a guess
_AROUND = 2  # lines shown before and after a telling one
_SHORT = 24  # lines that are not worth folding
_FIRST = 12  # lines of a text in which nothing tells
_LONG, _BESIDE = 480, 160  # characters of a line, and of those around what tells in a longer one
_MOST_LINES = 160  # in the folded text


@dataclass(frozen=True)
class Piece:
    """A part of a line. ``note`` is the number of its explanation, 0 for plain text; ``id`` is set at its first place."""

    text: str
    note: int = 0
    id: str = ""
    says: str = ""


@dataclass(frozen=True)
class Line:
    """One line. ``skipped`` lines before it are left out."""

    number: int
    pieces: tuple[Piece, ...]
    skipped: int = 0


@dataclass(frozen=True)
class Note:
    """What a marked wording means, and the line where it stands first."""

    number: int
    line: int
    says: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Because:
    """A sentence that speaks for a cause, with the note that shows where it stands; 0 where it stands nowhere alone."""

    says: str
    note: int


@dataclass(frozen=True)
class Choice:
    """A candidate and what speaks for it."""

    cause: str
    title: str
    confidence: float
    because: tuple[Because, ...]


@dataclass(frozen=True)
class Shown:
    """The parts of the page, in its order."""

    answer: Mapping[str, Any]
    best: Choice
    others: tuple[Choice, ...]
    who: str
    notes: tuple[Note, ...]
    folded: tuple[Line, ...]
    whole: tuple[Line, ...]
    after: int
    lines: int

    @property
    def cause(self) -> str:
        """The first answer's code."""
        return self.best.cause

    @property
    def undecided(self) -> bool:
        """Whether the text does not say which."""
        return self.cause == UNKNOWN

    @property
    def state(self) -> str:
        """As a verdict's, for colour, title and favicon."""
        return state_of_cause(UNKNOWN if self.weak else self.cause)

    @property
    def weak(self) -> bool:
        """Whether it is the likeliest of several and little more."""
        return self.cause not in (UNKNOWN, HEALTHY) and self.best.confidence < _WEAK

    @property
    def title(self) -> str:
        """The verdict as a heading."""
        if self.cause == HEALTHY:
            return "This text shows a connection that works"
        if self.undecided:
            return (
                "The text alone does not say which" if self.others else "No connection problem that we know stands here"
            )
        return f"Perhaps: {self.best.title}" if self.weak else self.best.title

    @property
    def side(self) -> str:
        """Who has to act."""
        return str(self.answer["ranked"][0]["side"] or "")

    @property
    def layer(self) -> str:
        """Where on the path it is."""
        return str(self.answer["ranked"][0]["layer"] or "")

    @property
    def client(self) -> str:
        """The client that wrote it, with its version; empty when its wording names none."""
        told = self.answer["client"] or {}
        return " ".join(str(told[name]) for name in ("title", "version") if told.get(name))

    @property
    def likely(self) -> tuple[str, ...]:
        """Codes of the faults that it may be, for a run that is to decide."""
        return tuple(one.cause for one in (self.best, *self.others) if one.cause not in (UNKNOWN, HEALTHY))

    @property
    def pointing(self) -> bool:
        """Whether a sentence that tells two causes apart points at them: "here", "there", "this one"."""
        return any(one.get("rather") and _POINTS.search(one["words"]) for one in self.answer["tell"])

    @property
    def free_checks(self) -> list[dict[str, Any]]:
        """The probes that would decide and cost nothing."""
        return [one for one in self.answer["checks"] if not one["billed"]]

    @property
    def billed_check(self) -> dict[str, Any] | None:
        """The probe that would decide best, where it is the one that is billed."""
        first = next(iter(self.answer["checks"]), None)
        return first if first is not None and first["billed"] else None


def read(text: str, answer: Mapping[str, Any]) -> Shown:
    """The page of an answer; ``text`` is the masked text in which its marks stand."""
    lines = text.rstrip("\n").split("\n")
    marks = list(_trimmed(answer["marks"], lines))
    notes = _notes(marks)
    numbers = {mark["sign"]: note for mark, note in zip(_first_of_each(marks), notes, strict=True)}
    marked = _marked(marks, numbers)
    chosen = _chosen(marked, len(lines))
    folded = tuple(_folded(lines, marked, chosen))
    candidates = [_choice(one, numbers) for one in answer["ranked"]]
    return Shown(
        answer=answer,
        best=candidates[0],
        others=tuple(one for one in candidates[1:] if one.cause not in (UNKNOWN, HEALTHY))[:3],
        who=words.WHO.get(answer["ranked"][0]["side"] or "", ""),
        notes=tuple(notes),
        folded=folded,
        whole=tuple(_line(number, line, marked, "") for number, line in enumerate(lines, 1))
        if len(folded) < len(lines) and len(text) <= WHOLE
        else (),
        after=len(lines) - (folded[-1].number if folded else 0),
        lines=len(lines),
    )


def _trimmed(marks: Iterable[Mapping[str, Any]], lines: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Marks without the blanks at their ends; what stands at no place of the text is left out."""
    for mark in marks:
        line = lines[mark["line"] - 1] if 0 < mark["line"] <= len(lines) else ""
        piece = line[mark["begin"] : mark["end"]]
        begin = mark["begin"] + len(piece) - len(piece.lstrip())
        if piece.strip():
            yield {**mark, "begin": begin, "end": begin + len(piece.strip())}


def _first_of_each(marks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    firsts: dict[str, Mapping[str, Any]] = {}
    for mark in sorted(marks, key=lambda one: (one["line"], one["begin"])):
        firsts.setdefault(mark["sign"], mark)
    return list(firsts.values())


def _notes(marks: Iterable[Mapping[str, Any]]) -> list[Note]:
    return [
        Note(number, one["line"], one["says"], tuple(one["causes"]))
        for number, one in enumerate(_first_of_each(marks), 1)
    ]


def _choice(one: Mapping[str, Any], numbers: Mapping[str, Note]) -> Choice:
    told = [numbers[sign] for sign in one["because"] if sign in numbers]
    known = {note.says: note.number for note in told}
    return Choice(
        cause=one["cause"],
        title=one["title"],
        confidence=one["confidence"],
        because=tuple(Because(sentence, known.get(sentence, 0)) for sentence in one["says"]),
    )


_Places = dict[int, list[tuple[int, int, Note, bool]]]


def _marked(marks: Iterable[Mapping[str, Any]], numbers: Mapping[str, Note]) -> _Places:
    """By line, in order: (begin, end, note, whether it is the note's first place)."""
    found: _Places = {}
    seen: set[int] = set()
    for mark in sorted(marks, key=lambda one: (one["line"], one["begin"], -one["end"])):
        note = numbers[mark["sign"]]
        found.setdefault(mark["line"], []).append((mark["begin"], mark["end"], note, note.number not in seen))
        seen.add(note.number)
    return found


def _chosen(marked: _Places, count: int) -> list[int]:
    """Numbers of the lines that the folded text shows."""
    if count <= _SHORT:
        return list(range(1, count + 1))
    near = sorted({at for line in marked for at in range(line - _AROUND, line + _AROUND + 1) if 1 <= at <= count})
    return (near or list(range(1, _FIRST + 1)))[:_MOST_LINES]


def _folded(lines: Sequence[str], marked: _Places, chosen: Sequence[int]) -> Iterator[Line]:
    before = 0
    for number in chosen:
        line = _line(number, lines[number - 1], marked, "mark-")
        yield Line(number, line.pieces, number - before - 1)
        before = number


def _line(number: int, text: str, marked: _Places, ids: str) -> Line:
    """The line in pieces; of a very long one what stands around what tells. ``ids`` begins the ids of first places."""
    pieces: list[Piece] = []
    at = 0
    for begin, end, note, is_first in marked.get(number, ()):
        if begin >= at:
            pieces += [
                Piece(text[at:begin]),
                Piece(text[begin:end], note.number, f"{ids}{note.number}" if ids and is_first else "", note.says),
            ]
            at = end
    pieces.append(Piece(text[at:]))
    kept = [piece for piece in pieces if piece.text]
    return Line(number, tuple(kept if len(text) <= _LONG else map(_shortened, kept)))


def _shortened(piece: Piece) -> Piece:
    if piece.note or len(piece.text) <= 2 * _BESIDE:
        return piece
    return Piece(f"{piece.text[:_BESIDE]} … {piece.text[-_BESIDE:]}")
