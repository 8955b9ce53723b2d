"""From wordings to causes: ``rank``. Weights are data; what is here is how one thing that was said bears on another.

1. **Weigh.** Every cause begins at -4 log-odds, ``unknown`` at 0, and gains the weight of each wording, once.
2. **Doubt.** A wording counts less where the text itself takes it back: it was retried, skipped or recovered from, the API answered after it
   (so that names, connections and certificates were all right), or something else was the last to go wrong.
3. **Share.** Confidence is a cause's odds over the odds of all, ``unknown`` among them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagnostics.engine.decoder.signs import Seen, Sign, compiled
from diagnostics.engine.library import Cause
from diagnostics.engine.matching import holds
from diagnostics.engine.records import Candidate, Facts
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

PRIOR = -4.0
_MOST = 5
_SUREST, _FAINTEST = 0.99, 0.01
_HEDGED, _RETRIED, _ANSWERED, _EARLIER, _RECOVERED = 0.3, 0.45, 0.3, 0.75, 0.4
_HEDGE = (
    r"skipp|went away|try again in \d|will try again|now ok|\(ok\)|\bok$|recovered|recover|no longer|used to|, next |then (?:ok|fine|it worked|port)|succeeded|fixed|first try|earlier|"
    r"last (?:week|month|year)|unrelated|works (?:again|now)|warn(?:ing)?\b|\bdebug\b|deprecat|not the (?:problem|cause)|is fine|ignored|harmless|cached|from the cache|falling back|fallback"
)
_RETRY = r"retry|retrying|attempt \d|reconnect|versuch|wiederhol|重试|再試行|reintent|tentativ|nouvelle tent"
_BELOW_HTTP = ("network", "dns", "tcp", "tls")


@dataclass(frozen=True)
class Weighed:
    """A sign with how much of its weight counts."""

    sign: Sign
    factor: float


def derive(signs: Sequence[Sign], facts: dict[str, object]) -> list[Sign]:
    """Signs that facts alone make; each may rest on those before it."""
    made = []
    for sign in signs:
        if sign.when is not None and holds(sign.when, facts) is True:  # type: ignore[arg-type]
            made.append(sign)
            facts["text.signs"] = (*facts["text.signs"], sign.code)  # type: ignore[misc]
    return made


def weigh(seen: Sequence[Seen], derived: Sequence[Sign], causes: Mapping[str, Cause]) -> list[Weighed]:
    """Every sign once, with the strongest factor of its places."""
    factors: dict[str, tuple[Sign, float]] = {sign.code: (sign, 1.0) for sign in derived}
    answered = max((one.order for one in seen if one.sign.answers and not _is_hedged(one)), default=(0, 0))
    recovered = max((one.order for one in seen if one.sign.recovers), default=(0, 0))
    last = max((one for one in seen if _is_fatal(one)), key=lambda one: one.order, default=None)
    for one in seen:
        factor = _factor(one, answered, recovered, last, causes)
        if factor > factors.get(one.sign.code, (one.sign, 0.0))[1]:
            factors[one.sign.code] = (one.sign, factor)
    return [Weighed(sign, factor) for sign, factor in factors.values()]


def _factor(
    one: Seen, answered: tuple[int, int], recovered: tuple[int, int], last: object, causes: Mapping[str, Cause]
) -> float:
    if one.sign.context or not one.sign.causes or one.sign.causes[0] in (UNKNOWN, HEALTHY):
        return 1.0
    factor = 1.0
    if _is_hedged(one):
        factor *= _HEDGED
    if one.order < recovered:
        factor *= _RECOVERED
    if not one.sign.answers and one.order < answered and _is_below(one.sign, causes):
        factor *= _ANSWERED
    if isinstance(last, Seen) and one.order < last.order and last.sign.causes[0] not in one.sign.causes[:2]:
        factor *= _RETRIED if _is_retried(one) else _EARLIER
    return factor


def _is_below(sign: Sign, causes: Mapping[str, Cause]) -> bool:
    return causes[sign.causes[0]].layer in _BELOW_HTTP


def _is_hedged(one: Seen) -> bool:
    return compiled(_HEDGE).search(one.line) is not None


def _is_retried(one: Seen) -> bool:
    return compiled(_RETRY).search(one.line) is not None


def _is_fatal(one: Seen) -> bool:
    named = one.sign.causes
    return bool(named) and not one.sign.context and named[0] not in (UNKNOWN, HEALTHY) and not _is_hedged(one) and one.sign.weights[named[0]] >= 4


def rank(weighed: Sequence[Weighed], facts: Facts) -> tuple[Candidate, ...]:
    """Candidates best first, ``unknown`` among them, at most five."""
    scores: dict[str, float] = {}
    unknown = sum(one.sign.weights.get(UNKNOWN, 0.0) * one.factor for one in weighed)
    named = {cause for one in weighed if not one.sign.context for cause in one.sign.causes} - {UNKNOWN}
    for cause in named:
        moved = (one.sign.weights.get(cause, 0.0) * (one.factor if one.sign.weights.get(cause, 0.0) > 0 else 1.0) for one in weighed)
        scores[cause] = min(max(PRIOR + sum(moved), -12.0), 12.0)
    odds = {cause: math.exp(score) for cause, score in scores.items()}
    odds[UNKNOWN] = math.exp(min(unknown, 12.0))
    total = sum(odds.values())
    ranked = [
        Candidate(cause, round(min(share / total, _SUREST), 2), _codes(weighed, cause, 1), _codes(weighed, cause, -1)) for cause, share in odds.items()
    ]
    ranked.sort(key=lambda one: (-one.confidence, one.cause != UNKNOWN, one.cause))
    return tuple(one for place, one in enumerate(ranked) if place == 0 or one.confidence >= _FAINTEST)[:_MOST]


def _codes(weighed: Sequence[Weighed], cause: str, sign: int) -> tuple[str, ...]:
    moving = [(one.sign.weights.get(cause, 0.0) * one.factor, one.sign.code) for one in weighed]
    return tuple(code for weight, code in sorted(moving, key=lambda item: (-abs(item[0]), item[1])) if weight * sign > 0)
