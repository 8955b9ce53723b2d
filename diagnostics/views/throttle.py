"""Slows down guessing of passwords: by account and by address, so neither one nor the other can be hammered."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS = 900
MOST_PER_ACCOUNT = 10
MOST_PER_ADDRESS = 50


def wait_seconds(request: HttpRequest, email: str) -> int:
    """Seconds to wait before the next try is looked at; 0 when it may go on."""
    tries = cache.get_many(_keys(request, email))
    account, address = _keys(request, email)
    over = tries.get(account, 0) >= MOST_PER_ACCOUNT or tries.get(address, 0) >= MOST_PER_ADDRESS
    return WINDOW_SECONDS if over else 0


def count_failure(request: HttpRequest, email: str) -> None:
    """Remember a wrong password."""
    for key in _keys(request, email):
        cache.add(key, 0, timeout=WINDOW_SECONDS)
        try:
            cache.incr(key)
        except ValueError:  # it ran out between the two calls
            cache.set(key, 1, timeout=WINDOW_SECONDS)


def forget(request: HttpRequest, email: str) -> None:
    """A right password clears the account's count, not the address': others may sit behind it."""
    cache.delete(_keys(request, email)[0])


def _keys(request: HttpRequest, email: str) -> tuple[str, str]:
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return f"sign-in:account:{account}", f"sign-in:address:{request.META.get('REMOTE_ADDR', '')}"
