"""From wordings to causes: ``rank``. Weights are data; what is here is how one thing that was said bears on another.

1. **Weigh.** Every cause begins at -4 log-odds, ``unknown`` at 0, and gains the weight of each wording, once.
2. **Doubt.** A wording counts less where the text itself takes it back: it was retried, skipped or recovered from, the API answered after it
   (so that names, connections and certificates were all right), or something else was the last to go wrong.
3. **Share.** Confidence is a cause's odds over the odds of all, ``unknown`` among them.
4. **Limit.** Where a sign says that the failure may be anybody's, plain words leave that open: what is above its ``at_most`` goes to ``unknown``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagnostics.engine.decoder.facts import API
from diagnostics.engine.decoder.signs import Seen, Sign, compiled
from diagnostics.engine.library import Cause
from diagnostics.engine.matching import holds
from diagnostics.engine.records import Candidate, Facts, FactValue
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

PRIOR = -4.0
_PLAIN_WORDS = 6.5  # log-odds of a wording that names what went wrong
_UNREAD, _UNREAD_OF_API, _UNREAD_CALM = 0.25, 0.6, 0.12  # odds
_SHARP = 1.45  # the weights are a little timid: measured, so that 0.8 means eight in ten
_SPOKEN = 0.35  # how much "about something else" counts where the API has spoken
_MOST = 5
_SUREST, _FAINTEST = 0.99, 0.01
_TAKEN_BACK, _MENTIONED, _WARNED, _ANSWERED, _EARLIER, _RECOVERED = 0.3, 0.12, 0.4, 0.3, 0.75, 0.4
_OVERTAKEN = 0.15  # of a success after which something failed
_FAR, _NEAR_LINES = 0.2, 3  # of what is about something else, in a line far from one in which an API's own call failed
_MARGIN = 1.5  # log-odds by which a warning must be more telling than any error to count like one
_BELOW_HTTP = ("network", "dns", "tcp", "tls")


@dataclass(frozen=True)
class Weighed:
    """A sign with how much of its weight counts."""

    sign: Sign
    factor: float


def derive(signs: Sequence[Sign], facts: dict[str, FactValue]) -> list[Sign]:
    """Signs that facts alone make; each may rest on those before it."""
    made = []
    for sign in signs:
        if sign.when is not None and holds(sign.when, facts) is True:
            made.append(sign)
            known = facts["text.signs"]
            facts["text.signs"] = (*(known if isinstance(known, tuple) else ()), sign.code)
    return made


def weigh(
    seen: Sequence[Seen], derived: Sequence[Sign], causes: Mapping[str, Cause], doubts: Mapping[str, str]
) -> list[Weighed]:
    """Every sign once, with the strongest factor of its places. ``doubts``: patterns by which a line takes itself back."""
    doubtful = _Doubts(seen, causes, doubts)
    factors: dict[str, tuple[Sign, float]] = {sign.code: (sign, doubtful.factor_of_derived(sign)) for sign in derived}
    for one in seen:
        factor = doubtful.factor(one)
        if factor > factors.get(one.sign.code, (one.sign, 0.0))[1]:
            factors[one.sign.code] = (one.sign, factor)
    return [Weighed(sign, factor) for sign, factor in factors.values()]


class _Doubts:
    """How much each place counts, given all others."""

    def __init__(self, seen: Sequence[Seen], causes: Mapping[str, Cause], patterns: Mapping[str, str]) -> None:
        self._causes, self._patterns = causes, patterns
        fatal = [
            one
            for one in seen
            if one.sign.is_fatal and not self._says("taken_back", one) and not self._says("mentioned", one)
        ]
        plain = [one for one in fatal if not self._says("warned", one)]
        self._surest = max((one.sign.strongest for one in plain), default=0.0) + _MARGIN
        self._last = max(plain or fatal, key=lambda one: one.order, default=None)
        answers = [
            one.order
            for one in seen
            if one.sign.answers and not self._says("taken_back", one) and not self._says("mentioned", one)
        ]
        self._answered = max(answers, default=(0, 0))
        self._calm = max((one.order for one in seen if one.sign.causes[:1] == (HEALTHY,)), default=(0, 0))
        self._of_api = {one.span.line for one in plain if compiled(API).search(one.line)}
        self._recovered = max((one.order for one in seen if one.sign.recovers), default=(0, 0))

    def _says(self, doubt: str, one: Seen) -> bool:
        return compiled(self._patterns[doubt]).search(one.line) is not None

    def factor(self, one: Seen) -> float:
        """Between 0 and 1."""
        if one.sign.context or not one.sign.causes:
            return 1.0
        factor = _MENTIONED if self._says("mentioned", one) else 1.0
        if one.sign.causes[0] == HEALTHY:
            return factor * (_OVERTAKEN if self._is_overtaken(one.order) else 1.0)
        if one.sign.causes[0] == UNKNOWN:
            return factor * (_FAR if self._is_far(one.span.line) else 1.0)
        if self._says("taken_back", one):
            factor *= _TAKEN_BACK
        if one.order < self._recovered and self._says("warned", one):
            factor *= _RECOVERED
        if (
            not one.sign.answers
            and one.order < self._answered
            and self._causes[one.sign.causes[0]].layer in _BELOW_HTTP
        ):
            factor *= _ANSWERED
        if self._last is None or self._last.sign.causes[0] in one.sign.causes[:2]:
            return factor
        if self._says("warned", one) and self._surest >= one.sign.strongest:
            return factor * _WARNED
        return factor * (_EARLIER if one.order < self._last.order else 1.0)

    def factor_of_derived(self, sign: Sign) -> float:
        """What facts alone make stands at no place; a success is where the last one was seen."""
        return _OVERTAKEN if sign.causes[:1] == (HEALTHY,) and self._is_overtaken(self._calm) else 1.0

    def _is_overtaken(self, order: tuple[int, int]) -> bool:
        return self._last is not None and order < self._last.order

    def _is_far(self, line: int) -> bool:
        return bool(self._of_api) and all(abs(line - other) > _NEAR_LINES for other in self._of_api)


def variety(seen: Sequence[Seen]) -> int:
    """How many different causes the text has plain words for: of many it is a list, not a report of what happened."""
    return len({one.sign.causes[0] for one in seen if one.sign.is_fatal and one.sign.strongest >= _PLAIN_WORDS})


def rank(weighed: Sequence[Weighed], facts: Facts) -> tuple[Candidate, ...]:
    """Candidates best first, ``unknown`` among them, at most five."""
    scores: dict[str, float] = {}
    spoken = any(one.sign.answers and one.factor > _EARLIER and one.sign.causes for one in weighed)
    unknown = sum(one.sign.weights.get(UNKNOWN, 0.0) * one.factor for one in weighed) * (_SPOKEN if spoken else 1.0)
    named = {cause for one in weighed if not one.sign.context for cause in one.sign.causes} - {UNKNOWN}
    for cause in named:
        scores[cause] = min(max(PRIOR + _moved(weighed, cause), -12.0), 12.0)
    odds = {cause: math.exp(score * _SHARP) for cause, score in [*scores.items(), (UNKNOWN, min(unknown, 12.0))]}
    told = any(one.factor > _TAKEN_BACK and one.sign.causes and not one.sign.context for one in weighed)
    total = sum(odds.values()) + (0.0 if told else _unread(facts))
    beyond = max(_beyond(weighed, odds, total), 0.0)
    odds[UNKNOWN], total = odds[UNKNOWN] + beyond, total + beyond
    ranked = [
        Candidate(cause, round(min(share / total, _SUREST), 2), _codes(weighed, cause, 1), _codes(weighed, cause, -1))
        for cause, share in odds.items()
    ]
    ranked.sort(key=lambda one: (-one.confidence, one.cause != UNKNOWN, one.cause))
    return tuple(one for place, one in enumerate(ranked) if place == 0 or one.confidence >= _FAINTEST)[:_MOST]


def _beyond(weighed: Sequence[Weighed], odds: Mapping[str, float], total: float) -> float:
    """Odds that ``unknown`` has to gain so that no cause is surer than a sign that weighs it lets it be."""
    limits = [
        (odds[cause], one.sign.at_most)
        for one in weighed
        if one.sign.at_most < 1
        for cause in one.sign.weights
        if cause in odds and cause != UNKNOWN
    ]
    return max((share / most - total for share, most in limits), default=0.0)


def _unread(facts: Facts) -> float:
    """Odds that a text without any known wording tells a cause all the same: of an LLM API, or of something that failed."""
    if facts.get("text.about_api"):
        return _UNREAD_OF_API
    return _UNREAD if facts.get("text.troubled") else _UNREAD_CALM


def _moved(weighed: Sequence[Weighed], cause: str) -> float:
    """By how much all signs together move a cause; what speaks against it always counts whole."""
    total = 0.0
    shared: dict[str, float] = {}
    for one in weighed:
        weight = one.sign.weights.get(cause, 0.0)
        moved = weight * one.factor if weight > 0 else weight
        if weight > 0 and one.sign.share:
            shared[one.sign.share] = max(moved, shared.get(one.sign.share, 0.0))
        else:
            total += moved
    return total + sum(shared.values())


def _codes(weighed: Sequence[Weighed], cause: str, sign: int) -> tuple[str, ...]:
    moving = [(one.sign.weights.get(cause, 0.0) * one.factor, one.sign.code) for one in weighed]
    return tuple(
        code for weight, code in sorted(moving, key=lambda item: (-abs(item[0]), item[1])) if weight * sign > 0
    )
