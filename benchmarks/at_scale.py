"""Pages of a team with 200 environments, 100,000 runs and as many cases, beside the same pages with 20,000 of each.

`python -m benchmarks.at_scale` does so on SQLite, and on PostgreSQL where it listens; a number behind it is another number
of rows. Every run has the whole report of a real one, so the database is as large as it would be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Figure, cpu_beside, median, quantile, show
from benchmarks.pages import MOST_QUERIES, Server, set_up
from benchmarks.product import POSTGRES, pairs

ENVIRONMENTS, FEW, MANY = 200, 20_000, 100_000
TIMES = 60  # requests of each page
GROWS = 1.25  # how much slower a page may be with all the rows


@dataclass(frozen=True)
class Cost:
    """One page: ms of wall time (median, 95th percentile) and of CPU, the latter beside the floor, queries, kB as sent."""

    median: float
    p95: float
    cpu: float
    beside: float
    queries: int
    kilobytes: float


def main(argv: list[str]) -> None:
    """Each database in a process of its own, since settings are read once."""
    rows = [one for one in argv if one.isdecimal()] or [str(MANY)]
    if argv and not argv[0].isdecimal():
        _measure_on(argv[0], int(rows[0]))
        return
    for database in ("sqlite", "postgres")[: len(pairs())]:
        subprocess.run([sys.executable, "-m", "benchmarks.at_scale", database, *rows], check=True)


def _measure_on(database: str, rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="troubleshooter-benchmark-", dir=os.environ.get("TMPDIR")) as scratch:
        set_up(Path(scratch), POSTGRES if database == "postgres" else None)
        from django.db import connection
        from django.test.runner import DiscoverRunner

        name = f"troubleshooter_benchmark_{os.getpid()}"
        connection.settings_dict["TEST"]["NAME"] = str(Path(scratch) / name) if database == "sqlite" else name
        runner = DiscoverRunner(verbosity=0, interactive=False)
        databases = runner.setup_databases()
        try:
            _compare(database, rows)
        finally:
            runner.teardown_databases(databases)


def _compare(database: str, rows: int) -> None:
    from benchmarks.crowd import Crowd
    from benchmarks.team import furnish

    place = furnish(ENVIRONMENTS, 40)
    crowd = Crowd(place)
    server = Server(place.cookies, place.floor)
    began = time.monotonic()
    crowd.grow(FEW)
    few = {name: _cost(server, address, place.floor) for name, address in crowd.pages().items()}
    crowd.grow(rows)
    many = {name: _cost(server, address, place.floor) for name, address in crowd.pages().items()}
    print(f"\n== {database}: {rows} runs and cases, filled in {time.monotonic() - began:.0f} s")
    floor = _cost(server, place.floor, place.floor)
    show("The floor, a view with one query", [Figure("wall time", floor.median, "ms", note=f"p95 {floor.p95:.1f}")])
    show(
        "Wall time: median",
        [Figure(n, c.median, "ms", note=f"p95 {c.p95:.1f}, CPU {c.cpu:.1f}") for n, c in many.items()],
    )
    # filling takes minutes, in which a busy machine becomes another one: the floor at each end tells what the rows did
    show(
        f"CPU over the floor, beside {FEW} rows",
        [Figure(n, c.beside / few[n].beside, "x", GROWS, _over(few[n], c)) for n, c in many.items()],
    )
    show("Queries", [Figure(n, c.queries, "", MOST_QUERIES, _grown(few[n], c)) for n, c in many.items()])
    show("Bytes", [Figure(n, c.kilobytes, "kB") for n, c in many.items()])


def _grown(few: Cost, many: Cost) -> str:
    return "" if few.queries == many.queries else f"GROWS: {few.queries} with {FEW} rows"


def _over(few: Cost, many: Cost) -> str:
    return f"{few.beside:.1f} and {many.beside:.1f} x the floor"


def _cost(server: Server, address: str, floor: str) -> Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        answer = server.get(address)  # templates are read, statements prepared, pages of the database in memory
    if answer.status != 200:
        raise RuntimeError(f"{address} answers {answer.status}")
    with CaptureQueriesContext(connection) as asked:
        server.get(address)
    queries = len(asked)
    walls = []
    for _ in range(TIMES):
        start = time.perf_counter()
        server.get(address)
        walls.append((time.perf_counter() - start) * 1000)
    cpu, beside = cpu_beside(lambda: server.get(address), lambda: server.get(floor))
    return Cost(median(walls), quantile(walls, 0.95), cpu, beside, queries, len(answer.body) / 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
