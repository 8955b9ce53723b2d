"""The measure of work: what takes too much is told, on a slow machine as on a fast one."""

from __future__ import annotations

import gc
import time

import pytest

from tests import pace


def _square(size: int) -> int:
    return sum(one != other for one in range(size) for other in range(size))


def test_a_square_is_told() -> None:
    with pytest.raises(AssertionError, match="paces, not 10"), pace.within(10):
        _square(2000)


def test_waiting_costs_nothing_and_collections_come_later() -> None:
    with pace.within(20):
        assert not gc.isenabled()
        time.sleep(0.1)
    assert gc.isenabled()


def test_a_machine_that_became_slower_meanwhile_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = iter([0.001, 1.0])
    monkeypatch.setattr(pace, "seconds", lambda: next(measured))
    with pace.within(1):
        _square(400)


def test_what_failed_inside_is_not_measured() -> None:
    with pytest.raises(ZeroDivisionError), pace.within(0):
        _square(1000 // 0)
    assert gc.isenabled()
