"""``make accuracy``: diagnose every scenario and its mutants, print how often that is right, and write it down."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from accuracy import running, table, told
from accuracy.mutants import EACH
from accuracy.score import (
    SURE,
    Judged,
    bins,
    calibration_error,
    confusion,
    faulty,
    named,
    rate,
    sure_and_wrong,
    sure_of_right,
)
from diagnostics.engine import report
from diagnostics.engine.vocabulary import CAUSES
from tests.scenarios.networks import NETWORKS
from tests.scenarios.scenario import judged, scenarios


def main() -> int:
    """Measure, print, and write; with ``--show`` only one run, its whole report."""
    asked = _options()
    if asked.told is not None:
        _print([], list(told.read(asked.told)), [])
        return 0
    places = [place for place, one in enumerate(NETWORKS) if not asked.only or _fits(one.cause, one.name, asked.only)]
    if asked.show is not None:
        for place in places:
            outcome, made = asyncio.run(running.look(running.Job(place, asked.show)))
            print(report.dumps(made).decode())
            _miss(outcome)
        return 0
    began = time.monotonic()
    jobs = [running.Job(place, number) for number in range(asked.mutants + 1) for place in places]
    found = list(running.outcomes(jobs))
    facts = [] if asked.only else list(_from_facts())
    whole = [one for one in found if one.number == 0]
    mutants = [one for one in found if one.number]
    _print(whole, facts, mutants)
    print(f"\n{len(found)} runs in {time.monotonic() - began:.0f} s.")
    if not asked.only and not asked.dry:
        table.write([*whole, *facts], mutants)
        print(f"Written to {table.FILE.relative_to(table.FILE.parents[2])}.")
    return 0 if all(one.right for one in (*whole, *facts)) and rate(mutants).share >= 0.98 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m accuracy", description=main.__doc__)
    parser.add_argument("--mutants", type=int, default=EACH, help=f"mutants of each scenario (default {EACH})")
    parser.add_argument("--only", nargs="*", default=(), help="causes or parts of scenarios' names")
    parser.add_argument(
        "--show", type=int, metavar="NUMBER", help="run this mutant alone (0: as declared), print its report"
    )
    parser.add_argument(
        "--told", type=Path, metavar="FILE", help="judge only the reports of this JSONL of `manage.py judged_runs`"
    )
    parser.add_argument("--dry", action="store_true", help="write nothing")
    return parser.parse_args()


def _fits(cause: str, name: str, wanted: Sequence[str]) -> bool:
    return any(one == cause or one in f"{cause}: {name}" for one in wanted)


def _from_facts() -> list[Judged]:
    """The scenarios that no loopback can produce: from facts alone."""
    made = []
    for one in scenarios():
        verdict = judged(one.facts).verdict
        ranked = tuple((each.cause, each.confidence) for each in verdict.ranked)
        made.append(Judged(one.name, 0, one.cause, verdict.cause, verdict.confidence, ranked))
    return made


def _print(whole: Sequence[Judged], facts: Sequence[Judged], mutants: Sequence[Judged]) -> None:
    every = [*whole, *facts, *mutants]
    print(f"scenarios on real sockets  {rate(whole)}\nscenarios from facts       {rate(facts)}")
    print(f"mutants on real sockets    {rate(mutants)}")
    print(f"\nwrong at {SURE} and more      {len(sure_and_wrong(every)):5}")
    print(f"right at {SURE} and more      {sure_of_right(mutants)}")
    print(f"calibration error          {calibration_error(mutants):8.3f}\n")
    print("confidence    verdicts    right   promised")
    for tenth in bins(mutants):
        shown = f"{tenth.least:.1f} to {tenth.least + 0.1:.1f}"
        print(f"{shown}   {tenth.count:8}   {tenth.rate:6.3f}   {tenth.confidence:8.3f}")
    print(f"\n{'cause':<26}{'scenarios':>14}{'mutants':>24}{'when named':>24}")
    for cause in CAUSES:
        if any(one.cause == cause for one in every):
            scenario, mutant, said = faulty([*whole, *facts], cause), faulty(mutants, cause), named(mutants, cause)
            print(f"{cause:<26}{scenario.right:6} of {scenario.count:<4} {mutant!s:>24}{said!s:>24}")
    taken = confusion(every)
    print("\ntaken for another: " + ("none" if not taken else ""))
    for truth, verdict, count in taken:
        print(f"  {truth:<26} for {verdict:<26}{count:5}")
    for one in every:
        if not one.right:
            _miss(one)


def _miss(one: Judged) -> None:
    print(
        f"\n{one.name} / {one.number}: {one.verdict} at {one.confidence}, changed by {', '.join(one.changes) or 'nothing'}"
    )
    print(f"  ranked {', '.join(f'{cause} {confidence}' for cause, confidence in one.ranked)}")
    print(f"  findings {' '.join(one.findings)}")
    print(f"  failed {', '.join(f'{probe}: {reason}' for probe, reason in one.failed)}")


if __name__ == "__main__":
    raise SystemExit(main())
