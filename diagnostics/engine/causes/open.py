"""Which experiments could still change a ranking: those that evidence of a near candidate asks about and nobody has made."""

from __future__ import annotations

from diagnostics.engine.library import Knowledge
from diagnostics.engine.matching import facts_in
from diagnostics.engine.records import Facts, Ranking
from diagnostics.engine.vocabulary import CONTROL, FACTORS, HEALTHY

_NEAR = 0.05
_SUREST = 0.99  # no confidence rises above it
_PROOF = "experiment."


def open_factors(ranking: Ranking, facts: Facts, knowledge: Knowledge) -> tuple[str, ...]:
    """Factors of ``vocabulary.FACTORS`` worth flipping, those of the likeliest candidate first.

    None where the client's own way worked; for a cause that is as sure as any can be, those alone that would refute it.
    """
    if ranking.cause == HEALTHY:
        return ()
    asks: dict[str, list[str]] = {}
    for sign in knowledge.signatures:
        asks.setdefault(sign.code, []).extend(name for name in facts_in(sign.when) if name.startswith(_PROOF))
    asked: dict[str, None] = {}
    for candidate in ranking.ranked:
        if candidate.confidence < _NEAR:
            continue
        for item in knowledge.causes[candidate.cause].evidence:
            if candidate.confidence >= _SUREST and item.weight > 0:
                continue
            asked.update({name.split(".")[1]: None for name in asks[item.finding] if name not in facts})
    return tuple(factor for factor in asked if factor in FACTORS and factor != CONTROL)
