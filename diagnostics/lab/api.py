"""An Anthropic-like API: the first-run check's addresses, the edge trace, models, token count and messages.

Shapes, headers and texts as the API sent them in the second half of 2026. What it never does: reach a real one.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from diagnostics.lab import KEY, messages
from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.tls import HEALTHY, Tls

UNSERVED = frozenset(("AF", "BY", "CN", "CU", "HK", "IR", "KP", "MM", "MO", "RU", "SD", "SO", "SS", "SY", "VE", "YE"))
"""Countries from which it refuses: a part of those that are on no official list."""

MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-8", "claude-sonnet-5")

MODES = (
    "healthy",
    "region",
    "challenge",
    "banned",
    "unavailable",
    "silent",
    "reset",  # the edge
    "rate_limited",
    "overloaded",
    "error",
    "cut",  # the API behind it
)
"""What a server can do in place of the right answer; ``healthy`` still refuses unserved countries and wrong keys."""

_ORGANISATION = "00000000-0000-4000-8000-000000000017"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class _Api:
    keys: frozenset[str]
    mode: str
    models: tuple[str, ...]
    unserved: frozenset[str]
    hello: int
    refuses: Response | None = None
    message: str = "whole"
    window: int = 200_000

    def __call__(self, request: Request) -> Response:
        """The edge first, as it stands before the API; then the API."""
        if request.path == "/cdn-cgi/trace":
            return trace(request)
        refusal = self._edge(request)
        if refusal is not None:
            return refusal
        return self._api(request).with_headers(_edge_headers())

    def _edge(self, request: Request) -> Response | None:
        headers = _edge_headers()
        if self.mode == "region" or request.country in self.unserved:
            return Response.json(403, {"error": {"type": "forbidden", "message": "Request not allowed"}}, headers)
        if self.mode == "challenge":
            return Response.html(403, "Just a moment...", headers={**headers, "cf-mitigated": "challenge"})
        if self.mode == "banned":
            return Response.text(403, "error code: 1010", headers)
        if self.mode == "unavailable":
            return Response.html(503, "503 Service Temporarily Unavailable", headers=headers)
        if self.mode in ("silent", "reset"):
            return Response(200, then={"silent": "hang", "reset": "reset"}[self.mode])
        return messages.too_large(request)

    def _api(self, request: Request) -> Response:
        if request.path in ("/api/hello", "/v1/oauth/hello"):
            if self.hello != 200:
                return error(self.hello, "api_error", "Internal server error")
            return Response.json(200, {"message": "hello"})
        if request.path == "/":
            return Response.text(200, "")
        refusal = self._key(request) or self.refuses or _IN_TROUBLE.get(self.mode, _fine)()
        return refusal or self._answer(request)

    def _key(self, request: Request) -> Response | None:
        bearer = request.headers.get("authorization", "")
        key = request.headers.get("x-api-key")
        given = key if key is not None else bearer.removeprefix("Bearer ")
        if not given:
            return error(401, "authentication_error", "x-api-key header is required", known=False)
        if given not in self.keys:
            oauth = key is None and given.startswith("sk-ant-oat")
            words = "OAuth access token is invalid." if oauth else "API key is invalid."
            return error(401, "authentication_error", words, known=False)
        return None

    def _answer(self, request: Request) -> Response:
        wrong = messages.refused_headers(request)
        if wrong is not None:
            return error(wrong.status, wrong.kind, wrong.words)
        parts = request.path.strip("/").split("/")
        if parts[:2] == ["v1", "models"] and request.method == "GET":
            return self._list(request) if len(parts) == 2 else self._model("/".join(parts[2:]))
        if request.method == "POST" and request.path in ("/v1/messages", "/v1/messages/count_tokens"):
            return self._message(request)
        return error(404, "not_found_error", "Not Found")

    def _list(self, request: Request) -> Response:
        limit = request.target.rpartition("limit=")[2].partition("&")[0]
        shown = self.models[: int(limit)] if limit.isdigit() else self.models
        data = [_model(name) for name in shown]
        ends = {"first_id": shown[0], "last_id": shown[-1]} if shown else {"first_id": None, "last_id": None}
        return _accepted({"data": data, "has_more": len(shown) < len(self.models), **ends})

    def _model(self, name: str) -> Response:
        return _accepted(_model(name)) if name in self.models else error(404, "not_found_error", f"model: {name}")

    def _message(self, request: Request) -> Response:
        try:
            body = json.loads(request.body)
        except ValueError as problem:
            return error(400, "invalid_request_error", f"The request body is not valid JSON: {problem}")
        counting = request.path.endswith("/count_tokens")
        wrong = messages.refused_body(body, counting, self.models, self.window)
        wrong = wrong or (None if counting else messages.IN_TROUBLE.get(self.message))
        if wrong is not None:
            return error(wrong.status, wrong.kind, wrong.words)
        if counting:
            return _accepted({"input_tokens": 8})
        told = messages.answered(body, "cut" if self.mode == "cut" else self.message)
        return told.with_headers(_accepted({}).headers)


def api(
    mode: str = "healthy",
    *,
    keys: tuple[str, ...] = (KEY,),
    models: tuple[str, ...] = MODELS,
    tls: Tls | None = HEALTHY,
    unserved: frozenset[str] = UNSERVED,
    hello: int = 200,
    refuses: Response | None = None,
    message: str = "whole",
    window: int = 200_000,
) -> Site:
    """Declare an API host. ``mode`` is one of MODES; ``hello`` the status of the first-run addresses.

    ``refuses``: what a key that it knows gets in place of every answer, as of ``error()``. ``message``, one of ``messages.WAYS``: what
    becomes of a message; ``window``: tokens that a prompt may have.
    """
    if mode not in MODES or message not in messages.WAYS:
        raise ValueError(f"unknown mode {mode!r} or {message!r}: {', '.join(MODES)}; {', '.join(messages.WAYS)}")
    return Site(_Api(frozenset(keys), mode, models, unserved, hello, refuses, message, window), tls)


def _request_id() -> str:
    return f"req_011practice{next(_numbers):010d}"


def _edge_headers() -> dict[str, str]:
    return {"server": "cloudflare", "cf-ray": f"{next(_numbers):016x}-FRA"}


def _accepted(body: Mapping[str, object]) -> Response:
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    limits = {}
    for kind, limit in (("requests", "4000"), ("input-tokens", "2000000"), ("output-tokens", "400000")):
        limits[f"anthropic-ratelimit-{kind}-limit"] = limits[f"anthropic-ratelimit-{kind}-remaining"] = limit
        limits[f"anthropic-ratelimit-{kind}-reset"] = later
    return Response.json(200, body, {"request-id": _request_id(), "anthropic-organization-id": _ORGANISATION, **limits})


def error(
    status: int, kind: str, message: str, known: bool = True, headers: Mapping[str, str] | None = None
) -> Response:
    """The API's own error of a ``kind``. A refused key's has a null id since August 2026 (``known`` False)."""
    number = _request_id() if known else None
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": number}
    return Response.json(status, body, {**(headers or {}), **({"request-id": number} if number else {})})


def _fine() -> Response | None:
    return None


def _rate_limited() -> Response:
    words = "This request would exceed your organization's rate limit of 30,000 input tokens per minute"
    limits = {"anthropic-ratelimit-input-tokens-limit": "30000", "anthropic-ratelimit-input-tokens-remaining": "0"}
    return error(429, "rate_limit_error", words, headers={"retry-after": "37", **limits})


def _overloaded() -> Response:
    return error(529, "overloaded_error", "Overloaded", headers={"x-should-retry": "true"})


def _broken() -> Response:
    return error(500, "api_error", "Internal server error")


_IN_TROUBLE = {"rate_limited": _rate_limited, "overloaded": _overloaded, "error": _broken}


def _model(name: str) -> dict[str, str]:
    shown = name.replace("-", " ").title()
    return {"type": "model", "id": name, "display_name": shown, "created_at": "2026-09-22T00:00:00Z"}


def trace(request: Request) -> Response:
    """The edge's own account of a connection, ``loc`` being the country it seems to come from."""
    lines = {
        "fl": "000f000",
        "h": request.host,
        "ip": _exit_address(request.country),
        "ts": f"{time.time():.3f}",
        "visit_scheme": "https",
        "uag": request.headers.get("user-agent", ""),
        "colo": "FRA",
        "http": "http/1.1",
        "loc": request.country,
        "tls": "TLSv1.3",
        "warp": "off",
    }
    return Response.text(200, "".join(f"{name}={value}\n" for name, value in lines.items()), _edge_headers())


def _exit_address(country: str) -> str:
    """One documentation address for each country, so that a report shows the exit changing."""
    return f"203.0.113.{sum(country.encode()) % 200 + 10}"
