"""The public pages made of the knowledge: its front page, providers, clients and models."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from diagnostics import guide_schema, pages_schema
from diagnostics.engine import library, models_table
from diagnostics.views import telling
from diagnostics.views.knowing import clients, models, providers, texts
from diagnostics.views.knowing.public import public
from diagnostics.views.knowing.search import LONGEST, holds_a_key


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
    return public(request, "knowledge/provider.html", {"provider": found, "pages": pages_schema.pages()})


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
    told = pages_schema.pages()
    context = {
        "client": found,
        "printed": _printed(name),
        "limits": [limit for limit in told.limits if limit.client == name],
        "wordings": [wording for wording in told.wordings if wording.client == name],
    }
    return public(request, "knowledge/client.html", context)


def _printed(name: str) -> list[tuple[texts.Example, list[telling.Told]]]:
    """What a client prints, each with the causes that it can mean."""
    return [(one, [told for told in map(telling.one, one.causes) if told is not None]) for one in texts.of_client(name)]


@require_safe
def model_table(request: HttpRequest) -> HttpResponse:
    """Every model with its state today; a key that was typed as a name leaves the address."""
    if holds_a_key(request.GET.get("q", "")[:LONGEST]):
        response = redirect("models")
        response["Cache-Control"] = "no-store"
        return response
    today = timezone.now().date()
    chosen = models.Filter.of(request.GET)
    context = {
        "today": today,
        "filter": chosen,
        "asked": models.asked(chosen.query, today),
        "rows": chosen.apply(models.rows(today)),
        "heads": list(_heads(request, chosen)),
        "others": [vendor for vendor in models_table.load().values() if vendor.listed],
        "vendors": [vendor for vendor in models_table.load().values() if vendor.models],
    }
    return public(request, "knowledge/models.html", context, today)


def _heads(request: HttpRequest, chosen: models.Filter) -> Iterator[tuple[str, str, str, str]]:
    """The heads of the columns: key, words, address that sorts by it, and how it is sorted now."""
    for key, label in (
        ("name", "Model"),
        ("stage", "State"),
        ("ends", "Ends"),
        ("", "Then use"),
        ("released", "Released"),
        ("", "Context"),
    ):
        asked = request.GET.copy()
        asked["sort"] = f"-{key}" if chosen.sort == key else key
        way = {key: "ascending", f"-{key}": "descending"}.get(chosen.sort, "") if key else ""
        yield key, label, f"?{asked.urlencode()}" if key else "", way
