"""The decoder: from a pasted error, log or page to ranked causes, without any network. ``decode`` is its one verb."""

from __future__ import annotations

from diagnostics.engine import library
from diagnostics.engine.decoder.records import Answer, Candidate, Client, Mark
from diagnostics.engine.hiding import Hiding
from diagnostics.engine.vocabulary import UNKNOWN

__all__ = ["MOST", "Answer", "Candidate", "Client", "Mark", "decode"]

MOST = 5_000_000
"""Characters of a text that are looked at."""


def decode(text: str) -> Answer:
    """Causes for ``text``, best first. Never raises; the same text gives the same answer."""
    shown, hidden = Hiding(()).hide(text[:MOST], "text")
    return Answer(
        ranked=(Candidate(UNKNOWN, 0.98),), text=shown, redacted=len(hidden), version=library.aside("texts").version, cut=len(text) > MOST
    )
