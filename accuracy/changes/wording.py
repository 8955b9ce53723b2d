"""The same answers in other words: messages, request ids, headers, the pages of edges and of proxies."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from random import Random
from typing import Any

from accuracy.changes.base import Change, Hosts, with_hosts, with_sites
from diagnostics.lab.http import Request, Response
from diagnostics.lab.proxy import MAKES, Proxy
from diagnostics.lab.serving import Service
from tests.scenarios.networks.declaring import Broken

_WORDS = {
    "authentication_error": ("invalid x-api-key", "API key is invalid.", "The API key was not found."),
    "rate_limit_error": (
        "This request would exceed your organization's rate limit.",
        "Number of request tokens has exceeded your per-minute rate limit",
        "Too many requests",
    ),
    "overloaded_error": ("Overloaded", "The service is temporarily overloaded. Please try again later."),
    "api_error": ("Internal server error", "An unexpected error has occurred internal to the API's systems."),
    "permission_error": ("Your API key does not have permission to use the specified resource.", "Not permitted."),
}
"""Other words of the API for the same error type. Where the words themselves decide (money, a disabled organisation, a
model's name, an OAuth token, a header that did not come) there are none."""

_DECIDING = ("credit", "limits", "spend", "disabled", "OAuth", "model", "header is required")
_HEADERS = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-robots-tag": "none",
    "cf-cache-status": "DYNAMIC",
    "x-content-type-options": "nosniff",
    "via": "1.1 google",
    "vary": "Accept-Encoding",
    "alt-svc": 'h3=":443"; ma=86400',
    "server-timing": "cfEdge;dur=5,cfOrigin;dur=0",
}
"""What the API's answers carry besides, now and then."""

_EDGE_PAGES = (
    "Just a moment...",
    "Attention Required! | Cloudflare",
    "Access denied | api.anthropic.com used Cloudflare to restrict access",
)
_EDGE_CODES = ("1006", "1007", "1008", "1010", "1012", "1020")


def other_words(broken: Broken, rng: Random) -> Broken | None:
    """Another message in the same error type, and another request id."""
    chosen = {kind: rng.choice(words) for kind, words in _WORDS.items()}
    number = "".join(rng.choices(string.ascii_letters + string.digits, k=24))

    def answer(request: Request, response: Response) -> Response:
        body = _read(response.body)
        error = body.get("error") if body is not None else None
        if body is None or not isinstance(error, dict):
            return response
        message = str(error.get("message", ""))
        if error.get("type") in chosen and not any(word.lower() in message.lower() for word in _DECIDING):
            error["message"] = chosen[error["type"]]
        if body.get("request_id"):
            body["request_id"] = f"req_{number}"
        return replace(response, body=json.dumps(body).encode())

    return with_sites(broken, answer)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        table = json.loads(body)
    except ValueError:
        return None
    return table if isinstance(table, dict) else None


def other_headers(broken: Broken, rng: Random) -> Broken | None:
    """Headers that mean nothing here."""
    more = {name: _HEADERS[name] for name in rng.sample(sorted(_HEADERS), rng.randint(2, 5))}
    return with_sites(broken, lambda request, response: response.with_headers(more))


def other_edge_page(broken: Broken, rng: Random) -> Broken | None:
    """Another page or number of the same edge."""
    title, code = rng.choice(_EDGE_PAGES), rng.choice(_EDGE_CODES)

    def answer(request: Request, response: Response) -> Response:
        if b"error code: 10" in response.body:
            return replace(response, body=f"error code: {code}".encode())
        if response.status == 403 and b"<html" in response.body and response.headers.get("server") == "cloudflare":
            return replace(response, body=Response.html(403, title).body)
        return response

    return with_sites(broken, answer)


def other_make_of_proxy(broken: Broken, rng: Random) -> Broken | None:
    """The same refusal by a proxy of another maker, with its page and its headers."""
    if not any(isinstance(service, Proxy) for service in broken.hosts().values()):
        return None
    make = rng.choice(sorted(MAKES))

    def changed(hosts: dict[str, Service]) -> Hosts:
        return {key: replace(one, make=make, page="") if isinstance(one, Proxy) else one for key, one in hosts.items()}

    return with_hosts(broken, changed)


CHANGES: tuple[Change, ...] = (other_words, other_headers, other_edge_page, other_make_of_proxy)
