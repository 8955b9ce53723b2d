"""Reading a pasted text: without colours, frames and quote marks, also with its wrapped lines made whole, and the way back to the original.

Only ``str`` methods run over the whole text; what is looked at line by line is chosen by them and bounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

WHOLE = 100_000  # characters of a text of which every line is looked at
_MOST_CHOSEN = 120_000  # characters that are looked at of a longer one
_RARE = (
    _MOST_CHOSEN * 2 // 3
)  # of these for what the text says seldom; the rest for its end, where the fatal error stands
_MANY = 600  # different literals, from which on a text is a list of errors: a third of it is looked at, since each costs time
_TIERS = (
    1,
    2,
    4,
    8,
    16,
)  # places of a literal: one that stands there seldom is looked at before one that stands everywhere
_PIECE = 4_000  # characters of a line that are taken at once
_ABOVE, _BELOW = (8, 1_500), (14, 2_500)  # lines, and characters, that are looked at around a hit
_MARGIN = " \t\u00a0│┃║▏▕╎┆┊|⎿"
_FULL = 38  # characters of a line that a terminal may have broken
_BEGINS = re.compile(
    r"[\[{*><$#●❯✻✓✗+=\d-]|at |file \"|traceback|[\w.]{0,80}(?:error|exception)\b|caused by|during handling|the above exc|(?:error"
    r"|warn(?:ing)?|info|debug|fatal|trace|npm|curl)\b|\S+: ",
    re.IGNORECASE,
)
_WRITTEN_END = re.compile(r"(?<!\\)(?:\\r)?\\n(?=[\sA-Z\\{(\[<]|at |\d{2})")
_LINE_END = re.compile("\n")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\^_])")
_BARE_COLOUR = re.compile(r"\[(?:\d{1,3}(?:;\d{1,3}){0,5})?m")
_QUOTED = re.compile(r"(?:[>│┃║|]\s?)+(?=\S)|(?:#\d+ \d+\.\d+ )")
_SPACING = ("\x0b", "\x0c", "\r")
_CONTROL = dict.fromkeys((*range(9), *range(14, 32), 127))  # no place of their own: they split no word, and no key
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_ENTITIES = tuple(
    (name, char + " " * (len(name) - len(char)))
    for name, char in (
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    )
)


@dataclass(frozen=True)
class Span:
    """Characters ``begin`` to ``end`` of line ``line`` (from 1) of the text as pasted."""

    line: int
    begin: int
    end: int


@dataclass(frozen=True)
class View:
    """The chosen lines joined to one text, and where each of its lines came from. ``lowered`` is as long as ``text``."""

    text: str
    lowered: str
    starts: Sequence[int]
    origins: Sequence[tuple[int, int]]  # (line, column) of each

    def span(self, begin: int, end: int) -> Span:
        """Where a hit stands in the text as pasted; of one that goes over lines, its part on the first."""
        at = max(bisect_right(self.starts, begin) - 1, 0)
        line, column = self.origins[at]
        last = self.starts[at + 1] if at + 1 < len(self.starts) else len(self.text)
        return Span(line, column + begin - self.starts[at], column + max(min(end, last), begin) - self.starts[at])

    def crosses(self, begin: int, end: int) -> bool:
        """Whether a hit goes over the end of a line."""
        return bisect_right(self.starts, begin) != bisect_right(self.starts, max(end - 1, begin))

    def line_end(self, position: int) -> int:
        """Where the line of ``position`` ends."""
        at = bisect_right(self.starts, position)
        return self.starts[at] if at < len(self.starts) else len(self.text)

    def line_begin(self, position: int) -> int:
        """Where the line of ``position`` begins."""
        return self.starts[max(bisect_right(self.starts, position) - 1, 0)]


@dataclass(frozen=True)
class Reading:
    """``spaced`` has a space where a terminal may have broken a line, ``tight`` nothing at all: what was broken is whole in one of the two."""

    spaced: View
    tight: View
    seams: Sequence[int]  # where in ``tight`` a line may have been broken
    cut: bool = False  # there was more to look at than may be


def plain(text: str) -> str:
    """``text`` as it may be shown: no colours, no control characters, lines ended by a line feed alone."""
    made = text.replace("\r\n", "\n") if "\r" in text else text
    if "\x1b" in made:
        made = _ESCAPE.sub("", made)
    for char in _SPACING:
        if char in made:
            made = made.replace(char, " ")
    if _CONTROLS.search(made):
        made = made.translate(_CONTROL)
    return _BARE_COLOUR.sub("", made) if "m" in made and "[" in made else made


def lower(text: str) -> str:
    """``text`` in lower case and of the same length: the one letter that becomes two is written as one before."""
    return text.replace("\u0130", "i").lower()


def read(text: str, hits: Collection[Sequence[int]], without: Collection[int] = ()) -> Reading:
    """The lines of a ``plain`` text that are worth looking at: all of a short one, of a long one those around ``hits``, places by literal.

    ``without``: numbers of lines that are left out.
    """
    windows, cut = ([(0, len(text))], False) if len(text) <= WHOLE else _chosen(text, hits)
    lines: list[str] = []
    origins: list[tuple[int, int]] = []
    number, counted = 1, 0
    for begin, end in windows:
        number += text.count("\n", counted, begin)
        counted = begin
        column = begin - (text.rfind("\n", 0, begin) + 1)
        for line in text[begin:end].split("\n"):
            for at, piece in _pieces(line):
                content, skipped = _cleaned(piece)
                if content and number not in without:
                    lines.append(content)
                    origins.append((number, column + at + skipped))
            number, column = number + 1, 0
        number, counted = number - 1, end
    gaps = [_gap(line, following) for line, following in zip(lines, lines[1:])]
    tight = _view(lines, origins, [""] * len(gaps))
    return Reading(
        _view(lines, origins, gaps), tight, [tight.starts[at + 1] for at, gap in enumerate(gaps) if gap == " "], cut
    )


def _pieces(line: str) -> Iterator[tuple[int, str]]:
    """(column, text) of the parts of a line: a written line feed ends one, as in a log that holds text as JSON."""
    at = 0
    for match in _WRITTEN_END.finditer(line) if "\\n" in line else ():
        yield from _cut(line, at, match.start())
        at = match.end()
    yield from _cut(line, at, len(line))


def _cut(line: str, begin: int, end: int) -> Iterator[tuple[int, str]]:
    for at in range(begin, end, _PIECE):
        yield at, line[at : min(at + _PIECE, end)]


def _gap(line: str, following: str) -> str:
    """A space where a terminal may have broken one line in two, else the end of a line."""
    return " " if len(line) >= _FULL and not _BEGINS.match(following) else "\n"


def _view(lines: Sequence[str], origins: Sequence[tuple[int, int]], gaps: Sequence[str]) -> View:
    text = "".join([part for pair in zip(lines, [*gaps, ""]) for part in pair])
    if "&" in text:
        for name, char in _ENTITIES:
            text = text.replace(name, char)
    starts = [0, *accumulate(len(line) + len(gap) for line, gap in zip(lines, gaps))]
    return View(text, lower(text), starts, origins or [(1, 0)])


def _cleaned(line: str) -> tuple[str, int]:
    """A line without its frame, indentation and quote marks, and how many characters were left out before it."""
    content = line.lstrip(_MARGIN)
    quoted = _QUOTED.match(content)
    if quoted:
        content = content[quoted.end() :].lstrip(_MARGIN)
    skipped = len(line) - len(content)
    return content.rstrip(_MARGIN), skipped


class _Lines:
    """Where the lines of a text end, found once: some lines around each of a hundred thousand places are asked for."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._ends = [match.start() for match in _LINE_END.finditer(text)]

    def around(self, hit: int) -> tuple[int, int]:
        """Some lines before and behind a place, and no more than so many characters."""
        least, most = max(hit - _ABOVE[1], 0), min(hit + _BELOW[1], self._length)
        above = bisect_left(self._ends, hit) - _ABOVE[0]
        below = bisect_right(self._ends, hit) + _BELOW[0] - 1
        begin = self._ends[above] + 1 if above >= 0 and self._ends[above] >= least else least
        end = self._ends[below] if below < len(self._ends) and self._ends[below] < most else most
        return begin, end


