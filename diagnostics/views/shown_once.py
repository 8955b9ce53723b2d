"""A secret that is shown once: it travels in a cookie that goes to the one page that shows it, and that page takes the cookie away.

So the page is one that can be loaded again: that shows nothing any more, and makes nothing. Nothing here keeps the secret.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from diagnostics.models import AccessToken
from diagnostics.services import tokens

MADE = "made"  # the part of the address that names what was made
GONE = "That token was shown once, and is not kept here. If nobody copied it, revoke it and make another."
_SECONDS = 600


def shown_at(page: str, made: tokens.Made) -> HttpResponse:
    """On to ``page``, which shows the secret."""
    response = HttpResponseRedirect(f"{page}?{MADE}={made.token.pk}")
    response.set_cookie(
        _cookie(made.token),
        made.secret,
        max_age=_SECONDS,
        path=page,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def secret_of(request: HttpRequest, token: AccessToken) -> str:
    """What this browser was given for the token, "" where it was shown already."""
    secret = request.COOKIES.get(_cookie(token), "")
    return secret if tokens.is_secret_of(token, secret) else ""


def id_of(text: str) -> UUID:
    """The id that an address names. Raises Http404."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404("There is nothing here.") from None


def forget(response: HttpResponse, page: str, token: AccessToken) -> None:
    """It is shown now: loading the page again shows nothing."""
    response.delete_cookie(_cookie(token), path=page, samesite="Lax")


def _cookie(token: AccessToken) -> str:
    return f"token-{token.pk.hex}"
