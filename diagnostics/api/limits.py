"""How much and how often: looked at before a body is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from diagnostics.services import decoding, uploads
from diagnostics.services.throttle import Limit
from troubleshooter.addresses import counted_as

WINDOW_SECONDS = 60
MOST_PER_ADDRESS = 60
_ENVELOPE = 4096  # bytes around a report in a body


@dataclass(frozen=True)
class Door:
    """What a call takes: bytes of a body, and how often from one address; with the sentences for who brings more.

    ``our_fault`` is told when our code breaks, where no log may repeat what the error says. Each ``heavy`` bytes count once more.
    """

    largest: int
    too_large: str
    limit: Limit
    too_often: str
    our_fault: str | None = None
    heavy: int = 10**9


UPLOADS = Door(
    uploads.LARGEST + _ENVELOPE,
    "This is over 1 MB, which no run of the probe writes.",
    Limit("uploads", MOST_PER_ADDRESS, WINDOW_SECONDS),
    f"Too many uploads from this address. Wait {WINDOW_SECONDS} seconds and send it again.",
)
TEXTS = Door(
    decoding.LARGEST_BODY, decoding.TOO_LARGE, decoding.LIMIT, decoding.TOO_OFTEN, decoding.OUR_FAULT, decoding.HEAVY
)


def guarded(door: Door) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Refuse bodies that are too large, and addresses that send too often."""

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            length = request.headers.get("Content-Length") or "0"
            if not length.isdecimal() or int(length) > door.largest:
                return JsonResponse({"detail": door.too_large}, status=413)
            if not door.limit.take(counted_as(request), 1 + int(length) // door.heavy):
                wait = {"Retry-After": str(door.limit.seconds)}
                return JsonResponse({"detail": door.too_often}, status=429, headers=wait)
            try:
                return view(request, *args, **kwargs)
            except Exception as problem:
                if door.our_fault is None:
                    raise
                decoding.tell_the_log(problem)
                return JsonResponse({"detail": door.our_fault}, status=500)

        return checked

    return guard