def _windows(lines: _Lines, hits: Sequence[int]) -> list[tuple[int, int]]:
    """Some lines around every hit, those that touch made one."""
    made: list[tuple[int, int]] = []
    for hit in hits:
        if not made or hit >= made[-1][1] - _BELOW[1] // 2:
            made.append(lines.around(hit))
    return _joined(made)


def _chosen(text: str, hits: Collection[Sequence[int]]) -> tuple[list[tuple[int, int]], bool]:
    """What may be looked at, and whether that is less than there is: what is said seldom goes first, and the end is always among it.

    A log of thousands of requests has "error" or a number everywhere, and what broke in it once.
    """
    ends = _Lines(text)
    every = _windows(ends, sorted({at for places in hits for at in places}))
    share = 1 if len(hits) < _MANY else 3
    most, rare = _MOST_CHOSEN // share, _RARE // share
    if _length(every) <= most:
        return every, False
    made: list[tuple[int, int]] = []
    for often in _TIERS:
        told = _windows(ends, sorted({at for places in hits if len(places) <= often for at in places}))
        further = _joined([*made, *told])
        if _length(further) > rare:
            made = _joined([*made, *_ends(told, rare - _length(made))])
            break
        made = further
    return _joined([*made, *_ends(every, most - _length(made))]), True


def _length(windows: Iterable[tuple[int, int]]) -> int:
    return sum(end - begin for begin, end in windows)


def _joined(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, and those that touch made one."""
    made: list[tuple[int, int]] = []
    for begin, end in sorted(windows):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made


def _ends(windows: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """As many as may be looked at: a third from the beginning, the rest from the end."""
    cut = [(at, min(at + _PIECE * 4, end)) for begin, end in windows for at in range(begin, end, _PIECE * 4)]
    first, last, left = [], [], most
    for one in cut:
        if left < most * 2 // 3:
            break
        first.append(one)
        left -= one[1] - one[0]
    for one in reversed(cut[len(first) :]):
        if left <= 0:
            break
        last.append(one)
        left -= one[1] - one[0]
    return first + last[::-1]
