"""A condition of a playbook as a person reads it: ``Only where no proxy is set for the client.``"""

from __future__ import annotations

from collections.abc import Iterable

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.engine.facts import FACTS
from diagnostics.engine.matching import Condition, leaves
from diagnostics.engine.phrases import PHRASES


def only_where(condition: Condition) -> str:
    """The sentence for when a step or a question belongs to the way."""
    wanted, excepted = _parts(condition)
    if not excepted:
        return f"Only where {wanted}."
    return f"Only where {wanted}, except where {excepted}." if wanted else f"Except where {excepted}."


def unworded(conditions: Iterable[Condition]) -> list[str]:
    """Facts of these conditions that ``knowledge/pages.toml`` has no words for; their meaning in ``facts.FACTS`` stands in."""
    known = pages_schema.pages().conditions
    return sorted({leaf["fact"] for condition in conditions for leaf in leaves(condition)} - set(known))


def _parts(condition: Condition) -> tuple[str, str]:
    """What is wanted, and what is excepted; both may be empty."""
    if "none" in condition:
        return "", " or ".join(_once(_parts(part)[0] for part in condition["none"]))
    for join, word in (("all", " and "), ("any", " or ")):
        if join in condition:
            parts = [_parts(part) for part in _telling(condition[join])]
            return word.join(_once(wanted for wanted, _ in parts)), " or ".join(
                _once(excepted for _, excepted in parts)
            )
    return _leaf(condition), ""


def _leaf(condition: Condition) -> str:
    name = str(condition["fact"])
    told = pages_schema.pages().conditions.get(name)
    negative = condition.get("is") is False or condition.get("known") is False
    if told is None:
        return ("it is not so: " if negative else "it is so: ") + FACTS[name][1]
    if negative:
        return told.no or f"it is not so that {told.yes.format(_operand(condition))}"
    return told.yes.format(_operand(condition))


def _operand(condition: Condition) -> str:
    """What the fact is compared with, in words; "" where it only has to be known."""
    for test in ("has", "has_any", "in", "matches", "is"):
        if test in condition:
            value = condition[test]
            words = [str(one) for one in (value if isinstance(value, list) else [value])]
            known = {**library.load().titles, **PHRASES}
            return " or ".join(known.get(word, word.strip("^ ")) for word in words if word != ".")
    return ""


def _telling(parts: list[Condition]) -> list[Condition]:
    """Without those that only want a fact to be known which another one asks about."""
    asked = [part["fact"] for part in parts if "fact" in part and part.get("known") is not True]
    return [part for part in parts if part.get("known") is not True or part["fact"] not in asked]


def _once(words: Iterable[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word]
