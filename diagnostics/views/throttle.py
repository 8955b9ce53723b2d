"""Slows down guessing of passwords: by account and by address, so neither one nor the other can be hammered."""

from __future__ import annotations

import hashlib

import structlog
from django.core.cache import cache
from django.http import HttpRequest

from troubleshooter.addresses import address_of

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 900
MOST_PER_ACCOUNT = 10
MOST_PER_ADDRESS = 50


def wait_seconds(request: HttpRequest, email: str) -> int:
    """Seconds to wait before the next try is looked at; 0 when it may go on, also while the cache is away."""
    account, address = _keys(request, email)
    try:
        tries = cache.get_many((account, address))
    except Exception as problem:  # noqa: BLE001  each cache has errors of its own; people must still get in
        log.warning("the cache is away, sign-ins are not counted", problem=type(problem).__name__)
        return 0
    over = tries.get(account, 0) >= MOST_PER_ACCOUNT or tries.get(address, 0) >= MOST_PER_ADDRESS
    return WINDOW_SECONDS if over else 0


def count_failure(request: HttpRequest, email: str) -> None:
    """Remember a wrong password."""
    for key in _keys(request, email):
        try:
            cache.add(key, 0, timeout=WINDOW_SECONDS)
            cache.incr(key)
        except ValueError:  # the window closed between the two calls
            pass
        except Exception as problem:  # noqa: BLE001
            log.warning("the cache is away, sign-ins are not counted", problem=type(problem).__name__)


def forget(request: HttpRequest, email: str) -> None:
    """A right password clears the account's count, not the address': others may sit behind it."""
    try:
        cache.delete(_keys(request, email)[0])
    except Exception as problem:  # noqa: BLE001
        log.warning("the cache is away, sign-ins are not counted", problem=type(problem).__name__)


def _keys(request: HttpRequest, email: str) -> tuple[str, str]:
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return f"sign-in:account:{account}", f"sign-in:address:{address_of(request)}"
