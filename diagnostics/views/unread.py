"""The pages of requests that no page takes: of what could not be read, and of addresses where there is nothing."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_TOO_LARGE = "This is larger than anything that this page takes"
_UNREADABLE = "What your browser sent could not be read"


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Too much of it, nothing that a form sends, or a name that this server does not answer for."""
    if not hasattr(request, "user"):  # refused before anybody asked who it is
        request.user = AnonymousUser()
    too_large = isinstance(exception, RequestDataTooBig)
    context = {"title": _TOO_LARGE if too_large else _UNREADABLE, "too_large": too_large}
    return render(request, "400.html", context, status=413 if too_large else 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is nothing here. Django's own view looks for a form's token first, and fails over a body that no page would take."""
    return render(request, "404.html", status=404)
