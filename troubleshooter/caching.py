"""A cache that is away counts as an empty one: limits then let everybody pass, and nobody is locked out by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

_PAUSE = 5.0  # seconds in which a cache that did not answer is not asked again: each try may take that long


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache for what may be forgotten; `caches["strict"]` is the same one and raises."""

    _away_until = 0.0  # of the class: a web process has a connection a thread, and all of them wait for one server

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """True when it is away, so that nobody waits for a lock that cannot be taken."""
        return bool(self._tried(True, super().add, *args, **kwargs))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The default when it is away."""
        return self._tried(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Nothing when it is away."""
        self._tried(None, super().set, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """False when it is away."""
        return bool(self._tried(False, super().delete, *args, **kwargs))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """ValueError when it is away, as for a key that is not there."""
        answer = self._tried(None, super().incr, key, delta, version)
        if answer is None:
            raise ValueError("the cache is away")
        return int(answer)

    def _tried(self, instead: Any, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < ForgivingRedisCache._away_until:
            return instead
        try:
            return ask(*args, **kwargs)
        except (RedisError, OSError) as problem:
            ForgivingRedisCache._away_until = time.monotonic() + _PAUSE
            log.warning("the cache is away, limits do not count", problem=type(problem).__name__)
            return instead
