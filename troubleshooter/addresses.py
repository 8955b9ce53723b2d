"""Who asks, for counting."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a proxy its own word, which stands last: what stands before it anybody can write."""
    if settings.BEHIND_PROXY:
        return str(request.headers.get("X-Forwarded-For", "")).rpartition(",")[2].strip()[:64]
    return str(request.META.get("REMOTE_ADDR", ""))
