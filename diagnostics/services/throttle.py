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
        return self._counted(who, count) <= self.most

    def _counted(self, who: str, count: int) -> int:
        key = self._key(who)
        try:
            cache.add(key, 0, timeout=self.seconds)
            return int(cache.incr(key, count))
        except ValueError:  # the window closed between the two calls
            return 0
        except Exception as problem:  # noqa: BLE001
            return self._away(problem)

    def _key(self, who: str) -> str:
        return f"{self.name}:{who}"

    def _away(self, problem: Exception) -> int:
        log.warning("the cache is away, nothing is counted", limit=self.name, problem=type(problem).__name__)
        return 0
