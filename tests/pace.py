"""Bounds of work that hold on any machine: counted in paces, one of which is a fixed piece of work measured here and now.

A bound in seconds says as much of the machine as of the work. A pace is what any text of ours goes through (patterns, splitting,
tables, joining); the machine that is slow, or shared with others, takes longer for it too, so the quotient stays. The bounds are
set where the work that is right takes a fifth at most, and the square or the power that they guard against many times as much.
"""

from __future__ import annotations

import gc
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

_WORDS = re.compile(r"([a-z_]+)[-:=]\s?(\w+)")
_TEXT = "INFO request_id=4f1c9a key: value proxy-host none, retrying in 2 s\n" * 32
_TRIES = 7  # an odd number: the one in the middle is neither what was disturbed nor what was lucky


@contextmanager
def within(most: float) -> Iterator[None]:
    """Hold what is done inside to ``most`` paces of this process's processor time; one is about a millisecond on a quiet machine.

    Waiting is free: what must not wait is held by a bound on the clock, or by the order of events. All threads of the process count.
    Garbage is collected before or after: a collection walks through all that earlier tests left in the process, whosever turn it is.
    """
    before = seconds()
    collecting = gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        yield
        took = time.process_time() - began
    finally:
        if collecting:
            gc.enable()
    if took > most * before:  # the machine may have become slower meanwhile
        pace = max(before, seconds())
        assert took <= most * pace, (
            f"{took / pace:.0f} paces, not {most:.0f}: {took:.2f} s, {pace * 1000:.2f} ms a pace"
        )


def seconds() -> float:
    """What a pace takes at this moment, in seconds of processor time."""
    return statistics.median(_one() for _ in range(_TRIES))


def _one() -> float:
    began = time.process_time()
    for _ in range(9):
        counts: dict[str, int] = {}
        for line in _TEXT.split("\n"):
            for found in _WORDS.finditer(line):
                name, value = found.groups()
                counts[name] = counts.get(name, 0) + len(value)
        " ".join(f"{name}={count}" for name, count in sorted(counts.items())).encode()
    return time.process_time() - began
