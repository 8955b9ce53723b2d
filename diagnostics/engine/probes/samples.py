"""The same small connection again and again: a line that loses packets answers some of them late, or not at all.

One connection that works proves little on such a line, since TCP sends again what was lost. What is lost is seen from
how late the first answer comes, and, where the system tells, from how many packets it had to send again.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

from diagnostics.engine.net.failures import Failure
from diagnostics.engine.probes.base import TUNNEL, Context, Probe, Result
from diagnostics.engine.probes.dns import no_target
from diagnostics.engine.probes.tcp import PATH
from diagnostics.engine.records import FactValue

ROUNDS = (8, 16, 24)
"""Connections a round. A second and a third one are made only where the ones before leave it open how many get lost."""

LIMIT = 5.0  # seconds that one connection has
_APART = 0.03
_LATE = 0.9  # a lost first packet costs a second on every system (RFC 6298 2.1)
_VERY_LATE = 2.5  # whatever the system says of its packets: the far end, or a queue on the way, keeps it waiting
_SPURIOUS = 0.8  # a line slower than that makes the system send again what was not lost
_BUSY = 0.2  # a machine that keeps this process waiting so long keeps its own packets waiting, and sends them twice
_FEW, _MANY = 0.15, 0.85  # shares of lost ones that need no further round
_TICK = 0.05
_GRAIN = 0.03  # how late a wait ends on a calm machine: the clock of Windows has 64 ticks a second
_STANDSTILL = 0.5  # what a machine that stood still for so long saw may have come that much sooner
_HEAD_START = 0.25  # RFC 8305 5
_CUT = ("_reset", "_refused", "_closed", "_prohibited")


@dataclass(frozen=True)
class Sample:
    """One connection: seconds to the first byte of its answer, None without one; packets sent again; why it failed.

    ``pause``: seconds that this process was kept from running meanwhile, the longest at a stretch; ``paused``: in all.
    """

    seconds: Optional[float] = None
    again: Optional[int] = None
    word: str = ""
    pause: float = 0.0
    paused: float = 0.0

    @property
    def is_connected(self) -> bool:
        """A connection came about, whether or not anything was answered over it."""
        return not self.word.startswith(("connect_", "host_", "network_", "address_"))

    @property
    def is_cut(self) -> bool:
        """Somebody ended it: a line that loses packets is silent."""
        return self.word.endswith(_CUT)


async def _samples(context: Context) -> Result:
    if not _is_worth_it(context):
        return Result(idle="there is nothing that could answer now and then")
    if context.shared.trying:
        await asyncio.sleep(_HEAD_START)  # the first of two kinds of address is a moment late, and the one that counts
    taken: list[Sample] = []
    pauses = _Pauses()
    watching = asyncio.ensure_future(pauses.watch())
    try:
        for number in ROUNDS:
            taken += await asyncio.gather(*(_one(context, place * _APART, pauses) for place in range(number)))
            facts = facts_of(taken)
            context.keep(facts)
            if not _is_open(facts) and (_calm(taken) or not facts["tcp.samples.answered"]):
                break
    finally:
        watching.cancel()
    context.tell("samples", ", ".join(_shown(sample) for sample in taken))
    return Result(facts)


def _is_worth_it(context: Context) -> bool:
    """A connection came about, or was waited for in vain: a refusal is the same each time."""
    facts = context.facts
    if context.environment.proxy is None:
        return facts.get("tcp.connected") is True or facts.get("tcp.failure") == "connect_timeout"
    if facts.get("proxy.tcp.connected") is not True:
        return facts.get("proxy.tcp.failure") == "connect_timeout"
    tunnel = str(facts.get("proxy.connect.failure", "_timeout"))
    return facts.get("proxy.connect.status", 200) == 200 and tunnel.endswith("_timeout")


async def _one(context: Context, wait: float, pauses: _Pauses) -> Sample:
    from diagnostics.engine.net.greeting import greet

    await asyncio.sleep(wait)
    began = time.monotonic()
    # A second address would hide what the first one loses.
    route = replace(context.route(), addresses=context.addresses(known=True)[:1])
    try:
        greeted = await greet(context.net, context.target, route, context.within(LIMIT))
    except Failure as failure:
        return Sample(word=failure.word)
    seen = pauses.since(began)
    return Sample(greeted.seconds, greeted.retransmitted, pause=max(seen), paused=sum(seen))


def facts_of(taken: Sequence[Sample]) -> dict[str, FactValue]:
    """What the samples say."""
    seconds = [sample.seconds for sample in taken if sample.seconds is not None]
    connected = sum(sample.is_connected for sample in taken)
    facts: dict[str, FactValue] = {
        "tcp.samples.total": len(taken),
        "tcp.samples.connected": connected,
        "tcp.samples.answered": len(seconds),
        "tcp.samples.failures": tuple(dict.fromkeys(sample.word for sample in taken if sample.word)),
    }
    if certain := _calm(taken) or _at_least(taken):
        facts["tcp.samples.median_seconds"] = round(statistics.median(certain), 4)
        facts["tcp.samples.slowest_seconds"] = round(max(certain), 4)
    unanswered = sum(sample.is_connected and sample.seconds is None and not sample.is_cut for sample in taken)
    facts["tcp.samples.unanswered_share"] = round(unanswered / len(taken), 3)
    cut = any(sample.is_cut for sample in taken)
    # What fails each time alike, or is cut, is stopped and not lost.
    if seconds or (0 < connected < len(taken) and not cut):
        fastest, pause = min(seconds, default=0.0), max(sample.pause for sample in taken)
        lost = sum(_is_lost(sample, fastest, pause) for sample in taken)
        facts["tcp.samples.lost"] = lost
        facts["tcp.samples.lost_share"] = round(lost / len(taken), 3)
    return facts


def _calm(taken: Sequence[Sample]) -> list[float]:
    """Seconds of the answers that came while this machine did not stand still."""
    return [sample.seconds for sample in taken if sample.seconds is not None and sample.paused < _STANDSTILL]


def _at_least(taken: Sequence[Sample]) -> list[float]:
    """Seconds of the answers that are the line's for certain, whatever this machine's own standstill took of them."""
    found = [(sample.seconds, sample.paused) for sample in taken if sample.seconds is not None]
    return [seconds - paused for seconds, paused in found if seconds > 2 * paused]


def _is_lost(sample: Sample, fastest: float, pause: float) -> bool:
    """It needed a second try at something, or got no answer at all. ``pause``: the longest that this machine made of any sample."""
    if sample.seconds is None:
        return True
    if sample.again and fastest < _SPURIOUS and pause < _BUSY:
        return True
    late = _LATE if sample.again is None else _VERY_LATE
    return sample.seconds > fastest + late + max(2 * pause, sample.paused)


def _is_open(facts: dict[str, FactValue]) -> bool:
    share, total = facts.get("tcp.samples.lost_share"), facts["tcp.samples.total"]
    if not isinstance(share, float) or share == 0:
        return False
    return total == ROUNDS[0] or _FEW < share < _MANY


def _shown(sample: Sample) -> str:
    if sample.seconds is None:
        return sample.word
    return f"{sample.seconds:.3f}" + (f" ({sample.again} again)" if sample.again else "")


class _Pauses:
    """How long this process was kept from running: what is late by that much was late here and not on the line."""

    def __init__(self) -> None:
        self._seen = [(time.monotonic(), 0.0)]  # when each wait of a tick was over, and by how much too late

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._seen.append(self._now())

    def since(self, began: float) -> list[float]:
        """The pauses that were not yet over at ``began``, in seconds; the one that ends just now counts."""
        return [late for ended, late in (*self._seen, self._now()) if ended >= began]

    def _now(self) -> tuple[float, float]:
        now = time.monotonic()
        late = now - self._seen[-1][0] - _TICK
        return now, late if late > _GRAIN else 0.0


SAMPLES = Probe(
    "tcp.samples", "tcp", "Whether the line carries every connection alike", LIMIT * len(ROUNDS) + 3, _samples,
    ways=PATH, through_proxy=TUNNEL, idle=no_target, undeterred=True,
)  # fmt: skip
