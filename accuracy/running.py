"""Many runs at once: they mostly wait, so each process keeps a bounded number of them under way."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from accuracy.mutants import Mutant, mutant
from accuracy.score import Judged
from diagnostics.engine.records import Report
from tests.scenarios.networks import NETWORKS
from tests.scenarios.networks.diagnosing import diagnosed

PROCESSES = 2
AT_ONCE = 16
"""Runs under way in a process: more would make each other late, and a run that is late sees faults that are not there."""

TRIES = 3
"""A run in which this machine stood still is made again, so often in all."""

_TICK, _STANDSTILL = 0.05, 0.6  # seconds


@dataclass(frozen=True)
class Job:
    """One run: the network by its place in NETWORKS, and the mutant's number; 0 is the network as declared."""

    place: int
    number: int


async def look(job: Job) -> tuple[Judged, Report]:
    """One run and its report."""
    broken = NETWORKS[job.place]
    made = mutant(broken, job.number) if job.number else Mutant(broken, 0, ())
    report = await diagnosed(made.network)
    verdict = report.verdict
    outcome = Judged(
        name=f"{broken.cause}: {broken.name}",
        number=job.number,
        cause=broken.cause,
        verdict=verdict.cause,
        confidence=verdict.confidence,
        ranked=tuple((one.cause, one.confidence) for one in verdict.ranked),
        findings=tuple(one.code for one in report.findings),
        changes=made.changes,
        failed=tuple((one.probe, one.reason or "") for one in report.attempts if one.status == "failed"),
    )
    return outcome, report


def outcomes(jobs: Sequence[Job]) -> Iterator[Judged]:
    """Every job's outcome, as they come, from ``PROCESSES`` processes."""
    shares = [jobs[start::PROCESSES] for start in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for done in pool.map(_share, shares):
            yield from done


def _share(jobs: Sequence[Job]) -> list[Judged]:
    return asyncio.run(all_of(jobs))


async def all_of(jobs: Sequence[Job]) -> list[Judged]:
    """Every job's outcome, in order, a bounded number at once."""
    free = asyncio.Semaphore(AT_ONCE)
    stood = _Standstills()
    watching = asyncio.ensure_future(stood.watch())

    async def one(job: Job) -> Judged:
        async with free:
            for _ in range(TRIES):
                began = time.monotonic()
                judged = (await look(job))[0]
                if not stood.since(began):
                    break
            return judged

    try:
        return list(await asyncio.gather(*map(one, jobs)))
    finally:
        watching.cancel()


class _Standstills:
    """When this machine last stood still for long: what a run sees of a network then is its own."""

    def __init__(self) -> None:
        self._last = 0.0

    def since(self, moment: float) -> bool:
        """Whether it did after ``moment`` (monotonic)."""
        return self._last >= moment

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(_TICK)
            if time.monotonic() - before - _TICK > _STANDSTILL:
                self._last = time.monotonic()
