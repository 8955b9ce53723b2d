"""The one evaluator of conditions written as data.

A condition is a table. A leaf names one fact and exactly one test; ``all``, ``any`` and ``none`` join conditions::

    {fact = "proxy.connect.status", is = 407}
    {all = [{fact = "tcp.connected", is = false}, {fact = "control.reached", above = 0}]}

Three-valued: a test of a fact that was not measured is *unknown* (``None``), which is evidence neither for nor against;
``all`` and ``any`` follow Kleene. ``none`` is an objection that nobody raised: it holds unless a part is known to hold,
so that an exception that was not measured does not silence a rule; where a measured *no* is meant, ask ``is = false``.
``known`` asks about the measuring itself. There are no expressions in strings.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, Callable, Optional

from diagnostics.engine.records import Facts, FactValue

Condition = Mapping[str, Any]

JOINS = ("all", "any", "none")


def holds(condition: Condition, facts: Facts, silent: Collection[str] = ()) -> Optional[bool]:
    """Whether the condition holds: True, False, or None where unmeasured facts leave it open.

    ``silent``: facts of which it is known that they would have been measured, so that a test of one that is not there fails.
    """
    for join in JOINS:
        if join in condition:
            return _JOINED[join]([holds(part, facts, silent) for part in condition[join]])
    name = condition["fact"]
    if "known" in condition:
        return (name in facts) is condition["known"]
    if name not in facts:
        return False if name in silent else None
    test = next(word for word in TESTS if word in condition)
    return TESTS[test](facts[name], condition[test])


def facts_in(condition: Condition) -> tuple[str, ...]:
    """Names of the facts a condition asks about, in the order in which it names them."""
    return tuple(dict.fromkeys(leaf["fact"] for leaf in leaves(condition)))


def leaves(condition: Condition) -> Iterator[Condition]:
    """The leaves of a condition, left to right."""
    for join in JOINS:
        if join in condition:
            for part in condition[join]:
                yield from leaves(part)
            return
    yield condition


def _all(parts: list[Optional[bool]]) -> Optional[bool]:
    if False in parts:
        return False
    return None if None in parts else True


def _any(parts: list[Optional[bool]]) -> Optional[bool]:
    if True in parts:
        return True
    return None if None in parts else False


def _none(parts: list[Optional[bool]]) -> Optional[bool]:
    return True not in parts


_JOINED: dict[str, Callable[[list[Optional[bool]]], Optional[bool]]] = {"all": _all, "any": _any, "none": _none}


def _same(value: FactValue, wanted: Any) -> bool:
    """Equality that does not take True for 1: a status of 1 is not a yes."""
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _words(value: FactValue) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, tuple) else (str(value),)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_number(value: FactValue) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "is": _same,
    "in": lambda value, wanted: any(_same(value, each) for each in wanted),
    "matches": lambda value, pattern: any(_compiled(pattern).search(word) for word in _words(value)),
    "below": lambda value, limit: _is_number(value) and value < limit,
    "above": lambda value, limit: _is_number(value) and value > limit,
    "has": lambda value, word: word in _words(value),
    "has_any": lambda value, wanted: any(word in _words(value) for word in wanted),
}
"""Test word -> (value of the fact, what the condition asks) -> bool. ``known`` is decided before a value is there."""
