"""A cache that is away: limits let everybody pass, people get in, and health says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from diagnostics.models import User
from troubleshooter.caching import ForgivingRedisCache

AWAY = {"BACKEND": "troubleshooter.caching.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1"}


@pytest.fixture
def away(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": AWAY, "strict": AWAY | {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    ForgivingRedisCache._away_until = 0.0
    yield
    ForgivingRedisCache._away_until = 0.0


def test_it_answers_as_an_empty_one(away: None) -> None:
    cache = caches["default"]
    cache.set("a", 1)
    assert cache.get("a") is None
    assert cache.get("a", "b") == "b"
    assert cache.add("a", 1) is True
    assert cache.delete("a") is False
    with pytest.raises(ValueError, match="away"):
        cache.incr("a")
    with pytest.raises(Exception, match="Connection refused"):
        caches["strict"].get("a")


def test_it_is_not_asked_again_at_once(away: None, monkeypatch: pytest.MonkeyPatch) -> None:
    caches["default"].get("a")
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *_, **__: pytest.fail("asked again"))
    assert caches["default"].get("a") is None
    ForgivingRedisCache._away_until = time.monotonic() - 1
    with pytest.raises(pytest.fail.Exception):
        caches["default"].get("a")


def test_people_get_in_and_are_refused_as_always(away: None, client: Client, owner: User) -> None:
    owner.set_password("a long enough pass phrase")
    owner.save()
    wrong = client.post("/sign-in/", {"login": owner.email, "password": "wrong"})
    assert (wrong.status_code, b"do not go together" in wrong.content) == (422, True)
    right = client.post("/sign-in/", {"login": owner.email, "password": "a long enough pass phrase"})
    assert right.status_code == 302
    assert client.post("/password/forgotten/", {"email": owner.email}).status_code == 302
