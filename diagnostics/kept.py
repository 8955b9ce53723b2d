"""What is dear to make and kept in this process, the newest few."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """The newest `most` values by key, for any thread. The key holds everything that the value is made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Hashable, V] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        """What is kept, else None."""
        return self._values.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Keep it, in place of the oldest one where there are too many; returns it."""
        with self._lock:
            self._values.pop(key, None)
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[key] = value
        return value
