"""What every benchmark prints: a figure, beside it the goal, and what it was measured against."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number. ``goal`` is the most it should be; None: told for comparison only."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """How it stands to its goal, in words."""
        if self.goal is None:
            return ""
        return f"{'within' if self.value <= self.goal else 'ABOVE '} {_number(self.goal)}"


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table. A figure above its goal is told, never an error: a busy machine must not break a build."""
    print(f"\n{title}")
    for one in figures:
        print(f"  {one.name:<58}{_number(one.value):>8} {one.unit:<7}{one.verdict:<14}{one.note}".rstrip(), flush=True)


def _number(value: float) -> str:
    return (
        f"{value:.0f}"
        if abs(value) >= 100 or value == int(value)
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )


def median(values: Sequence[float]) -> float:
    """The middle one: a neighbour's burst of work moves it least."""
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def cpu_ms(work: Callable[[], object], times: int = 10) -> float:
    """CPU of this thread for one call, in ms."""
    began = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - began) / times * 1000


def cpu_beside(work: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """CPU of ``work`` in ms, and its ratio to that of ``floor``: they take turns, so what slows one slows the other."""
    rounds = [(cpu_ms(work), cpu_ms(floor)) for _ in range(7)]
    return min(cost for cost, _ in rounds), median([cost / beside for cost, beside in rounds])
