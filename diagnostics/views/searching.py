"""The public search over the knowledge: a page, and the same page's results as one types."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from diagnostics.views.http import HtmxHttpRequest
from diagnostics.views.knowing import entries
from diagnostics.views.knowing.public import public
from diagnostics.views.knowing.search import LONGEST, Found, holds_a_key, looks_like_an_error, search

_LOOKED_AT = 8_192  # characters in which a secret is looked for
_REFUSED = "refused"


@require_safe
def index(request: HtmxHttpRequest) -> HttpResponse:
    """Results for ``q``, alone where htmx asks; a whole error is sent on to the page that reads errors.

    A key or password is neither searched for, nor repeated, nor left in the address, nor kept by anybody.
    """
    asked = request.GET.get("q", "")
    if holds_a_key(asked[:_LOOKED_AT]):
        return _refused(request)
    typed = asked[: 2 * LONGEST]
    context = {
        "found": search(typed, entries.index()),
        "whole_error": looks_like_an_error(typed),
        "is_key": request.GET.get(_REFUSED) == "1" and not typed,
    }
    template = "knowledge/_found.html" if request.htmx else "knowledge/search.html"
    response = public(request, template, context, bool(request.htmx))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _refused(request: HtmxHttpRequest) -> HttpResponse:
    """Without what was typed: for htmx the words about it, else on to an address that holds nothing of it."""
    page = reverse("search")
    if request.htmx:
        response = render(request, "knowledge/_found.html", {"found": Found("", (), ()), "is_key": True})
        response["HX-Replace-Url"] = page
    else:
        response = HttpResponseRedirect(f"{page}?{urlencode({_REFUSED: 1})}", status=303)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
