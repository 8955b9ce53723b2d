"""The public pages of the causes: what each is, how it is told from its neighbours, and how often we are right."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from diagnostics.engine import library
from diagnostics.services import accuracy
from diagnostics.views import telling
from diagnostics.views.http import etag, look, not_modified, tagged

_MINUTES = 5
"""How long anybody may show a stranger's page without asking again."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every cause, by who can change it, and how far our confidence is to be trusted."""
    return _public(request, "causes/index.html", {"groups": telling.everything()})


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One cause."""
    cause = telling.one(code)
    if cause is None:
        raise Http404("No cause has this code.")
    measured = accuracy.measured()
    rates = measured.causes.get(code) if measured is not None else None
    return _public(request, "causes/detail.html", {"cause": cause, "rates": rates})


def _public(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page, which anybody's browser may keep: only for who is signed in something of their own is on it."""
    measured, version = accuracy.measured(), library.load().version
    parts = (request.path, version, measured and (measured.on, measured.knowledge))
    stranger = not request.user.is_authenticated
    tag = f'W/"{_digest(parts, look())}"' if stranger else etag(request, *parts)
    unchanged = get_conditional_response(request, etag=tag) if stranger else not_modified(request, tag)
    response = unchanged if isinstance(unchanged, HttpResponse) else None
    if response is None:
        shown = {**context, "accuracy": measured, "outdated": measured is not None and measured.knowledge != version}
        response = render(request, template, shown)
    if not stranger:
        return tagged(response, tag)
    response["ETag"] = tag
    patch_cache_control(response, public=True, max_age=_MINUTES * 60)
    return response


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
