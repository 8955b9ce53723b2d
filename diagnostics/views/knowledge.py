"""The public pages made of the knowledge: its front page, providers and clients."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from diagnostics import guide_schema, pages_schema
from diagnostics.engine import library
from diagnostics.views import telling
from diagnostics.views.knowing import clients, providers
from diagnostics.views.knowing.public import public


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The front page: the search, the parts, and what people meet most."""
    context = {
        "common": [cause for cause in map(telling.one, pages_schema.pages().common) if cause is not None],
        "counts": {
            "causes": len(library.load().causes),
            "guides": len(guide_schema.read_guides()),
            "providers": len(library.load().providers),
            "clients": len(library.load().clients),
        },
    }
    return public(request, "knowledge/index.html", context)


@require_safe
def provider_index(request: HttpRequest) -> HttpResponse:
    """Every provider with its hosts and the base URL for Anthropic's clients."""
    return public(request, "knowledge/providers.html", {"providers": providers.everything()})


@require_safe
def provider(request: HttpRequest, name: str) -> HttpResponse:
    """One provider."""
    found = providers.one(name)
    if found is None:
        raise Http404("No provider has this name.")
    return public(request, "knowledge/provider.html", {"provider": found})


@require_safe
def client_index(request: HttpRequest) -> HttpResponse:
    """Every client whose rules are known."""
    return public(request, "knowledge/clients.html", {"clients": clients.everything()})


@require_safe
def client(request: HttpRequest, name: str) -> HttpResponse:
    """One client."""
    found = clients.one(name)
    if found is None:
        raise Http404("No client has this name.")
    return public(request, "knowledge/client.html", {"client": found})
