"""What a probe found, as it may be stored and printed anywhere: strangers wrote some of it, and they repeat what they were sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagnostics.engine.facts import FACTS
from diagnostics.engine.hiding import LONGEST, MOST, Hiding
from diagnostics.engine.records import Event, FactValue, Hidden, Scalar

MOST_WORDS, MOST_EVENTS = 100, 100
_OURS = ("failure", "answerer")
_IN_OUR_WORDS = ("config.", "experiment.")


class Writing:
    """One probe's findings, made harmless; ``hidden`` grows by what was taken out."""

    def __init__(self, hiding: Hiding) -> None:
        self._hiding = hiding
        self.hidden: list[Hidden] = []

    def facts(self, found: Mapping[str, FactValue]) -> dict[str, FactValue]:
        """Short printable texts without secrets, and no more of them than anybody reads."""
        return {name: self._fact(name, value) for name, value in found.items()}

    def events(self, told: Sequence[Event]) -> tuple[Event, ...]:
        """The first events, their details as harmless as the facts."""
        return tuple(Event(one.at, one.what, self._text(one.what, one.detail)) for one in told[:MOST_EVENTS])

    def _fact(self, name: str, value: FactValue) -> FactValue:
        if isinstance(value, tuple):
            return tuple(self._scalar(name, part) for part in value[:MOST_WORDS])
        return self._scalar(name, value)

    def _scalar(self, name: str, value: Scalar) -> Scalar:
        return self._text(name, value) if isinstance(value, str) else value

    def _text(self, name: str, text: str) -> str:
        if FACTS.get(name, ("",))[0] not in _OURS:
            # Our own words are no echo of a password that happens to be the same word.
            text, hidden = self._hiding.hide(text[:MOST], name, words=not name.startswith(_IN_OUR_WORDS))
            self.hidden += hidden
        return "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST])
