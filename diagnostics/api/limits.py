"""How much and how often: looked at before a body is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse

from diagnostics.services.uploads import LARGEST
from troubleshooter.addresses import address_of

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
MOST_PER_ADDRESS = 60
_ENVELOPE = 4096  # bytes around a report in a body


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse bodies that are too large, and addresses that send too often."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > LARGEST + _ENVELOPE:
            return JsonResponse({"detail": "This is over 1 MB, which no run of the probe writes."}, status=413)
        if _too_often(address_of(request)):
            sentence = f"Too many uploads from this address. Wait {WINDOW_SECONDS} seconds and send it again."
            return JsonResponse({"detail": sentence}, status=429, headers={"Retry-After": str(WINDOW_SECONDS)})
        return view(request, *args, **kwargs)

    return checked


def _too_often(address: str) -> bool:
    """Counted in the cache; where that is away an upload is worth more than the count."""
    key = f"uploads:{address}"
    try:
        cache.add(key, 0, timeout=WINDOW_SECONDS)
        return bool(cache.incr(key) > MOST_PER_ADDRESS)
    except ValueError:  # the window closed between the two calls
        return False
    except Exception as problem:  # noqa: BLE001  each cache has errors of its own
        log.warning("the cache is away, uploads are not counted", problem=type(problem).__name__)
        return False
