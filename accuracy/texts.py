"""How often the decoder is right on labelled texts: ``python -m accuracy.texts [SET...] [--misses] [--write]``.

A set is a file of lines ``{"id", "text", "label", "also", "client"}``; ``also`` are causes that print the same. Without a set those of
``tests/texts`` are taken. ``--write`` puts the tables into ``docs/decoder.md``.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnostics.engine.decoder import decode
from diagnostics.engine.vocabulary import UNKNOWN

ROOT = Path(__file__).resolve().parent.parent
SETS = ROOT / "tests" / "texts"
PAGE = ROOT / "docs" / "decoder.md"
SURE, NAMED = 0.9, 0.6
_BEGIN, _END = "<!-- made by python -m accuracy.texts --write, never by hand -->", "<!-- end -->"


@dataclass(frozen=True)
class Decoded:
    """One labelled text and what was answered."""

    name: str
    label: str
    client: str
    right: frozenset[str]
    ranked: tuple[tuple[str, float], ...]

    @property
    def first(self) -> bool:
        """The first answer is right."""
        return self.ranked[0][0] in self.right

    @property
    def in_three(self) -> bool:
        """One of the first three is."""
        return any(cause in self.right for cause, _ in self.ranked[:3])

    @property
    def sure_and_wrong(self) -> bool:
        """Wrong at 0.9 and more; or named at 0.6 and more where the text does not decide."""
        confidence = self.ranked[0][1]
        return not self.first and (confidence >= SURE or (UNKNOWN in self.right and confidence >= NAMED))


@dataclass(frozen=True)
class Score:
    """What a set came to. ``calibration_error``: how far a confidence is from the rate it promises, on average."""

    texts: int
    first: int
    in_three: int
    sure_and_wrong: int
    sure_of_right: float
    calibration_error: float

    def __str__(self) -> str:
        return (
            f"first {self.first}/{self.texts} = {self.first / self.texts:.1%}, in first three {self.in_three / self.texts:.1%}, "
            f"sure and wrong {self.sure_and_wrong}, sure when right {self.sure_of_right:.0%}, calibration error {self.calibration_error:.3f}"
        )


def decoded(rows: Iterable[dict[str, Any]]) -> Iterator[Decoded]:
    """Every text, decoded."""
    for row in rows:
        ranked = tuple((one.cause, one.confidence) for one in decode(row["text"]).ranked)
        right = frozenset({row["label"], *row.get("also", ())})
        yield Decoded(row["id"], row["label"], row.get("client", "other"), right, ranked)


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The labelled texts of a set."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def score(found: Sequence[Decoded]) -> Score:
    """Figures of one set."""
    named = [one for one in found if one.first and one.ranked[0][0] != UNKNOWN]
    return Score(
        len(found),
        sum(one.first for one in found),
        sum(one.in_three for one in found),
        sum(one.sure_and_wrong for one in found),
        sum(one.ranked[0][1] >= SURE for one in named) / max(len(named), 1),
        _calibration_error(found),
    )


def _calibration_error(found: Sequence[Decoded]) -> float:
    bins: dict[int, list[Decoded]] = defaultdict(list)
    for one in found:
        bins[min(int(one.ranked[0][1] * 10), 9)].append(one)
    gaps = (
        abs(sum(one.ranked[0][1] for one in several) - sum(one.first for one in several)) for several in bins.values()
    )
    return sum(gaps) / max(len(found), 1)


def main() -> int:
    """Measure, print, and write where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m accuracy.texts", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET")
    parser.add_argument("--misses", action="store_true", help="name every text whose first answer is wrong")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    sets = {file: list(decoded(rows_of(file))) for file in asked.sets or sorted(SETS.glob("*.jsonl"))}
    for file, found in sets.items():
        print(f"{file.stem}: {score(found)}")
        for one in found if asked.misses else ():
            if not one.first:
                print(
                    f"  {one.name}: {one.label}, answered {', '.join(f'{cause} {share:.2f}' for cause, share in one.ranked[:3])}"
                )
    if asked.write:
        write(sets)
    return 0


def write(sets: dict[Path, list[Decoded]]) -> None:
    """Put the tables between the two marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(_BEGIN)
    after = rest.partition(_END)[2]
    every = [one for found in sets.values() for one in found]
    parts = [
        _BEGIN,
        f"\nMeasured on {datetime.now(UTC).date().isoformat()}.\n",
        *_sets(sets),
        *_table("client", every, lambda one: one.client),
        *_table("cause", every, lambda one: one.label),
        _END,
    ]
    PAGE.write_text(before + "\n".join(parts) + after, encoding="utf-8")


def _sets(sets: dict[Path, list[Decoded]]) -> Iterator[str]:
    yield "| set | texts | first right | in first three | sure and wrong | sure when right | calibration error |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for file, found in sets.items():
        one = score(found)
        yield (
            f"| {file.stem} | {one.texts} | {one.first / one.texts:.1%} | {one.in_three / one.texts:.1%} | {one.sure_and_wrong} "
            f"| {one.sure_of_right:.0%} | {one.calibration_error:.3f} |"
        )
    yield ""


def _table(title: str, found: Sequence[Decoded], of: Callable[[Decoded], str]) -> Iterator[str]:
    groups: dict[str, list[Decoded]] = defaultdict(list)
    for one in found:
        groups[of(one)].append(one)
    yield f"| {title} | texts | first right | in first three | sure and wrong |"
    yield "| --- | --- | --- | --- | --- |"
    for name, several in sorted(groups.items()):
        yield (
            f"| `{name}` | {len(several)} | {sum(one.first for one in several)} | {sum(one.in_three for one in several)} "
            f"| {sum(one.sure_and_wrong for one in several)} |"
        )
    yield ""


if __name__ == "__main__":
    raise SystemExit(main())
