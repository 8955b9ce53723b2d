"""What a condition of the knowledge must look like; ``engine/matching.py`` evaluates it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.engine import calls, matching
from diagnostics.engine.facts import FACTS
from diagnostics.engine.vocabulary import ANSWERERS, FAILURES

_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "words": (str,),
}
_CLOSED = {"failure": FAILURES, "answerer": ANSWERERS}


def faults(condition: Any, answers: bool = False, declared: Mapping[str, tuple[str, str]] = FACTS) -> Iterator[str]:
    """Everything wrong with a condition, each in a sentence that names the fact.

    ``answers``: it may ask for ``answer.*``. ``declared``: facts it may ask for, each with its kind and meaning.
    """
    if not isinstance(condition, dict):
        yield "a condition is a table"
        return
    joins = [join for join in matching.JOINS if join in condition]
    if joins:
        if len(condition) > 1 or not isinstance(condition[joins[0]], list) or not condition[joins[0]]:
            yield f"{joins[0]} stands alone, with a list of conditions"
            return
        for part in condition[joins[0]]:
            yield from faults(part, answers, declared)
        return
    yield from _leaf_faults(condition, answers, declared)


def _leaf_faults(leaf: Mapping[str, Any], answers: bool, declared: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    fact, tests = leaf.get("fact"), [key for key in leaf if key != "fact"]
    if answers and isinstance(fact, str):
        fact = next(iter(calls.named(fact)))
    if not isinstance(fact, str) or fact not in declared:
        yield f"the fact {fact!r} is not declared"
        return
    if len(tests) != 1 or tests[0] not in (*matching.TESTS, "known"):
        yield f"{fact}: one test of {', '.join((*matching.TESTS, 'known'))} is wanted, not {', '.join(tests) or 'none'}"
        return
    yield from (f"{fact}: {fault}" for fault in _operand_faults(declared[fact][0], tests[0], leaf[tests[0]]))


def _operand_faults(kind: str, test: str, operand: Any) -> Iterator[str]:
    if test == "known" and not isinstance(operand, bool):
        yield "known is true or false"
    elif test == "matches":
        try:
            re.compile(operand)
        except (re.error, TypeError) as error:
            yield f"the pattern does not compile: {error}"
    elif test in ("below", "above") and (
        kind not in ("int", "float") or isinstance(operand, bool) or not isinstance(operand, (int, float))
    ):
        yield f"{test} compares numbers"
    elif test in ("has", "has_any") and kind != "words":
        yield f"{test} asks a fact of words"
    elif test in ("is", "in", "has", "has_any"):
        several = test in ("in", "has_any")
        if several and not isinstance(operand, list):
            yield f"{test} takes a list"
            return
        for word in operand if several else [operand]:
            yield from _word_faults(kind, word)


def _word_faults(kind: str, word: Any) -> Iterator[str]:
    if kind in _CLOSED:
        if word not in _CLOSED[kind]:
            yield f"{word!r} is no {kind} word"
    elif not isinstance(word, _TYPES[kind]) or (isinstance(word, bool) and kind != "bool"):
        yield f"{word!r} is no value of kind {kind}"
