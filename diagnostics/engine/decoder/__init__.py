"""The decoder: from a pasted error, log or page to ranked causes, without any network. ``decode`` is its one verb.

    masking   every secret becomes its shape, before anything else looks at the text
    reading   colours, frames and quote marks away; lines that a terminal broke made whole
    signs     wordings of ``knowledge/texts``: a literal first, its pattern around it
    facts     statuses and who spoke them, error bodies, addresses: flat facts for the conditions of further signs
    ranking   log-odds, less what the text itself takes back
"""

from __future__ import annotations

from typing import Optional

from diagnostics.engine import library
from diagnostics.engine.decoder import ranking
from diagnostics.engine.decoder.clients import client_of
from diagnostics.engine.decoder.facts import facts_of
from diagnostics.engine.decoder.masking import masked
from diagnostics.engine.decoder.reading import lower, plain, read
from diagnostics.engine.decoder.records import Answer, Candidate, Client, Mark
from diagnostics.engine.decoder.signs import Seen, Wordings, hits, seen, wordings
from diagnostics.engine.vocabulary import UNKNOWN

__all__ = ["MOST", "Answer", "Candidate", "Client", "Mark", "decode"]

MOST = 5_000_000
"""Characters of a text that are looked at."""

_MARKS_MOST = 40


def decode(text: str) -> Answer:
    """Causes for ``text``, best first. Never raises; the same text gives the same answer."""
    known = wordings()
    shown, redacted, cut = masked(plain(text[:MOST]))
    reading = read(shown, hits(lower(shown), known.literals) if len(shown) > 100_000 else ())
    found = seen(reading, known)
    facts = facts_of(reading, found)
    causes = library.load().causes
    derived = ranking.derive(known.derived, facts)
    kept = [one for one in found if one.sign.when is None or ranking.holds(one.sign.when, facts) is True]
    ranked = ranking.rank(ranking.weigh(kept, derived, causes), facts)
    return Answer(
        ranked=ranked,
        marks=_marks(kept, ranked),
        text=shown,
        redacted=redacted,
        client=client_of(reading, known),
        decider=_decider(ranked),
        version=known.version,
        cut=cut or len(text) > MOST,
    )


def _marks(kept: list[Seen], ranked: tuple[Candidate, ...]) -> tuple[Mark, ...]:
    """What made the first answer, then what made the others, each in the order of the text."""
    places = {code: (place, at) for place, one in reversed(list(enumerate(ranked))) for at, code in enumerate(one.because)}
    told = sorted((one for one in kept if one.sign.code in places), key=lambda one: (places[one.sign.code], one.order))
    return tuple(
        Mark(one.span.line, one.span.begin, one.span.end, one.sign.code, one.sign.says, one.sign.causes) for one in told[:_MARKS_MOST]
    )


def _decider(ranked: tuple[Candidate, ...]) -> Optional[str]:
    """The probe that tells the likeliest named causes apart."""
    known = library.load().causes
    named = [one.cause for one in ranked if one.cause != UNKNOWN] or [UNKNOWN]
    return next((known[code].decider for code in named if known[code].decider), known[UNKNOWN].decider)
