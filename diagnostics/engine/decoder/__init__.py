"""The decoder: from a pasted error, log or page to ranked causes, without any network. ``decode`` is its one verb.

masking   every secret becomes its shape, before anything else looks at the text
reading   colours, frames and quote marks away; lines that a terminal broke made whole
signs     wordings of ``knowledge/texts``: a literal first, its pattern around it
bystanders  programs that are mentioned in lines in which nothing failed
archives  of a browser's recording the request that decides; recovery: lines whose failure a later success takes back
facts     statuses and who spoke them, error bodies, addresses: flat facts for the conditions of further signs
ranking   log-odds, less what the text itself takes back
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

from diagnostics.engine import library
from diagnostics.engine.decoder import ranking
from diagnostics.engine.decoder.archives import exchange_of
from diagnostics.engine.decoder.bystanders import without_bystanders
from diagnostics.engine.decoder.clients import client_of
from diagnostics.engine.decoder.facts import facts_of
from diagnostics.engine.decoder.masking import masked
from diagnostics.engine.decoder.reading import WHOLE, Span, lower, plain, read
from diagnostics.engine.decoder.records import Answer, Candidate, Client, Mark
from diagnostics.engine.decoder.recovery import taken_back
from diagnostics.engine.decoder.reports import verdict_of
from diagnostics.engine.decoder.signs import Seen, Sign, Wordings, hits, seen, wordings
from diagnostics.engine.matching import holds
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import UNKNOWN

__all__ = ["MOST", "Answer", "Candidate", "Client", "Mark", "codes", "decode"]

MOST = 5_000_000
"""Characters of a text that are looked at."""

_MARKS_MOST = 40
_EMPTY = "There is no text here. Give the error itself: a message, a log, a traceback, or what curl -v printed."


@dataclass(frozen=True)
class _Read:
    """A text as read: what may be shown of it, its wordings, its facts."""

    shown: str
    redacted: int
    cut: bool
    seen: tuple[Seen, ...]
    derived: tuple[Sign, ...]
    facts: Facts
    client: Optional[Client]
    exchange: Optional[str]  # of an archive that a browser made, the lines that were looked at in the text's place


def decode(text: str) -> Answer:
    """Causes for ``text``, best first. Never raises; the same text gives the same answer."""
    known = wordings()
    read_text = _read(text, known)
    weighed = ranking.weigh(read_text.seen, read_text.derived, library.load().causes, known.doubts)
    report = verdict_of(text[:MOST])
    ranked = report.ranked or ranking.rank(weighed, read_text.facts)
    return Answer(
        ranked=ranked,
        marks=_marks(read_text, ranked),
        text=read_text.shown,
        redacted=read_text.redacted,
        client=read_text.client,
        decider=_decider(ranked),
        version=known.version,
        cut=read_text.cut,
        note=report.note if text.strip() else _EMPTY,
    )


def codes(text: str) -> tuple[str, ...]:
    """Codes of every wording of ``text``, those included that its facts alone make."""
    read_text = _read(text, wordings())
    return tuple(
        dict.fromkeys([*(one.sign.code for one in read_text.seen), *(sign.code for sign in read_text.derived)])
    )


def _read(text: str, known: Wordings) -> _Read:
    shown, redacted, cut = masked(plain(text[:MOST]))
    exchange = exchange_of(shown)
    looked_at = shown if exchange is None else exchange
    places = hits(lower(looked_at), known) if len(looked_at) > WHOLE else []
    reading = read(looked_at, places)
    found = seen(reading, known)
    client = client_of(reading, known)
    over = taken_back(reading.spaced, found) if exchange is None else frozenset()
    if over:
        reading = read(looked_at, places, over)
        found = [one for one in found if one.span.line not in over]
    found = without_bystanders(found)
    facts = facts_of(reading, found, known.doubts["mentioned"])
    facts["text.variety"] = ranking.variety(found)
    derived = ranking.derive(known.derived, facts)
    kept = tuple(one for one in found if one.sign.when is None or holds(one.sign.when, facts) is True)
    return _Read(shown, redacted, cut or reading.cut or len(text) > MOST, kept, tuple(derived), facts, client, exchange)


def _marks(given: _Read, ranked: tuple[Candidate, ...]) -> tuple[Mark, ...]:
    """What made the first answer, then what made the others, each in the order of the text."""
    kept = given.seen if given.exchange is None else _in_archive(given.seen, given.exchange, given.shown)
    places = {
        code: (place, at) for place, one in reversed(list(enumerate(ranked))) for at, code in enumerate(one.because)
    }
    told = sorted((one for one in kept if one.sign.code in places), key=lambda one: (places[one.sign.code], one.order))
    return tuple(
        Mark(one.span.line, one.span.begin, one.span.end, one.sign.code, one.sign.says, one.sign.causes)
        for one in told[:_MARKS_MOST]
    )


def _in_archive(kept: Sequence[Seen], exchange: str, shown: str) -> list[Seen]:
    """The wordings where they stand in the archive; those are left out that stand there in other letters, as a quote mark does."""
    lines, made = exchange.split("\n"), []
    for one in kept:
        words = lines[one.span.line - 1][one.span.begin : one.span.end]
        at = shown.rfind(words) if words else -1
        if at >= 0:
            begin = at - (shown.rfind("\n", 0, at) + 1)
            made.append(replace(one, span=Span(shown.count("\n", 0, at) + 1, begin, begin + len(words))))
    return made


def _decider(ranked: tuple[Candidate, ...]) -> Optional[str]:
    """The probe that tells the likeliest named causes apart."""
    known = library.load().causes
    named = [one.cause for one in ranked if one.cause != UNKNOWN] or [UNKNOWN]
    return next((known[code].decider for code in named if known[code].decider), known[UNKNOWN].decider)
