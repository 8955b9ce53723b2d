"""Requests that bring a text: too much and too often is told before anything is read, and nothing of it touches a disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from diagnostics.services import decoding
from diagnostics.views.http import HtmxHttpRequest, Rest, SignedInRequest
from troubleshooter.addresses import counted_as
from troubleshooter.bodies import drain

_ENVELOPE = 10_000  # bytes around a file in a form

View = Callable[Concatenate[HtmxHttpRequest, Rest], HttpResponseBase]


class _InMemory(MemoryFileUploadHandler):
    """Keeps a file in memory whatever its length; the body's has been looked at."""

    def handle_raw_input(self, *args: object, **options: object) -> None:
        self.activated = True


def takes_text(refuse: Callable[[HtmxHttpRequest, int, str], HttpResponse]) -> Callable[[View[Rest]], View[Rest]]:
    """For views that a text is posted to; ``refuse`` makes the page of a status and its sentence.

    The form's token is looked for inside: doing that reads the body.
    """

    def decorate(view: View[Rest]) -> View[Rest]:
        protected = csrf_protect(view)

        @csrf_exempt
        @sensitive_post_parameters("pasted")
        @wraps(view)
        def guarded(request: HtmxHttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if request.method == "POST":
                length = _length(request)
                if length is None or length > decoding.LARGEST_BODY:
                    drain(request)
                    return refuse(request, 413, decoding.TOO_LARGE)
                if not decoding.LIMIT.take(counted_as(request), 1 + length // decoding.HEAVY):
                    drain(request)
                    return _later(refuse(request, 429, decoding.TOO_OFTEN))
                request.upload_handlers = [_InMemory(request)]
            try:
                return protected(request, *args, **kwargs)
            except (Http404, PermissionDenied, SuspiciousOperation):
                raise
            except Exception as problem:  # noqa: BLE001  Django's log and error page would repeat what it says
                decoding.tell_the_log(problem)
                return refuse(request, 500, decoding.OUR_FAULT)

        return guarded

    return decorate


def takes_file(
    most: int, refuse: Callable[[SignedInRequest], HttpResponse]
) -> Callable[[Callable[[SignedInRequest], HttpResponse]], Callable[[SignedInRequest], HttpResponseBase]]:
    """For a form of somebody signed in that brings one file of at most `most` bytes; of more nothing is read."""

    def decorate(view: Callable[[SignedInRequest], HttpResponse]) -> Callable[[SignedInRequest], HttpResponseBase]:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def guarded(request: SignedInRequest) -> HttpResponseBase:
            if request.method == "POST":
                length = _length(request)
                if length is None or length > most + _ENVELOPE:
                    drain(request)
                    return refuse(request)
                request.upload_handlers = [_InMemory(request)]
            return protected(request)

        return guarded

    return decorate


def _length(request: HttpRequest) -> int | None:
    told = request.headers.get("Content-Length") or "0"
    return int(told) if told.isdecimal() and len(told) < 12 else None


def _later(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = str(decoding.LIMIT.seconds)
    return response
