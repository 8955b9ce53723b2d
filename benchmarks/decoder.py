"""How long the decoder takes for a megabyte, beside one plain pass over the same text: a copy in lower case, counting one word.

The megabytes are a log with one error in it, one that is full of errors of every kind, and words that are all different.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from benchmarks.measuring import Figure, cpu_beside, show
from diagnostics.engine.decoder import decode

MEGABYTE = 1_000_000
GOAL = 300.0  # milliseconds
TEXTS = Path(__file__).resolve().parent.parent / "tests" / "texts"


def main() -> None:
    """Measure and print."""
    figures = []
    for name, text in _texts().items():
        decode(text)
        cost, ratio = cpu_beside(lambda text=text: decode(text), lambda text=text: text.lower().count("error"))  # type: ignore[misc]
        figures.append(Figure(f"CPU of 1 MB: {name}", cost, "ms", GOAL))
        figures.append(Figure("  / a pass over the same text", ratio, "x"))
    show("decoder", figures)


def _texts() -> dict[str, str]:
    chance = random.Random(1)
    rows = [
        json.loads(line)["text"] for file in sorted(TEXTS.glob("*.jsonl")) for line in file.read_text().splitlines()
    ]
    line = "2026-03-14 13:47:37,534 INFO [billing] job {:08x} picked up, 0 errors, status 200\n"
    log = "".join(line.format(chance.getrandbits(32)) for _ in range(MEGABYTE // 80))
    words = " ".join("".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(MEGABYTE // 8))
    errors = "\n".join(rows)
    return {
        "a log with one error": log[: MEGABYTE // 2]
        + "Error: getaddrinfo ENOTFOUND api.anthropic.com\n"
        + log[MEGABYTE // 2 :],
        "errors of every kind": (errors * (MEGABYTE // len(errors) + 1))[:MEGABYTE],
        "words all different": words,
    }


if __name__ == "__main__":
    main()
