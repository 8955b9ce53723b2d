"""What hangs: for as long as a test lasts, and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

Hang = Callable[[], None]


@pytest.fixture
def hang() -> Iterator[Hang]:
    """Waits for ever, by the measure of a test; who is left behind with it is let go when the test has ended."""
    over = threading.Event()

    def wait() -> None:
        over.wait(100)

    yield wait
    over.set()
