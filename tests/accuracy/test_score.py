"""The figures, on verdicts that can be counted by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from accuracy import table
from accuracy.score import (
    Judged,
    Rate,
    bins,
    calibration_error,
    confusion,
    faulty,
    named,
    rate,
    sure_and_wrong,
    sure_of_right,
)


def _said(cause: str, verdict: str, confidence: float) -> Judged:
    return Judged("one", 1, cause, verdict, confidence)


FOUR = (
    _said("dns_failure", "dns_failure", 0.95),
    _said("dns_failure", "no_internet", 0.95),
    _said("no_internet", "no_internet", 0.75),
    _said("no_internet", "no_internet", 1.0),
)


def test_rates_are_counted_by_fault_and_by_verdict() -> None:
    assert rate(FOUR) == Rate(3, 4)
    assert faulty(FOUR, "dns_failure") == Rate(1, 2)
    assert named(FOUR, "no_internet") == Rate(2, 3)
    assert rate(()).share == 0.0


def test_the_confusion_holds_what_was_taken_for_something_else() -> None:
    assert confusion(FOUR) == [("dns_failure", "no_internet", 1)]


def test_confidence_is_held_against_the_rate_in_tenths() -> None:
    low, high = bins(FOUR)
    assert (low.least, low.count, low.right, low.confidence) == (0.7, 1, 1, 0.75)
    assert (high.least, high.count, high.right) == (0.9, 3, 2)
    assert high.confidence == pytest.approx(0.9667, abs=1e-4)
    assert calibration_error(FOUR) == pytest.approx((0.25 + 3 * 0.3) / 4)


def test_what_was_said_without_reserve_is_counted_apart() -> None:
    assert sure_and_wrong(FOUR) == [FOUR[1]]
    assert sure_of_right(FOUR) == Rate(2, 3)


def test_the_table_reads_back_as_it_was_measured(tmp_path: Path) -> None:
    file = tmp_path / "accuracy.toml"
    table.write(FOUR[:1], FOUR, file)
    read = tomllib.loads(file.read_text())
    assert read["overall"]["mutants"] == {"right": 3, "count": 4}
    assert read["overall"]["sure_and_wrong"] == 1
    assert read["causes"]["no_internet"]["named"] == {"right": 2, "count": 3}
    assert [one["least"] for one in read["bins"]] == [0.7, 0.9]
    assert set(read["made"]) == {"on", "engine", "knowledge"}
