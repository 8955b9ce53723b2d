"""Figures of many verdicts: how many are right, which are taken for which, and whether confidences mean what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SURE = 0.9
"""From here on a verdict is given without reserve."""

BINS = 10


@dataclass(frozen=True)
class Judged:
    """A verdict beside the truth. ``name`` tells the scenario, ``number`` the mutant (0: as declared).

    ``failed``: probes that failed, each with the reason; with the findings and the changes it helps to understand a miss.
    """

    name: str
    number: int
    cause: str
    verdict: str
    confidence: float
    ranked: tuple[tuple[str, float], ...] = ()
    findings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def right(self) -> bool:
        """The fault was named."""
        return self.verdict == self.cause


@dataclass(frozen=True)
class Bin:
    """Verdicts given with about the same confidence: from ``least`` to a tenth more."""

    least: float
    count: int
    right: int
    confidence: float

    @property
    def rate(self) -> float:
        """How many of them were right, 0..1."""
        return self.right / self.count


@dataclass(frozen=True)
class Rate:
    """Right ones among so many."""

    right: int
    count: int

    @property
    def share(self) -> float:
        """0..1; of none at all it is 0."""
        return self.right / self.count if self.count else 0.0

    def __str__(self) -> str:
        return f"{self.right:5} of {self.count:5}  {100 * self.share:6.2f} %"


def rate(judged: Sequence[Judged]) -> Rate:
    """How many are right."""
    return Rate(sum(one.right for one in judged), len(judged))


def named(judged: Sequence[Judged], cause: str) -> Rate:
    """How often a verdict is right that names this cause."""
    return rate([one for one in judged if one.verdict == cause])


def faulty(judged: Sequence[Judged], cause: str) -> Rate:
    """How often the cause is named where it is the fault."""
    return rate([one for one in judged if one.cause == cause])


def confusion(judged: Sequence[Judged]) -> list[tuple[str, str, int]]:
    """(truth, verdict, how often) of what was taken for something else, most frequent first."""
    pairs = Counter((one.cause, one.verdict) for one in judged if not one.right)
    return [(*pair, count) for pair, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))]


def bins(judged: Sequence[Judged]) -> list[Bin]:
    """Reliability in tenths of confidence; empty tenths are left out."""
    made = []
    for tenth in range(BINS):
        inside = [one for one in judged if min(int(one.confidence * BINS), BINS - 1) == tenth]
        if inside:
            confidence = sum(one.confidence for one in inside) / len(inside)
            made.append(Bin(tenth / BINS, len(inside), rate(inside).right, confidence))
    return made


def calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error: how far, on average, a tenth's confidence is from its rate."""
    return sum(one.count * abs(one.rate - one.confidence) for one in bins(judged)) / max(len(judged), 1)


def sure_and_wrong(judged: Sequence[Judged]) -> list[Judged]:
    """The worst there is: a wrong cause, named without reserve."""
    return [one for one in judged if not one.right and one.confidence >= SURE]


def sure_of_right(judged: Sequence[Judged]) -> Rate:
    """How many of the right verdicts are given without reserve."""
    right = [one for one in judged if one.right]
    return Rate(sum(one.confidence >= SURE for one in right), len(right))
