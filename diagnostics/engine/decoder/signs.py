"""The wordings of ``knowledge/texts``: loaded, and found in a text. A literal is searched first; patterns run only around one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, Optional

from diagnostics.engine import library
from diagnostics.engine.decoder.literals import Literals
from diagnostics.engine.decoder.reading import Reading, Span, View, lower
from diagnostics.engine.matching import Condition
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

_SEAM, _SHORT, _MOST_SEAMS = 90, 8, 2_000
VENDORS = "vendor."
_TELLING = 18  # characters of a vendor's sentence; a shorter one is anybody's
_FATAL = 4.0  # log-odds of a wording that may be what went wrong
_BEFORE, _AFTER = 260, 480  # characters around a literal that its pattern may see


@dataclass(frozen=True)
class Sign:
    """A wording and what it means.

    ``find``: literals in lower case, one of which stands in the text. ``pattern``: matches there, on the text in lower case.
    ``when``: a condition over ``facts.TEXT_FACTS``; a sign without ``find`` is made by it alone. ``weights``: cause -> log-odds.
    ``answers``: somebody beyond the connection has spoken, so that it stands. ``context``: adds to a cause for which something else
    speaks, and says nothing alone. ``recovers``: what went wrong before it is over. ``share``: of signs with the same word each cause
    gains only the strongest. ``at_most``: no cause that it weighs is surer, since whose failure it is stays open.
    ``own_line``: counts only where its own line tells of a failure.
    """

    code: str
    says: str
    find: tuple[str, ...] = ()
    pattern: str = ""
    when: Optional[Condition] = None
    weights: Mapping[str, float] = field(default_factory=dict)
    answers: bool = False
    context: bool = False
    recovers: bool = False
    share: str = ""
    at_most: float = 1.0
    own_line: bool = False

    @cached_property
    def causes(self) -> tuple[str, ...]:
        """What it speaks for, likeliest first."""
        return tuple(
            cause for cause, weight in sorted(self.weights.items(), key=lambda item: (-item[1], item[0])) if weight > 0
        )

    @cached_property
    def strongest(self) -> float:
        """Log-odds for the cause that it speaks for most."""
        return max(self.weights.values(), default=0.0)

    @cached_property
    def is_fatal(self) -> bool:
        """Whether it may be what went wrong."""
        named = self.causes
        return bool(named) and not self.context and named[0] not in (UNKNOWN, HEALTHY) and self.strongest >= _FATAL


@dataclass(frozen=True)
class Seen:
    """A sign at a place. ``line`` is the text of its line, in lower case."""

    sign: Sign
    span: Span
    line: str = ""
    crosses: bool = False  # it goes over the end of a line

    @property
    def order(self) -> tuple[int, int]:
        return (self.span.line, self.span.begin)


@dataclass(frozen=True)
class Wordings:
    """Every sign. ``derived`` are made by facts alone; the others stand in ``by_literal`` under each of their literals."""

    version: str
    derived: tuple[Sign, ...]
    literals: Literals
    by_literal: Mapping[str, tuple[Sign, ...]]
    clients: tuple[Mapping[str, Any], ...]
    doubts: Mapping[str, str]  # taken_back, mentioned, warned -> a pattern for one line


@lru_cache(maxsize=1)
def wordings() -> Wordings:
    """Those of ``knowledge/texts``, read once."""
    texts = library.aside("texts")
    return wordings_of(texts.version, texts.tables, library.load().providers)


def wordings_of(
    version: str, tables: Mapping[str, Mapping[str, Any]], providers: Mapping[str, Mapping[str, Any]]
) -> Wordings:
    """Records of tables as they are written, and one for each refusal that a vendor words in its own way."""
    signs = [_sign(entry) for _, table in sorted(tables.items()) for entry in table.get("sign", ())]
    named = {sign.code: sign for sign in signs}
    signs += [_further(entry, named) for _, table in sorted(tables.items()) for entry in table.get("wording", ())]
    signs += _of_vendors(providers)
    clients = tuple(entry for _, table in sorted(tables.items()) for entry in table.get("client", ()))
    by_literal: dict[str, list[Sign]] = {}
    for sign in signs:
        for literal in sign.find:
            by_literal.setdefault(literal, []).append(sign)
    return Wordings(
        version,
        tuple(sign for sign in signs if not sign.find),
        Literals(by_literal),
        {literal: tuple(several) for literal, several in by_literal.items()},
        clients,
        {name: "|".join(parts) for table in tables.values() for name, parts in table.get("doubt", {}).items()},
    )


def _sign(entry: Mapping[str, Any]) -> Sign:
    return Sign(
        code=entry["code"],
        says=entry["says"],
        find=tuple(lower(literal) for literal in entry.get("find", ())),
        pattern=entry.get("pattern", ""),
        when=entry.get("when"),
        weights=entry.get("weights", {}),
        answers=entry.get("answers", False),
        context=entry.get("context", False),
        recovers=entry.get("recovers", False),
        share=entry.get("share", ""),
        at_most=entry.get("at_most", 1.0),
        own_line=entry.get("own_line", False),
    )


def _further(entry: Mapping[str, Any], named: Mapping[str, Sign]) -> Sign:
    """Other words for a sign that is there already: whichever of them stand in a text, it counts once."""
    return replace(
        named[entry["of"]], find=tuple(lower(literal) for literal in entry["find"]), pattern=entry.get("pattern", "")
    )


def _of_vendors(providers: Mapping[str, Mapping[str, Any]]) -> Iterator[Sign]:
    """What ``knowledge/providers`` says of the words of refusals. They weigh nothing by themselves: facts are made of them."""
    for name, table in providers.items():
        for error in table.get("errors", ()):
            plain = (re.sub(r"\\(.)", r"\1", part.strip("^$")) for part in error.get("says", "").split("|"))
            find = tuple(lower(part) for part in plain if _is_their_own(part))
            if find:
                yield Sign(
                    f"{VENDORS}{name}.{error['when']}", f"{table['title']} words its refusals so.", find, answers=True
                )


def _is_their_own(sentence: str) -> bool:
    """Long enough, or odd enough, that nobody else words it so."""
    usual = any(word in sentence.lower() for word in ("api key", "token", "authentication"))
    return not sentence.isascii() or len(sentence) >= (_TELLING if usual else _TELLING - 4)


def hits(lowered: str, known: Wordings) -> list[list[int]]:
    """Where literals stand in a text in lower case: of each the first and last few places, in order."""
    return list(known.literals.places(lowered).values())


def seen(reading: Reading, known: Wordings) -> list[Seen]:
    """Every wording of the text, in its order; one that a line break cut in two is seen as well."""
    found = {(one.sign.code, one.span.line): one for one in _seen_at_seams(reading, known)}
    found.update({(one.sign.code, one.span.line): one for one in _seen_in(reading.spaced, known)})
    return sorted(found.values(), key=lambda one: (one.order, one.sign.code))


def _seen_in(view: View, known: Wordings) -> Iterator[Seen]:
    for literal, places in known.literals.places(view.lowered).items():
        for at in places:
            for sign in known.by_literal[literal]:
                one = _look(view, sign, literal, at)
                if one is not None:
                    yield one


def _seen_at_seams(reading: Reading, known: Wordings) -> Iterator[Seen]:
    """What goes over the end of a line that a terminal may have broken."""
    view, seams = reading.tight, reading.seams[-_MOST_SEAMS:]
    pieces = [view.lowered[max(seam - _SEAM, 0) : seam + _SEAM] for seam in seams]
    joined = "\n".join(pieces)
    starts = [0, *accumulate(len(piece) + 1 for piece in pieces)]
    for literal, places in known.literals.places(joined).items():
        for found in places:
            piece = bisect_right(starts, found) - 1
            at = max(seams[piece] - _SEAM, 0) + found - starts[piece]
            if at < seams[piece] < at + len(literal) or len(literal) < _SHORT:
                for sign in known.by_literal[literal]:
                    one = _look(view, sign, literal, at)
                    if one is not None and one.crosses:
                        yield one


def _look(view: View, sign: Sign, literal: str, at: int) -> Optional[Seen]:
    begin, end = at, at + len(literal)
    if sign.pattern:
        low, high = max(at - _BEFORE, 0), at + len(literal) + _AFTER
        match = next(
            (
                one
                for one in compiled(sign.pattern).finditer(view.lowered, low, high)
                if one.end() > at and one.start() < end
            ),
            None,
        )
        if match is None:
            return None
        begin, end = match.span()
    elif not _is_word(view.lowered, begin, end):
        return None
    line = view.lowered[max(view.line_begin(begin), begin - 300) : min(view.line_end(end - 1), end + 300)]
    return Seen(sign, view.span(begin, end), line, view.crosses(begin, end))


def _is_word(text: str, begin: int, end: int) -> bool:
    """A literal that begins or ends with a letter or number is not a part of a longer word."""
    before, after = text[begin - 1 : begin], text[end : end + 1]
    return not (
        (before.isascii() and before.isalnum() and text[begin].isascii() and text[begin].isalnum())
        or (after.isascii() and after.isalnum() and text[end - 1].isascii() and text[end - 1].isalnum())
    )


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the knowledge, compiled when it is needed first."""
    return re.compile(pattern)
