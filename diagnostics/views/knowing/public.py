"""Pages for everybody, made of the knowledge alone: no query for a stranger, kept by browsers, made again when the knowledge is another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control

from diagnostics import guide_schema, pages_schema
from diagnostics.engine import library
from diagnostics.services import accuracy
from diagnostics.views.http import etag, look, not_modified, tagged

MINUTES = 5
"""How long anybody may show a stranger's page without asking again."""


def version() -> str:
    """Of everything that public pages are made from."""
    asides = [library.aside(kind).version for kind in library.ASIDE]
    return _digest(library.load().version, guide_schema.version(), pages_schema.version(), asides)


def public(
    request: HttpRequest, template: str, context: Mapping[str, Any], *parts: object, content_type: str = "text/html"
) -> HttpResponse:
    """The page, which anybody's browser may keep: only for who is signed in something of their own is on it.

    ``parts`` name what it depends on besides its address and the knowledge.
    """
    measured = accuracy.measured()
    named = (request.get_full_path(), version(), measured and (measured.on, measured.knowledge), *parts)
    stranger = not request.user.is_authenticated
    tag = f'W/"{_digest(named, look())}"' if stranger else etag(request, *named)
    unchanged = get_conditional_response(request, etag=tag) if stranger else not_modified(request, tag)
    response = unchanged if isinstance(unchanged, HttpResponse) else None
    if response is None:
        response = render(request, template, dict(context), content_type=content_type)
    if not stranger:
        return tagged(response, tag)
    response["ETag"] = tag
    patch_cache_control(response, public=True, max_age=MINUTES * 60)
    return response


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
