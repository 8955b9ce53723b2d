"""What the views share about requests: the type, who may come in, and answers that a browser has already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from diagnostics.models import User

Rest = ParamSpec("Rest")


class HtmxHttpRequest(HttpRequest):
    """A request as the middleware leaves it."""

    htmx: HtmxDetails


class SignedInRequest(HtmxHttpRequest):
    """A request of somebody who has signed in."""

    user: User


def signed_in(
    view: Callable[Concatenate[SignedInRequest, Rest], HttpResponseBase],
) -> Callable[Concatenate[HtmxHttpRequest, Rest], HttpResponseBase]:
    """Send strangers to the sign-in page and back; a fragment must not be answered with a whole page."""

    @wraps(view)
    def guarded(request: HtmxHttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(cast(SignedInRequest, request), *args, **kwargs)
        if request.htmx:
            back = redirect_to_login(request.htmx.current_url_abs_path or "/")
            return HttpResponseClientRedirect(back.url)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")

    return guarded


def moved(request: HtmxHttpRequest, name: str, *args: object) -> HttpResponse:
    """To another page, also for a form that htmx sent: it would put the answer into the form's place."""
    to = reverse(name, args=args)
    return HttpResponseClientRedirect(to) if request.htmx else redirect(to)


@cache
def look() -> float:
    """When the templates last changed: after an upgrade a browser must not keep the old page."""
    folders = [Path(str(folder)) for folder in settings.TEMPLATES[0]["DIRS"]]
    return max((file.stat().st_mtime for folder in folders for file in folder.rglob("*.html")), default=0.0)


def etag(request: HttpRequest, *parts: object) -> str:
    """A tag for what this person sees: `parts` name the content; a new session or form token makes another page."""
    get_token(request)  # a first visit makes the cookie that the next one brings
    who = (request.session.session_key, request.META.get("CSRF_COOKIE"), look())
    digest = hashlib.sha256(repr((*parts, *who)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def not_modified(request: HttpRequest, tag: str) -> HttpResponse | None:
    """The 304 when the browser has this content, else None. Pending messages are never skipped."""
    if request.COOKIES.get("messages"):
        return None
    response = get_conditional_response(request, etag=tag)
    return response if isinstance(response, HttpResponse) else None


def tagged(response: HttpResponse, tag: str) -> HttpResponse:
    """Let the browser keep the page but ask each time."""
    response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response
