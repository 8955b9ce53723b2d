"""What the views share about requests: the type, who may come in, and answers that a browser has already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from diagnostics import selectors
from diagnostics.models import User

Rest = ParamSpec("Rest")
TEAM = "team"
"""The session's key of the team that its person looks at."""


_SIGNED_OUT = (
    "You were signed out meanwhile, so what you sent was not saved. Sign in and send it again: "
    "what you wrote is often still there when you go back in your browser."
)


class HtmxHttpRequest(HttpRequest):
    """A request as the middleware leaves it."""

    htmx: HtmxDetails


class SignedInRequest(HtmxHttpRequest):
    """A request of somebody who has signed in."""

    user: User


Asked = TypeVar("Asked", bound=HtmxHttpRequest)


def signed_in(
    view: Callable[Concatenate[SignedInRequest, Rest], HttpResponseBase],
) -> Callable[Concatenate[HtmxHttpRequest, Rest], HttpResponseBase]:
    """Send strangers to the sign-in page and back; a fragment must not be answered with a whole page."""

    @wraps(view)
    def guarded(request: HtmxHttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(cast(SignedInRequest, request), *args, **kwargs)
        sent = request.method not in ("GET", "HEAD")
        if sent:
            messages.warning(request, _SIGNED_OUT)
        back = redirect_to_login(_page_of(request) if sent or request.htmx else request.get_full_path())
        return HttpResponseClientRedirect(back.url) if request.htmx else back

    return guarded


def _page_of(request: HtmxHttpRequest) -> str:
    """The local path of the page that a form or a fragment stood on, "/" where the browser names none of ours."""
    if request.htmx:
        return request.htmx.current_url_abs_path or "/"
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    path = urlunsplit(("", "", page.path, page.query, ""))
    ours = page.scheme in ("http", "https") and page.netloc == request.get_host()
    return path if ours and path.startswith("/") and url_has_allowed_host_and_scheme(path, None) else "/"


def polled(view: Callable[Concatenate[Asked, Rest], HttpResponse]) -> Callable[Concatenate[Asked, Rest], HttpResponse]:
    """For what an open page asks again and again: where the thing is gone, the page is loaded anew and says so."""

    @wraps(view)
    def answered(request: Asked, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            if not request.htmx:
                raise
            return HttpResponse(status=404, headers={"HX-Refresh": "true"})

    return answered


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
    """A tag for what this person sees: `parts` name the content; a new session, form token or header makes another page."""
    if "CSRF_COOKIE" not in request.META:
        get_token(request)  # a first visit makes the cookie that the next one brings
    who = (request.session.session_key, request.META["CSRF_COOKIE"], look(), _header(request))
    digest = hashlib.sha256(repr((*parts, *who)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def _header(request: HttpRequest) -> tuple[object, ...]:
    """What the header shows of whoever has signed in."""
    if not request.user.is_authenticated:
        return ()
    places = [(place.team_id, place.team.name) for place in selectors.memberships(request.user)]
    return (request.user.email, request.session.get(TEAM), places)


def has_messages(request: HttpRequest) -> bool:
    """Whether something is to be told on the next page, which then is for this person alone."""
    return bool(request.COOKIES.get("messages"))


def not_modified(request: HttpRequest, tag: str) -> HttpResponse | None:
    """The 304 when the browser has this content, else None. Pending messages are never skipped."""
    if has_messages(request):
        return None
    response = get_conditional_response(request, etag=tag)
    return response if isinstance(response, HttpResponse) else None


def tagged(response: HttpResponse, tag: str) -> HttpResponse:
    """Let the browser keep the page but ask each time."""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response
