"""Signing in through an OpenID Connect provider: off to it, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

log = structlog.get_logger(__name__)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A page with one button; pressing it leads to the provider."""
    from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView

    from diagnostics.views.signing_in.provider import StrictAdapter

    name = _name_or_404(provider_id)
    view = OAuth2LoginView.adapter_view(StrictAdapter(request, provider_id))
    response = _asked(view, request, name)
    if response.status_code != 302 or response["Location"].startswith("/"):
        return response
    # A page and not the redirect itself: form-action 'self' would stop a form that ends elsewhere.
    return render(request, "accounts/sso_leaving.html", {"to": response["Location"], "name": name})


@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends people back to, with a code and the state they left with."""
    from diagnostics.views.signing_in.provider import StrictAdapter, StrictCallback

    name = _name_or_404(provider_id)
    return _asked(StrictCallback.adapter_view(StrictAdapter(request, provider_id)), request, name)


@require_safe
def cancelled(request: HttpRequest) -> HttpResponse:
    """Somebody pressed "No" at the provider."""
    messages.warning(request, "You did not sign in there. You can try again, or use your password.")
    return redirect("sign_in")


def _asked(view: Callable[..., Any], request: HttpRequest, name: str) -> HttpResponse:
    """The answer of allauth's view, or a sentence when the provider is away or talks nonsense."""
    from allauth.socialaccount.providers.oauth2.client import OAuth2Error

    try:
        response: HttpResponse = view(request)
    except (OSError, OAuth2Error, KeyError, ValueError) as problem:  # requests' errors are OSErrors
        log.warning("a provider of single sign-on is away", provider=name, problem=repr(problem)[:200])
        return render(request, "accounts/sso_away.html", {"name": name}, status=502)
    return response


def _name_or_404(slug: str) -> str:
    for provider in settings.OIDC_PROVIDERS:
        if provider.slug == slug:
            return provider.name
    raise Http404("There is no such provider.")
