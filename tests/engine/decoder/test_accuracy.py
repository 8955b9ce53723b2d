"""The labelled texts of ``tests/texts``: the score may rise, and fails here when it drops."""

from __future__ import annotations

import pytest

from accuracy.texts import SETS, decoded, rows_of, score

FLOORS = {"examined": (0.96, 0.98), "recorded": (0.95, 0.98), "reported": (0.96, 0.98), "written": (0.97, 0.98)}
"""Set -> least share of first answers that are right, and of right ones among the first three."""


@pytest.mark.parametrize("name", FLOORS)
def test_the_score_does_not_drop(name: str) -> None:
    found = list(decoded(rows_of(SETS / f"{name}.jsonl")))
    made = score(found)
    first, three = FLOORS[name]
    assert made.first / made.texts >= first, str(made)
    assert made.in_three / made.texts >= three, str(made)
    assert made.sure_and_wrong <= max(made.texts * 0.01, 1), str(made)
    assert made.calibration_error <= 0.15, str(made)


def test_every_set_has_its_floor() -> None:
    assert {file.stem for file in SETS.glob("*.jsonl")} == set(FLOORS)
