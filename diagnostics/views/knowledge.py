"""The public pages made of the knowledge: its front page, providers, clients and models."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from diagnostics.views.knowing.public import public


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The front page: the search, the parts, and what people meet most."""
    return public(request, "knowledge/index.html", {})


@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """Providers."""
    return public(request, "knowledge/index.html", {})


@require_safe
def clients(request: HttpRequest) -> HttpResponse:
    """Clients."""
    return public(request, "knowledge/index.html", {})


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Models."""
    return public(request, "knowledge/index.html", {})


@require_safe
def hosts(request: HttpRequest) -> HttpResponse:
    """Hosts."""
    return public(request, "knowledge/index.html", {})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search."""
    return public(request, "knowledge/index.html", {})


@require_safe
def provider(request: HttpRequest, name: str) -> HttpResponse:
    """One provider."""
    return public(request, "knowledge/index.html", {})


@require_safe
def client(request: HttpRequest, name: str) -> HttpResponse:
    """One client."""
    return public(request, "knowledge/index.html", {})
