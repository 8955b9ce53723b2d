"""The public search over the knowledge: a page, and the same page's results as one types."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from diagnostics.views.http import HtmxHttpRequest
from diagnostics.views.knowing import entries
from diagnostics.views.knowing.public import public
from diagnostics.views.knowing.search import LONGEST, holds_a_key, looks_like_an_error, search


@require_safe
def index(request: HtmxHttpRequest) -> HttpResponse:
    """Results for ``q``, alone where htmx asks; a whole error is sent on to the page that reads errors, and a key is not repeated."""
    typed = request.GET.get("q", "")[: 2 * LONGEST]
    is_key = holds_a_key(typed)
    context = {
        "found": search("" if is_key else typed, entries.index()),
        "whole_error": looks_like_an_error(typed),
        "is_key": is_key,
    }
    template = "knowledge/_found.html" if request.htmx else "knowledge/search.html"
    response = public(request, template, context, bool(request.htmx))
    patch_vary_headers(response, ["HX-Request"])
    return response
