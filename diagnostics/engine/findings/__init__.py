"""What the facts mean, one statement each: ``derive`` reads the signatures and concludes nothing about causes."""

from __future__ import annotations

from diagnostics.engine.library import Knowledge, Signature
from diagnostics.engine.matching import facts_in, holds
from diagnostics.engine.records import Facts, Finding
from diagnostics.engine.vocabulary import LAYERS
from diagnostics.engine.wording import render, slots


def derive(facts: Facts, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Findings that the facts support, in the order of the client's path.

    A signature makes a finding when its condition is true (not merely open) and no finding that withdraws it holds: a later
    success clears an earlier suspicion.
    """
    titles = knowledge.titles
    raised: dict[str, Signature] = {}
    for sign in knowledge.signatures:
        if sign.code not in raised and holds(sign.when, facts) is True:
            raised[sign.code] = sign
    stand = [sign for sign in raised.values() if raised.keys().isdisjoint(sign.withdrawn_by)]
    stand.sort(key=lambda sign: LAYERS.index(sign.layer))
    return tuple(
        Finding(sign.code, sign.level, render(sign.says, facts, titles), _made_by(sign, facts)) for sign in stand
    )


def _made_by(sign: Signature, facts: Facts) -> tuple[str, ...]:
    """Names of the measured facts that the condition asks about or the sentence shows."""
    named = facts_in(sign.when) + tuple(name for name, _ in slots(sign.says))
    return tuple(name for name in dict.fromkeys(named) if name in facts)
