"""Many words at once, replaced in a text: how long that takes hangs on the text alone, however many words a stranger's report has."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PIECE = re.compile(r"[\w-]+|[^\w-]")
_ANYWHERE = "/\\"  # a folder stands behind anything
_MOST_IN_EACH_OTHER = 50


@dataclass(eq=False, slots=True)
class _Place:
    """Where one is after some pieces of a word (Aho and Corasick, 1975). `length` is the word's that ends here, in pieces; 0 for none.

    `back` is the longest end of what was read that begins a word, too; `shorter` the nearest one behind that at which a word ends.
    """

    after: dict[str, _Place] = field(default_factory=dict)
    back: _Place | None = None
    shorter: _Place | None = None
    length: int = 0
    instead: str = ""
    begins: str = ""


@dataclass(frozen=True)
class _Found:
    """Characters from `start` to `end` that are a word, or several that lie over each other; the longest says what stands instead."""

    start: int
    end: int
    longest: int
    instead: str


class Words:
    """Words and what stands instead of each, in letters of any case. A word that is part of a longer one is left alone."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._root = _Place()
        for word, instead in words.items():
            self._add(_PIECE.findall(word), instead)
        self._connect()

    def replace(self, text: str) -> str:
        """The text without them. Where some lie over each other all of it goes."""
        if not self._root.after:
            return text
        found: list[_Found] = []
        for one in self._found(text):
            while found and found[-1].end > one.start:
                before = found.pop()
                more = before if before.longest > one.longest else one
                one = _Found(min(before.start, one.start), one.end, more.longest, more.instead)
            found.append(one)
        made, at = [], 0
        for one in found:
            made += [text[at : one.start], one.instead]
            at = one.end
        return "".join([*made, text[at:]])

    def _add(self, pieces: list[str], instead: str) -> None:
        place = self._root
        for piece in pieces:
            place = place.after.setdefault(piece.lower(), _Place())
        if pieces and not place.length:
            place.length, place.instead, place.begins = len(pieces), instead, pieces[0]

    def _connect(self) -> None:
        waiting = deque([self._root])
        while waiting:
            place = waiting.popleft()
            for piece, after in place.after.items():
                back = place.back
                while back is not None and piece not in back.after:
                    back = back.back
                after.back = self._root if back is None else back.after[piece]
                after.shorter = after.back if after.back.length else after.back.shorter
                waiting.append(after)

    def _found(self, text: str) -> Iterator[_Found]:
        """The longest word at each end, in the order of their ends."""
        spans = [(*piece.span(), piece[0]) for piece in _PIECE.finditer(text)]
        place = self._root
        for last, (_, end, piece) in enumerate(spans):
            low = piece.lower()
            while place.back is not None and low not in place.after:
                place = place.back
            place = place.after.get(low, self._root)
            word = _alone(place if place.length else place.shorter, spans, last)
            if word is not None:
                start = spans[last - word.length + 1][0]
                yield _Found(start, end, end - start, word.instead)


def _alone(word: _Place | None, spans: list[tuple[int, int, str]], last: int) -> _Place | None:
    """The longest of the words that end here beside which no letter goes on. All of them end alike: what follows is looked at once.

    A stranger's words may end in each other by the thousand. Of so many one goes, whatever stands before it.
    """
    after = spans[last + 1][2] if last + 1 < len(spans) else ""
    if not _is_word(spans[last][2]) and _is_word(after):
        return None
    for _ in range(_MOST_IN_EACH_OTHER):
        if word is None or _is_open_before(word, spans, last):
            break
        word = word.shorter
    return word


def _is_open_before(word: _Place, spans: list[tuple[int, int, str]], last: int) -> bool:
    """Whether no letter goes on before it. Where it begins with one itself, the whole piece was compared."""
    first = last - word.length + 1
    return _is_word(word.begins) or word.begins in _ANYWHERE or not first or not _is_word(spans[first - 1][2])


def _is_word(piece: str) -> bool:
    return piece[:1] == "-" or piece[:1] == "_" or piece[:1].isalnum()
