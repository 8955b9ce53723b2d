"""Slows down guessing of passwords: by account and by address, so neither one nor the other can be hammered."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest

from diagnostics.services.throttle import Limit
from troubleshooter.addresses import address_of

WINDOW_SECONDS = 900
MOST_PER_ACCOUNT = 10
MOST_PER_ADDRESS = 50
_ACCOUNT = Limit("sign-in:account", MOST_PER_ACCOUNT, WINDOW_SECONDS)
_ADDRESS = Limit("sign-in:address", MOST_PER_ADDRESS, WINDOW_SECONDS)


def wait_seconds(request: HttpRequest, email: str) -> int:
    """Seconds to wait before the next try is looked at; 0 when it may go on, also while the cache is away."""
    over = _ACCOUNT.reached(_account(email)) or _ADDRESS.reached(address_of(request))
    return WINDOW_SECONDS if over else 0


def count_failure(request: HttpRequest, email: str) -> None:
    """Remember a wrong password."""
    _ACCOUNT.add(_account(email))
    _ADDRESS.add(address_of(request))


def forget(email: str) -> None:
    """A right password clears the account's count, not the address': others may sit behind it."""
    _ACCOUNT.forget(_account(email))


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
