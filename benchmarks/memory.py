"""Memory of every process that `make start` starts: at rest, and after the three practice runs and a look at each page.

PSS counts a page that several processes share once, in parts; RSS counts it in each of them.
"""

from __future__ import annotations

import time

from benchmarks.measuring import Figure, show
from benchmarks.product import PAIRS, Product, product

PAGES = ("/", "/environments/", "/runs/", "/cases/", "/practice/", "/team/", "/account/", "/environments/new/")
_MB = 2**20


def main() -> None:
    """Print the figures."""
    with product(PAIRS[0]) as it:
        time.sleep(3)  # the first ticks
        show("Memory at rest", _memory(it))
        for name, environment in it.environments.items():
            if name.startswith("Practice: "):
                report = it.run_to_end(environment)
                for page in (environment, report, f"{report}fix/"):
                    it.client.get(page, follow_redirects=True).raise_for_status()
        for page in PAGES:
            it.client.get(page).raise_for_status()
        show("Memory after the three practice runs and every page", _memory(it))
        for _ in range(5):
            for environment in it.environments.values():
                it.run_to_end(environment)
        show("Memory after fifteen runs more", _memory(it)[:2])


def _memory(it: Product) -> list[Figure]:
    told = {name: process.memory_full_info() for name, process in it.processes().items()}
    shared = [Figure(name, one.pss / _MB, "MB", note=f"RSS {one.rss / _MB:.0f}") for name, one in told.items()]
    return [
        Figure("all, shared pages once (PSS)", sum(one.pss for one in told.values()) / _MB, "MB", 280),
        Figure("all, shared pages each time (RSS)", sum(one.rss for one in told.values()) / _MB, "MB", 280),
        *shared,
    ]


if __name__ == "__main__":
    main()
