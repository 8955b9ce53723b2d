"""Waiting without being held: what hangs is left behind, what breaks comes through."""

from __future__ import annotations

import time

import pytest

from diagnostics.engine.waiting import OutOfTime, Patience, Stopped, within
from tests.engine.conftest import Hang


def test_what_ends_gives_its_value_and_what_breaks_its_error() -> None:
    assert within(2, lambda: 42) == 42
    assert within(2, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(2, lambda: 1 / 0)


def test_what_hangs_is_left_behind(hang: Hang) -> None:
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        within(0.2, hang)
    assert time.monotonic() - began < 20


def test_somebody_may_ask_for_the_end_and_look_meanwhile(hang: Hang) -> None:
    looked: list[float] = []
    with pytest.raises(Stopped):
        within(60, hang, lambda: len(looked) == 3, lambda: looked.append(time.monotonic()))
    assert len(looked) == 3
    assert looked[-1] - looked[0] > 0.15  # ten times a second


def test_many_things_that_hang_cost_their_patience_once(hang: Hang) -> None:
    patience = Patience(0.4, each=0.3, least=0.02)
    began = time.monotonic()
    assert [patience.wait(hang, None) for _ in range(100)] == [None] * 100
    assert time.monotonic() - began < 20  # each for itself they take 30


def test_what_answers_at_once_is_heard_when_patience_is_over() -> None:
    patience = Patience(0.0, each=5.0, least=10.0)
    assert patience.wait(lambda: 42, 0) == 42
