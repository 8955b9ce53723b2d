"""Which cause explains the findings: ``rank``. No cause is named here; their weights are data.

The rule, whole:

1. **Weigh.** A cause begins at its ``prior`` and gains the weight of each of its findings that is present (log-odds, negative speaks
   against). It is a *candidate* when a finding that is more than context speaks for it and its ``requires`` is not false; an open
   ``requires`` is no objection.
2. **Stand.** A candidate fault stands when it is more likely than not. Two faults are *rivals* when a finding speaks for one that the
   other needs or explains as well: then they are two readings of the same symptom, and the likelier one alone stands.
3. **First met.** Of the faults that stand, the verdict is the one that the client meets first on its path (``stage``); the others are
   faults of their own and go to ``also``. ``healthy`` can be the verdict only when no fault stands and no problem is left unexplained.
4. **Compete.** Confidence is a candidate's odds over the odds of all that compete, with odds of 1 for what nobody thought of.
   ``unknown`` has 1 minus the best candidate's, and is the verdict when that is more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.causes.beside import beside, not_checked
from diagnostics.engine.causes.open import open_factors
from diagnostics.engine.library import Cause, Evidence, Knowledge
from diagnostics.engine.matching import holds
from diagnostics.engine.records import Attempt, Candidate, Facts, Finding, Ranking, Undecided
from diagnostics.engine.vocabulary import HEALTHY, LAYERS, NOT_NEEDED, UNKNOWN
from diagnostics.engine.wording import render

__all__ = ["open_factors", "rank"]

_MOST = 5
_SUREST = 0.99
_FAINTEST = 0.01
_NEAREST = 3
_FAR = 4  # times less likely than the best: not near it
_INTERRUPTED = ("guard", "deadline", "ended_early", "cancelled", "internal_error")


@dataclass(frozen=True)
class _Weighed:
    """A candidate with what speaks for and against it, strongest first; ``core`` is ``pro`` without mere context."""

    cause: Cause
    score: float
    core: tuple[Evidence, ...]
    pro: tuple[Evidence, ...]
    contra: tuple[Evidence, ...]

    @property
    def odds(self) -> float:
        return math.exp(self.score)

    @property
    def stands(self) -> bool:
        return self.score >= 0 and self.cause.code != HEALTHY

    @property
    def stage(self) -> int:
        """Where the client meets it: the earliest of its evidence that is present."""
        return min(LAYERS.index(item.stage or self.cause.stage) for item in self.core)

    @property
    def accounts_for(self) -> frozenset[str]:
        own = frozenset(item.finding for item in self.core)
        return own | self.cause.explained(own)

    def rivals(self, other: _Weighed) -> bool:
        return any(item.finding in other.accounts_for for item in self.core) or any(
            item.finding in self.accounts_for for item in other.core
        )


def rank(findings: Sequence[Finding], facts: Facts, knowledge: Knowledge, attempts: Sequence[Attempt]) -> Ranking:
    """The verdict for these findings, by the rule of this module."""
    candidates = _weigh(findings, facts, knowledge)
    standing = _standing(candidates)
    first = min(standing, key=lambda one: (one.stage, -one.score, one.cause.code), default=None)
    apart = [one for one in standing if first is not None and one is not first and not one.rivals(first)]
    unexplained = any(finding.level == "problem" for finding in findings)
    competing = [
        one for one in candidates if one not in apart and not (one.cause.code == HEALTHY and (standing or unexplained))
    ]
    ranked = _confidences(competing)
    verdict = ranked[0]
    cause = knowledge.causes[verdict.cause]
    title, summary = _words(cause, facts, knowledge.titles)
    # Undecided, even what would stand beside a verdict is no more than a finding.
    faults = [(one.cause, tuple(item.finding for item in one.core)) for one in apart] if cause.code != UNKNOWN else []
    return Ranking(
        cause=cause.code,
        confidence=verdict.confidence,
        side=cause.side,
        layer=cause.layer,
        title=title,
        summary=summary,
        ranked=ranked,
        also=beside(ranked if cause.code == UNKNOWN else ranked[:1], faults, findings, knowledge),
        not_checked=not_checked(attempts),
        undecided=_undecided(ranked, knowledge, attempts) if cause.code == UNKNOWN else None,
    )


def _weigh(findings: Sequence[Finding], facts: Facts, knowledge: Knowledge) -> list[_Weighed]:
    present = {finding.code for finding in findings}
    weighed = []
    for cause in knowledge.causes.values():
        items = sorted((item for item in cause.evidence if item.finding in present), key=lambda item: -abs(item.weight))
        pro = tuple(item for item in items if item.weight > 0)
        core = tuple(item for item in pro if not item.context)
        if not core or (cause.requires is not None and holds(cause.requires, facts) is False):
            continue
        contra = tuple(item for item in items if item.weight < 0)
        weighed.append(_Weighed(cause, cause.prior + sum(item.weight for item in items), core, pro, contra))
    return sorted(weighed, key=lambda one: (-one.score, one.cause.code))


def _standing(candidates: Sequence[_Weighed]) -> list[_Weighed]:
    """Faults more likely than not; of rivals the likelier alone, between equals the one met first."""
    standing: list[_Weighed] = []
    for one in sorted(candidates, key=lambda one: (-one.score, one.stage, one.cause.code)):
        if one.stands and not any(one.rivals(likelier) for likelier in standing):
            standing.append(one)
    return standing


def _confidences(competing: Sequence[_Weighed]) -> tuple[Candidate, ...]:
    """Candidates best first with ``unknown`` among them; at most five."""
    total = 1.0 + sum(one.odds for one in competing)
    ranked = [
        Candidate(
            one.cause.code,
            round(min(one.odds / total, _SUREST), 2),
            because=tuple(item.finding for item in one.pro),
            against=tuple(item.finding for item in one.contra),
        )
        for one in competing
    ]
    best = max((one.confidence for one in ranked), default=0.0)
    ranked.append(Candidate(UNKNOWN, round(1.0 - best, 2)))
    # A tie goes to unknown: half is not more likely than not.
    ranked.sort(key=lambda one: (-one.confidence, one.cause != UNKNOWN))
    return tuple(one for place, one in enumerate(ranked) if place == 0 or one.confidence >= _FAINTEST)[:_MOST]


def _words(cause: Cause, facts: Facts, titles: Mapping[str, str]) -> tuple[str, str]:
    for variant in cause.variants:
        if holds(variant.when, facts) is True:
            return render(variant.title or cause.title, facts, titles), render(variant.summary, facts, titles)
    return render(cause.title, facts, titles), render(cause.summary, facts, titles)


def _undecided(ranked: Sequence[Candidate], knowledge: Knowledge, attempts: Sequence[Attempt]) -> Undecided:
    """The nearest candidates, and the probe that would tell: a candidate's own, then one cut short, then the path's end."""
    named = [one for one in ranked if one.cause != UNKNOWN]
    nearest = tuple(one.cause for one in named if one.confidence >= named[0].confidence / _FAR)[:_NEAREST]
    # Where there was nothing to try, as of a proxy where none is set, trying it would tell nothing.
    over = {one.probe for one in attempts if one.status == "done" or (one.reason or "").startswith(NOT_NEEDED)}
    cut_short = [attempt.probe for attempt in attempts if attempt.reason in _INTERRUPTED]
    wanted: list[Optional[str]] = [knowledge.causes[code].decider for code in nearest]
    wanted += [*cut_short, knowledge.causes[HEALTHY].decider, knowledge.causes[UNKNOWN].decider]
    return Undecided(nearest, next((probe for probe in wanted if probe and probe not in over), None))
