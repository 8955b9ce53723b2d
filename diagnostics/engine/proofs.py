"""Which facts of an attempt count for the verdict: all as configured, and of an experiment only what it proves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")
_PROOF = "experiment."


def counting(variant: str, facts: Mapping[str, Value], found: Mapping[str, Value]) -> Mapping[str, Value]:
    """The facts that an attempt adds to those ``found`` so far. ``variant`` is empty for what was tried as configured.

    With something changed, all that was seen on the way is about a path that the client does not take. Several ways to
    change the same factor are one experiment: one that passes is not taken back by another that does not.
    """
    if not variant:
        return facts
    return {
        name: value
        for name, value in facts.items()
        if name.startswith(_PROOF) and found.get(name.rpartition(".")[0] + ".passes") is not True
    }
