"""Finding many literals in a long text at once.

A literal is looked for at its rarest word only: the words of the text are counted first, and a literal of which one word is missing is
out. One pass over the words then gives the places of those that are left. So the time depends on the text's length, and little on how
many literals there are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

_WORDS = re.compile(r"[^\W\d_]{3,}")
_LONGEST = 200  # letters of a word; longer ones are data
_FEW = 120  # words, up to which looking for each is quicker than looking at all
_OFTEN = 2_000  # places of a word, beyond which looking for the whole literal is quicker
_RICH = 300_000  # letters of different words, beyond which only whole words are known
_FIRST, _LAST = 12, 36  # places of one literal that are given, from the beginning and from the end


class Literals:
    """Literals in lower case, to be found in texts in lower case."""

    def __init__(self, literals: Iterable[str]) -> None:
        every = sorted(set(literals))
        words = {
            literal: tuple(sorted(set(_WORDS.findall(literal)), key=lambda word: (-len(word), word)))
            for literal in every
        }
        self._wordless = [literal for literal in every if not words[literal]]
        self._by_longest: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for literal, parts in words.items():
            if parts:
                self._by_longest.setdefault(parts[0], []).append((literal, parts))

    def places(self, lowered: str) -> dict[str, list[int]]:
        """Where each stands: the first and last few places, in order. Those that do not stand there are left out."""
        counts = Counter(_WORDS.findall(lowered))
        often = list(self._wordless)
        keys = self._keys(counts, often)
        found: dict[str, list[int]] = {}
        for word, start in self._words(lowered, keys):
            for literal, before in keys[word]:
                at = start - before
                if at >= 0 and lowered.startswith(literal, at):
                    found.setdefault(literal, []).append(at)
        found.update((literal, _ends(lowered, literal, bare=not _WORDS.search(literal))) for literal in often)
        return {literal: _some(sorted(set(places))) for literal, places in found.items() if places}

    @staticmethod
    def _words(lowered: str, keys: Mapping[str, Sequence[tuple[str, int]]]) -> Iterator[tuple[str, int]]:
        """The words that are ``keys``, and where: each sought by itself where they are few, else in one pass over all words."""
        if len(keys) <= _FEW:
            for word in keys:
                at = lowered.find(word)
                while at >= 0:
                    yield word, at
                    at = lowered.find(word, at + len(word))
            return
        for match in _WORDS.finditer(lowered):
            if match.group() in keys:
                yield match.group(), match.start()

    def _keys(self, counts: Mapping[str, int], often: list[str]) -> dict[str, list[tuple[str, int]]]:
        """Word of the text -> literals to try there, each with how far before the word it begins. ``often`` gets those of frequent words."""
        words = [word for word in counts if len(word) <= _LONGEST]
        joined = "\n".join(words)
        known = "\n" + joined + "\n" if len(joined) <= _RICH else ""
        made: dict[str, list[tuple[str, int]]] = {}
        carriers: dict[str, Sequence[str]] = {}
        possible = (several for word, several in self._by_longest.items() if word in counts or word in known)
        for literal, parts in chain.from_iterable(possible):
            if not all(part in counts or part in known for part in parts[1:]):
                continue
            whole = [part for part in parts if part in counts]
            key = min(whole or parts, key=lambda part: (counts.get(part, 0), -len(part)))
            if key not in carriers:
                carriers[key] = tuple(_with(key, known)) or (key,)
            for word in carriers[key]:
                if counts[word] > _OFTEN:
                    often.append(literal)
                    break
                made.setdefault(word, []).append((literal, literal.index(key) - word.index(key)))
        return made


def _with(part: str, known: str) -> Iterator[str]:
    """The words between line feeds that hold ``part``."""
    at = known.find(part)
    while at >= 0:
        end = known.find("\n", at)
        yield known[known.rfind("\n", 0, at) + 1 : end]
        at = known.find(part, end)


def _ends(text: str, literal: str, bare: bool) -> list[int]:
    """The first few places, and the last few that are none of these, in order. ``bare``: it has no word, so it may be a part of data."""
    first = list(islice(_forwards(text, literal, bare), _FIRST))
    if len(first) < _FIRST:
        return first
    return [*first, *reversed(list(islice(_backwards(text, literal, bare, first[-1] + len(literal)), _LAST)))]


def _forwards(text: str, literal: str, bare: bool) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        if not (bare and _touched(text, at, literal)):
            yield at
        at = text.find(literal, at + len(literal))


def _backwards(text: str, literal: str, bare: bool, least: int) -> Iterator[int]:
    at = text.rfind(literal, least)
    while at >= 0:
        if not (bare and _touched(text, at, literal)):
            yield at
        at = text.rfind(literal, least, at)


def _touched(text: str, at: int, literal: str) -> bool:
    """A number that a letter or digit touches is a part of an id or of a longer number. One that goes on is only looked at from the left."""
    if not "0" <= literal[0] <= "9":
        return False
    before, after = text[at - 1 : at], text[at + len(literal) : at + len(literal) + 1]
    return (before.isascii() and before.isalnum()) or (literal.isdigit() and after.isascii() and after.isalnum())


def _some(places: list[int]) -> list[int]:
    return places if len(places) <= _FIRST + _LAST else places[:_FIRST] + places[-_LAST:]
