"""The floor of a run's wall time: probes that need one another can only follow each other; all else can go side by side."""

from __future__ import annotations

from collections.abc import Mapping

from diagnostics.engine.probes import PROBES
from diagnostics.engine.records import Environment


def slowest_chain(seconds: Mapping[str, float], environment: Environment, opened: frozenset[str]) -> float:
    """Seconds of the slowest chain of dependent probes.

    ``seconds`` of each probe that ended; ``opened`` are those that opened the way. Of alternatives the one that opens
    first counts, as in the runner; what a probe only comes ``after`` counts in full.
    """
    ends: dict[str, float] = {}

    def end(name: str) -> float:
        if name not in ends:
            probe = known[name]
            starts = [0.0, *(end(one) for one in probe.after if one in seconds)]
            for group in probe.needed(environment):
                there = [one for one in group if one in seconds]
                ready = [end(one) for one in there if one in opened]
                starts.append(min(ready) if ready else max(map(end, there), default=0.0))
            ends[name] = max(starts) + seconds[name]
        return ends[name]

    known = {probe.name: probe for probe in PROBES}
    return max(end(name) for name in seconds)
