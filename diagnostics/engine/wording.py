"""Sentences with facts in them: ``The proxy {config.proxy.url|you configured} answered {proxy.connect.status}.``

After ``|`` stand the words used when the fact was not measured. Values come from networks that may lie, so they are
made one short line without control characters; what goes into a command to copy must be plain besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Callable, Optional

from diagnostics.engine.calls import meant
from diagnostics.engine.facts import FACTS
from diagnostics.engine.phrases import ANSWERERS, COUNTRIES, PHRASES, SOURCES, SPOKEN
from diagnostics.engine.records import Facts, FactValue
from diagnostics.engine.vocabulary import CALLS

_SLOT = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)+)(?:\|([^{}]*))?\}")
_SEAMS = re.compile(rf"( ?)({_SLOT.pattern})([.,]?)")  # a slot with the signs around it
_PLAIN = re.compile(r"(~/)?[A-Za-z0-9._:/@%+=,\[\]-]+")  # no shell gives these a meaning of its own
_NAMES = (
    "config.client.name",
    "config.key.vendor",
    "config.base_url.vendor",
    "config.provider_switch",
    *(f"{call}.vendor" for call in CALLS),
)
_LONGEST = 160
_MOST_WORDS = 6
UNMEASURED = "(not measured)"


def render(template: str, facts: Facts, titles: Optional[Mapping[str, str]] = None) -> str:
    """The sentence with its facts filled in. ``titles``: name of a vendor or client -> as people write it."""

    def words_of(name: str, otherwise: Optional[str], first: bool) -> str:
        name = meant(name, facts)
        if name in facts and facts[name] != ():
            words = spoken(name, facts[name], titles or {})
            return words[:1].upper() + words[1:] if first and name.endswith(".source") else words
        return UNMEASURED if otherwise is None else otherwise

    def fill(seam: re.Match[str]) -> str:
        before, _, name, otherwise, behind = seam.groups()
        return _joined(before, words_of(name, otherwise, seam.start(2) == 0), behind)

    return _SEAMS.sub(fill, template).strip()


def _joined(before: str, words: str, behind: str) -> str:
    """Words with the space before them and the stop or comma behind: foreign words may be none, or bring a stop of their own."""
    if not words:
        return behind
    if behind == "." and words[-1] in ".!?…":
        return before + words
    if behind == "," and words.endswith(".") and not words.endswith(".."):
        return before + words[:-1] + behind
    return before + words + behind


def spoken(name: str, value: FactValue, titles: Mapping[str, str]) -> str:
    """A fact as a sentence says it: a closed word as plain words, a name as its title."""
    return shown(_worded(name, value, titles))


def _worded(name: str, value: FactValue, titles: Mapping[str, str]) -> FactValue:
    if FACTS.get(name, ("",))[0] == "failure":
        return PHRASES.get(str(value), value)
    if name.startswith("experiment.") and name.endswith((".before", ".after")):
        return PHRASES.get(str(value), value)
    if isinstance(value, tuple) and name.rpartition(".")[2] in SPOKEN:
        return tuple(PHRASES.get(str(word), word) for word in value)
    if name in _NAMES:
        return titles.get(str(value), value)
    if name.endswith(".answerer"):
        return ANSWERERS.get(str(value), value)
    if name.endswith(".source"):
        return SOURCES.get(str(value), value)
    if name == "request.parse.problem":
        return PHRASES.get(str(value), value)
    if name == "edge.trace.country":
        return f"{COUNTRIES[str(value)]} ({value})" if str(value) in COUNTRIES else value
    if name == "clock.offset_seconds" and isinstance(value, (int, float)):
        return f"{_span(abs(value))} {'ahead' if value > 0 else 'behind'}"
    return value


def _span(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def render_command(template: str, facts: Facts) -> str:
    """A command line with its facts filled in; a value that a shell could act upon gives way to the words after ``|``."""
    return fill_slots(template, facts, lambda value: _PLAIN.fullmatch(value) is not None)


def fill_slots(template: str, facts: Facts, fits: Callable[[str], bool]) -> str:
    """A template with the values of its facts as they are; one that does not fit gives way to the words after ``|``."""

    def fill(slot: re.Match[str]) -> str:
        name, otherwise = meant(slot.group(1), facts), slot.group(2) or "VALUE"
        value = facts.get(name)
        value = value[0] if isinstance(value, tuple) and value else value
        value = str(value) if type(value) is int else value  # a port; what is true or false has no word in a line
        return value if isinstance(value, str) and fits(value) else otherwise

    return _SLOT.sub(fill, template)


def slots(template: str) -> tuple[tuple[str, Optional[str]], ...]:
    """Every (fact, words in its place) of a template."""
    return tuple((slot.group(1), slot.group(2)) for slot in _SLOT.finditer(template))


def shown(value: FactValue) -> str:
    """A fact as a person reads it."""
    if isinstance(value, tuple):
        words = [shown(word) for word in value[:_MOST_WORDS]]
        more = len(value) - len(words)
        return ", ".join(words) + (f" and {more} more" if more > 0 else "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return (
            f"{value:.0f}"
            if abs(value) >= 100 or value == int(value)
            else f"{value:.2g}"
            if abs(value) < 1
            else f"{value:.1f}"
        )
    return one_line(str(value))


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Foreign text as one short line: control and invisible formatting characters become spaces."""
    clean = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") else char for char in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
