"""Other vendors' servers and gateways, as far as their refusals tell them apart from the API."""

from __future__ import annotations

from dataclasses import replace

from diagnostics.lab import KEY, api, messages
from diagnostics.lab.http import Headers, Request, Response, Site
from diagnostics.lab.tls import HEALTHY, Tls


def _given(request: Request) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bearer or request.headers.get("x-api-key", "")


def openai(status: int | None = None, tls: Tls = HEALTHY) -> Site:
    """OpenAI: 401 for a missing or foreign key; ``status`` 403 refuses everything, as it does a key without scopes."""
    headers = {
        "server": "cloudflare",
        "cf-ray": "9a20000000000001-FRA",
        "x-request-id": "req_practice",
        "openai-version": "2020-10-01",
    }

    def answer(request: Request) -> Response:
        if status == 403:
            scopes = "You have insufficient permissions for this operation. Missing scopes: api.model.read."
            return _openai_error(403, scopes, "missing_scope", headers)
        if request.path == "/":
            return _openai_error(404, f"Invalid URL ({request.method} /)", None, headers)
        given = _given(request)
        if not given:
            missing = "You didn't provide an API key. You need to provide your API key in an Authorization header."
            return _openai_error(401, missing, None, headers)
        where = "You can find your API key at https://platform.openai.com/account/api-keys."
        return _openai_error(401, f"Incorrect API key provided: {_masked(given)}. {where}", "invalid_api_key", headers)

    return Site(answer, tls)


def _masked(key: str) -> str:
    return f"{key[:8]}****{key[-4:]}"


def _openai_error(status: int, message: str, code: str | None, headers: Headers) -> Response:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return Response.json(status, body, headers)


def deepseek(tls: Tls = HEALTHY) -> Site:
    """DeepSeek: its own words for a foreign key, whatever the path."""

    def answer(request: Request) -> Response:
        given = _given(request)
        words = (
            f"Your api key: ****{given[-4:]} is invalid" if given else "(auth header format should be Bearer sk-...)"
        )
        error = {"message": f"Authentication Fails, {words}", "type": "authentication_error", "param": None}
        headers = {"server": "elb", "x-ds-trace-id": "0123456789abcdef0123456789abcdef"}
        return Response.json(401, {"error": {**error, "code": "invalid_request_error"}}, headers)

    return Site(answer, tls)


def openrouter(tls: Tls = HEALTHY) -> Site:
    """OpenRouter: 401 with a number for a code, and a page for a path it does not know."""

    def answer(request: Request) -> Response:
        headers = {"server": "cloudflare", "cf-ray": "9a20000000000002-FRA"}
        if not request.path.startswith(("/api/v1/", "/v1/")):
            return Response.html(404, "Not Found | OpenRouter", headers=headers)
        words = "User not found." if _given(request) else "No auth credentials found"
        return Response.json(401, {"error": {"message": words, "code": 401}}, headers)

    return Site(answer, tls)


def litellm(status: int = 401, tls: Tls | None = None) -> Site:
    """A LiteLLM gateway that wants its own virtual key (401), forbids the model (403) or has no such path (404)."""

    def answer(request: Request) -> Response:
        headers = {"server": "uvicorn", "x-litellm-version": "1.80.0"}
        if status == 404:
            return Response.json(404, {"detail": "Not Found"}, headers)
        if status == 403:
            words = "key not allowed to access model. This key can only access models=['gpt-5']."
            kind = "key_model_access_denied"
        else:
            received = f"Received={_masked(_given(request))}, expected to start with 'sk-'."
            words = f"Authentication Error, LiteLLM Virtual Key expected. {received}"
            kind = "auth_error"
        error = {"message": words, "type": kind, "param": "None", "code": str(status)}
        return Response.json(status, {"error": error}, headers)

    return Site(answer, tls)


def open_list(tls: Tls | None = None) -> Site:
    """A gateway that shows its models to anybody, in OpenAI's form, and wants a key for everything else."""
    models = [{"id": "claude-sonnet-5", "object": "model", "owned_by": "anthropic"}]

    def answer(request: Request) -> Response:
        if request.path == "/v1/models":
            return Response.json(200, {"object": "list", "data": models})
        return Response.json(401, {"error": {"message": "User not found.", "type": "auth_error", "code": 401}})

    return Site(answer, tls)


def moonshot(tls: Tls = HEALTHY) -> Site:
    """Moonshot: two words and no more."""
    error = {"message": "Invalid Authentication", "type": "invalid_authentication_error"}
    return Site(lambda request: Response.json(401, {"error": error}), tls)


def gateway(
    keys: tuple[str, ...] = (KEY,),
    models: tuple[str, ...] = api.MODELS,
    tls: Tls | None = None,
    message: str = "whole",
    largest: int = messages.LARGEST,
    free: bool = True,
) -> Site:
    """An Anthropic-compatible gateway that works: the API's shapes under its own server name, and no organisation.

    ``message`` is one of ``messages.WAYS``; ``largest``: bytes of a body that it takes; without ``free`` it
    has messages and nothing else.
    """
    inner = api.api(keys=keys, models=models, hello=404, unserved=frozenset(), message=message).app

    def answer(request: Request) -> Response:
        if not free and request.path != "/v1/messages":
            return Response.text(404, "404 page not found", {"server": "practice-gateway/2.1"})
        if len(request.body) > largest:
            return Response.html(413, "413 Request Entity Too Large", headers={"server": "nginx"})
        whole = inner(request)
        dropped = ("server", "cf-ray", "anthropic-organization-id")
        kept = {name: value for name, value in whole.headers.items() if name not in dropped and "ratelimit" not in name}
        return replace(whole, headers={**kept, "server": "practice-gateway/2.1"})

    return Site(answer, tls)
