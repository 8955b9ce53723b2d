"""A button that is pressed twice makes one thing: the second press is answered as the first one was.

A page masks its form token anew each time it is made, so the token names the page that the form stood on. The same words from the
same page within seconds are one wish; other words, or the same ones from a page that was opened anew, are another.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, TypeVar

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from diagnostics.engine.secrets import Secret
from diagnostics.models.encryption import seal, unseal
from diagnostics.views.http import Asked, Rest

Answer = TypeVar("Answer", bound=HttpResponseBase)

_KEPT = 10  # seconds after the answer in which it is given again
_LONGEST = 20  # seconds that a second press waits for the first one's answer
_STEP = 0.05
_GOING = "going"
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105  the name of the form's field


def once(
    view: Callable[Concatenate[Asked, Rest], Answer],
) -> Callable[Concatenate[Asked, Rest], Answer | HttpResponse]:
    """For a view whose POST makes something and leads on. What it refuses is asked anew each time."""

    @wraps(view)
    def guarded(request: Asked, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Answer | HttpResponse:
        wish = _wish(request) if request.method == "POST" else None
        if wish is None:
            return view(request, *args, **kwargs)
        if not cache.add(wish, _GOING, timeout=_LONGEST):
            given = _given(request, wish)
            if given is not None:
                return given
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            cache.delete(wish)
            raise
        _keep(wish, response)
        return response

    return guarded


def _wish(request: Any) -> str | None:
    """A name for what is wanted; None where no page's token came along."""
    page = request.POST.get(_TOKEN) or request.headers.get("X-CSRFToken")
    if not page:
        return None
    words = sorted((name, request.POST.getlist(name)) for name in request.POST if name != _TOKEN)
    files = sorted((name, file.name, file.size) for name, file in request.FILES.items())
    who = (request.session.session_key, request.META.get("REMOTE_ADDR", ""))
    digest = hashlib.sha256(repr((who, request.path, page, words, files)).encode("utf-8", "replace"))
    return f"once:{digest.hexdigest()}"


def _keep(wish: str, response: HttpResponseBase) -> None:
    to = response.headers.get("HX-Redirect") or response.headers.get("Location", "")
    if not to:
        cache.delete(wish)
        return
    # A cookie may hold a token that is shown once. The browser has dropped the first answer with it, so it goes along again; it
    # is sealed, since the cache may be another machine's memory.
    cookies = [(name, one.value, dict(one)) for name, one in response.cookies.items()]
    cache.set(wish, str(seal(Secret(json.dumps([to, cookies], default=str)), wish)), timeout=_KEPT)


def _given(request: Any, wish: str) -> HttpResponse | None:
    """The first press's answer, None where it made nothing or takes too long."""
    end = time.monotonic() + _LONGEST
    while (kept := cache.get(wish)) == _GOING and time.monotonic() < end:
        time.sleep(_STEP)
    if kept is None or kept == _GOING:
        return None
    to, cookies = json.loads(unseal(kept, wish).reveal())
    response: HttpResponse = HttpResponseClientRedirect(to) if request.htmx else HttpResponseRedirect(to)
    for name, value, parts in cookies:
        response.cookies[name] = value
        response.cookies[name].update({key: part for key, part in parts.items() if part})
    return response
