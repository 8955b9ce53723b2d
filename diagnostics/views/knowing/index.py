"""The search's index: every page of the knowledge and its parts, as entries with words and exact names. Built once from the data."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)
"""A word of a text; names with ``_ - . : /`` between are also entered whole."""

NAME = re.compile(r"[^\s\"“”'`,;()<>\[\]{}|]*[^\W_][_\-.:/@][^\s\"“”'`,;()<>\[\]{}|]*[^\W_]", re.UNICODE)
"""A name of several parts, such as a host, a header, a variable or a code."""

# Writing without spaces between words: Chinese, Japanese; and Korean.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# How much a hit in an entry's names, its title, what it is asked by, its text and its hidden words counts.
_EXACT, _TITLE, _ASKED, _TEXT, _HIDDEN = 12.0, 5.0, 4.0, 1.0, 0.9
_COMMON = {
    "a",
    "an",
    "and",
    "as",
    "at",
    "be",
    "by",
    "for",
    "from",
    "in",
    "is",
    "it",
    "not",
    "of",
    "on",
    "or",
    "that",
    "the",
    "to",
    "with",
    *(
        "are",
        "can",
        "can't",
        "cannot",
        "do",
        "does",
        "doesn't",
        "don't",
        "get",
        "got",
        "how",
        "i",
        "me",
        "my",
        "no",
        "what",
        "when",
    ),
    *("where", "why", "won't", "work", "working", "works"),
}


@dataclass(frozen=True)
class Entry:
    """What a result leads to.

    ``names``: exact words that mean just this entry; ``text``: what is searched besides, and shown about the hit; ``also``: words that are
    searched and never shown; ``asked``: further words that people ask for it by; ``weight``: its rank among others.
    """

    kind: str
    title: str
    href: str
    text: str = ""
    names: tuple[str, ...] = ()
    weight: float = 1.0
    also: str = ""
    asked: str = ""


@dataclass
class Index:
    """Words of all entries, each with the entries that hold it and how much that counts.

    ``plain`` holds title and other words of each entry in lower case, ``networks`` the entries whose name is a range of addresses.
    """

    entries: tuple[Entry, ...]
    postings: Mapping[str, Mapping[int, float]]
    vocabulary: Sequence[str]
    exact: Mapping[str, Sequence[int]] = field(default_factory=dict)
    plain: Sequence[tuple[str, str]] = ()
    networks: Sequence[tuple[Network, int]] = ()

    def holding(self, address: str) -> list[int]:
        """Entries whose range of addresses holds this one; none for what is no address."""
        try:
            asked = ip_address(address)
        except ValueError:
            return []
        return [number for network, number in self.networks if asked in network]

    def beginning_with(self, prefix: str, most: int = 40) -> Iterator[str]:
        """Words that begin so, the word itself first."""
        at = bisect_left(self.vocabulary, prefix)
        for word in self.vocabulary[at : at + most]:
            if not word.startswith(prefix):
                return
            yield word

    def near(self, word: str) -> Iterator[str]:
        """Words with one slip of the finger: a letter more, less, other, or two exchanged."""
        sizes = range(len(word) - 1, len(word) + 2)
        yield from (other for other in self.vocabulary if len(other) in sizes and one_slip(word, other))


def build(entries: Iterable[Entry]) -> Index:
    """The index of the entries."""
    every = tuple(entries)
    postings: dict[str, dict[int, float]] = {}
    exact: dict[str, list[int]] = {}
    for number, entry in enumerate(every):
        for name in entry.names:
            exact.setdefault(name.lower(), []).append(number)
        for weight, text in (
            (_EXACT, " ".join(entry.names)),
            (_TITLE, entry.title),
            (_ASKED, entry.asked),
            (_TEXT, entry.text),
        ):
            for word in set(words(text)):
                held = postings.setdefault(word, {})
                held[number] = max(held.get(number, 0.0), weight)
        for word, times in Counter(words(entry.also)).items():
            postings.setdefault(word, {}).setdefault(number, _HIDDEN * (1 + 0.1 * min(times, 9)))
    plain = tuple((_low(entry.title), _low(f"{entry.text} {entry.also} {entry.asked}")) for entry in every)
    return Index(every, postings, sorted(postings), exact, plain, tuple(_networks(every)))


def _low(text: str) -> str:
    return " ".join(text.lower().split())


def _networks(every: Sequence[Entry]) -> Iterator[tuple[Network, int]]:
    for number, entry in enumerate(every):
        for name in entry.names:
            if re.fullmatch(r"[0-9a-f.:]+/\d+", name):
                yield ip_network(name), number


def words(text: str) -> Iterator[str]:
    """The words of a text, and the names of several parts in it both whole and in their parts."""
    low = text.lower()
    yield from NAME.findall(low)
    for word in WORD.findall(low):
        yield word
        if _UNSPACED.search(word):  # found by any part of it, since words are found by how they begin
            yield from (word[at:] for at in range(1, len(word) - 1))


def pieces(term: str) -> list[str]:
    """The parts of a name, and of writing without spaces every two characters: what is looked for where nothing has it whole."""
    made: list[str] = []
    for part in re.split(r"[\W_]+", term):
        if _UNSPACED.search(part):
            made += [part[at : at + 2] for at in range(max(1, len(part) - 1))]
        elif part:
            made.append(part)
    return made


def terms(query: str) -> list[str]:
    """The words of a query, each once: names whole, without words that every text has."""
    found = [part.strip(".,;:!?\"'`()[]{}<>“”") for part in query.lower().split()]
    kept = [part for part in dict.fromkeys(found) if part]
    return [part for part in kept if part not in _COMMON] or kept


def one_slip(one: str, other: str) -> bool:
    """Whether two different words are one slip of the finger apart."""
    if len(one) > len(other):
        one, other = other, one
    at = next((index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    exchanged = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or exchanged
