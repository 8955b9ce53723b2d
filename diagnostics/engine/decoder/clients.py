"""Which client wrote a text, and its version, from its wording."""

from __future__ import annotations

from typing import Optional

from diagnostics.engine.decoder.reading import Reading
from diagnostics.engine.decoder.signs import Wordings, compiled
from diagnostics.engine.records import Client


def client_of(reading: Reading, known: Wordings) -> Optional[Client]:
    """The first client of the knowledge, in its order, of which a wording is there."""
    text = reading.spaced.lowered
    for entry in known.clients:
        if not any(literal in text for literal in entry["find"]):
            continue
        for pattern in entry.get("versions", ()):
            found = compiled(pattern).search(text)
            if found:
                return Client(entry["name"], found.group("version"), "the text")
        return Client(entry["name"], None, "the text's wording")
    return None
