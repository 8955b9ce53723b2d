"""Wall time of a run over its slowest chain of dependent probes, alone and through the whole product.

The network is the laboratory's, healthy and 150 ms away, in a process of its own. The floor comes from the same run:
probes that need one another can only follow each other. A second, harder floor takes each probe's time from a run
where it had the machine for itself.
"""

from __future__ import annotations

import asyncio
import json
import time

from benchmarks import far, far_practice
from benchmarks.chains import slowest_chain
from benchmarks.measuring import Figure, median, show
from benchmarks.product import moment, pairs, product
from diagnostics.engine import library
from diagnostics.engine.environment import capture
from diagnostics.engine.pipeline import diagnose
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Attempt, Report

ENGINE_RUNS, PRODUCT_RUNS = 10, 8


def main() -> None:
    """Print the figures."""
    with far.serving() as lab:
        for through_proxy, title in ((False, "directly"), (True, "through a proxy")):
            show(f"Wall time of the engine, {title}", _engine(lab, through_proxy))
        for pair in pairs():
            show(f"Wall time through web, queue, worker and storing ({pair})", _product(lab, pair))


def _engine(lab: far.Told, through_proxy: bool) -> list[Figure]:
    walls, ratios, alone = [], [], dict[str, float]()
    _timed(lab, through_proxy)  # the first builds TLS contexts and loads the knowledge
    for _ in range(ENGINE_RUNS):
        wall, report = _timed(lab, through_proxy)
        walls.append(wall)
        ratios.append(wall / _chain(report.attempts, through_proxy))
    for tried in report.attempts:
        _, single = _timed(lab, through_proxy, frozenset({tried.probe}))
        alone[tried.probe] = next(one.seconds for one in single.attempts if one.probe == tried.probe)
    floor = _chain(report.attempts, through_proxy, alone)
    return [
        Figure("run / slowest chain of the same run", median(ratios), "x", 1.15),
        Figure("run / slowest chain of probes timed alone", median(walls) / floor, "x", note="the harder floor"),
        Figure("run", median(walls) * 1000, "ms"),
    ]


def _timed(lab: far.Told, through_proxy: bool, only: frozenset[str] | None = None) -> tuple[float, Report]:
    began = time.monotonic()
    work = diagnose(far.asked(), far.machine(through_proxy), far.net_in(lab), Plan(only=only))
    report = asyncio.run(work)
    return time.monotonic() - began, report


def _chain(attempts: tuple[Attempt, ...], through_proxy: bool, seconds: dict[str, float] | None = None) -> float:
    environment = capture(far.asked(), far.machine(through_proxy), library.load())
    opened = frozenset(one.probe for one in attempts if one.status == "done")
    return slowest_chain(seconds or {one.probe: one.seconds for one in attempts}, environment, opened)


def _product(lab: far.Told, pair: str) -> list[Figure]:
    """From the click that is stored to the report that is stored, as the rows tell."""
    with product(pair, lab) as it:
        for _ in range(1 + PRODUCT_RUNS):
            it.run_to_end(it.environments[far_practice.NAME])
        rows = it.rows("SELECT queued_at, started_at, finished_at, report FROM diagnostics_run ORDER BY queued_at")
    over, ratios, waits = [], [], []
    for queued, started, finished, report in rows[1:]:
        tried = json.loads(report)["attempts"]
        attempts = tuple(Attempt(one["probe"], one["status"], seconds=one["seconds"]) for one in tried)
        chain, wall = _chain(attempts, False), moment(finished) - moment(queued)
        over.append((wall - 1.15 * chain) * 1000)
        ratios.append(wall / chain)
        waits.append((moment(started) - moment(queued)) * 1000)
    return [
        Figure("click to stored report, beyond 1.15 x slowest chain", median(over), "ms", 60),
        Figure("click to stored report / slowest chain", median(ratios), "x"),
        Figure("click until a worker has it", median(waits), "ms"),
    ]


if __name__ == "__main__":
    main()
