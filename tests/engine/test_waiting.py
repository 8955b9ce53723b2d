"""Waiting without being held: what hangs is left behind, what breaks comes through."""

from __future__ import annotations

import threading
import time

import pytest

from diagnostics.engine.waiting import OutOfTime, Patience, Stopped, within


def test_what_ends_gives_its_value_and_what_breaks_its_error() -> None:
    assert within(2, lambda: 42) == 42
    assert within(2, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(2, lambda: 1 / 0)


def test_what_hangs_is_left_behind() -> None:
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        within(0.2, lambda: time.sleep(3))
    assert time.monotonic() - began < 1


def test_somebody_may_ask_for_the_end_and_look_meanwhile() -> None:
    looked: list[float] = []
    asked = threading.Event()
    threading.Timer(0.35, asked.set).start()
    with pytest.raises(Stopped):
        within(5, lambda: time.sleep(3), asked.is_set, lambda: looked.append(time.monotonic()))
    assert 1 <= len(looked) <= 5


def test_many_things_that_hang_cost_their_patience_once() -> None:
    patience = Patience(0.4, each=0.3, least=0.02)
    began = time.monotonic()
    assert [patience.wait(lambda: time.sleep(3), None) for _ in range(10)] == [None] * 10
    assert time.monotonic() - began < 1.2
    assert patience.wait(lambda: 42, 0) == 42
