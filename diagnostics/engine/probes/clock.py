"""This machine's clock, against the dates of every HTTP answer that came. No time server is asked for it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Optional

from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import FactValue

AGREE = 60.0  # seconds


async def _clock(context: Context) -> Result:
    samples = list(context.shared.dates)
    if not samples:
        return Result({"clock.samples": 0}, idle="no server told the time")
    offsets = [ours - told for told, ours in samples]
    offset = agreed(offsets)
    facts: dict[str, FactValue] = {"clock.samples": len(offsets), "clock.offset_seconds": round(offset, 1)}
    if len(offsets) > 1:
        facts["clock.agreed"] = max(offsets) - min(offsets) <= AGREE
    valid = _valid_at(context, context.net.clock() - offset)
    return Result(facts if valid is None else {**facts, "tls.chain.valid_at_remote_time": valid})


def agreed(offsets: Sequence[float]) -> float:
    """What most of them say, within a minute; between as many, those nearest to this machine's own time.

    A server may have a wrong clock as well, and a middle between two that differ is nobody's time.
    """

    def with_it(offset: float) -> list[float]:
        return [other for other in offsets if abs(other - offset) <= AGREE]

    best = max(offsets, key=lambda offset: (len(with_it(offset)), -abs(offset)))
    return statistics.median(with_it(best))


def _valid_at(context: Context, moment: float) -> Optional[bool]:
    if context.shared.validity is None:
        return None
    begins, ends = context.shared.validity
    return begins <= moment <= ends


CLOCK = Probe(
    "clock", "tls", "This machine's clock", 2.0, _clock,
    after=("control.hosts", "tls.handshake", "hello.api", "hello.platform", "edge.trace", "api.models",
    "service.status"),
)  # fmt: skip
