"""Browsers that somebody has signed in with before. They are throttled by themselves, so that whoever tries passwords for an
account elsewhere cannot keep its person out (OWASP calls it a device cookie).

The cookie opens nothing: a random name for the browser, and a keyed digest of that and the address.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

NAME = "__Host-device" if settings.HTTPS else "device"
_YEAR = 365 * 86400


def remember(response: HttpResponse, email: str) -> None:
    """This browser is known to belong to the person of `email`, who has just signed in."""
    name = secrets.token_urlsafe(12)
    response.set_cookie(
        NAME, f"{name}.{_digest(name, email)}", _YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def known(request: HttpRequest, email: str) -> str:
    """The browser's name, if `email` has signed in with it; else empty."""
    name, _, digest = request.COOKIES.get(NAME, "").partition(".")
    return name if name and constant_time_compare(digest, _digest(name, email)) else ""


def _digest(name: str, email: str) -> str:
    return salted_hmac("diagnostics.device", f"{name}:{email.lower()}", algorithm="sha256").hexdigest()
