"""How often somebody may do something: counted in the cache, by whatever names them."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """``most`` of ``name`` in a window of ``seconds`` seconds for each who.

    While the cache is away nothing is counted and everybody may go on: people must still get in, and reports too.
    """

    name: str
    most: int
    seconds: int

    def take(self, who: str, count: int = 1) -> bool:
        """Count, and say whether that is within the limit."""
        return self.add(who, count) <= self.most

    def reached(self, who: str) -> bool:
        """Whether the next one would be one too many; counts nothing."""
        try:
            return bool(cache.get(self._key(who), 0) >= self.most)
        except Exception as problem:  # noqa: BLE001  each cache has errors of its own
            return bool(self._away(problem))

    def add(self, who: str, count: int = 1) -> int:
        """Count, and say how many that makes in this window."""
        key = self._key(who)
        try:
            cache.add(key, 0, timeout=self.seconds)
            return int(cache.incr(key, count))
        except ValueError:  # the window closed between the two calls
            return 0
        except Exception as problem:  # noqa: BLE001
            return self._away(problem)

    def forget(self, who: str) -> None:
        """Begin anew."""
        try:
            cache.delete(self._key(who))
        except Exception as problem:  # noqa: BLE001
            self._away(problem)

    def _key(self, who: str) -> str:
        return f"{self.name}:{who}"

    def _away(self, problem: Exception) -> int:
        log.warning("the cache is away, nothing is counted", limit=self.name, problem=type(problem).__name__)
        return 0
