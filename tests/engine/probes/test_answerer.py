"""Who spoke: answers as they were seen in the wild, each beside the neighbour it is confused with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.net.http import Answer
from diagnostics.engine.probes.answerer import Place, edge_code, location, who
from diagnostics.engine.probes.bodies import body_of
from diagnostics.engine.vocabulary import ANSWERERS

API = Place("api.anthropic.com", "anthropic", True)
EDGE = {"server": "cloudflare", "cf-ray": "9a2-FRA"}


def said(status: int, body: Any = "", headers: dict[str, str] | None = None, page: bool = False) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if page else "application/json"
    return Answer(status, {"content-type": kind, **(headers or {})}, text.encode(), False, 0.1, 0.2)


def error(kind: str, message: str, **others: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, **others}


NEW_401 = error("authentication_error", "API key is invalid.", request_id=None)
REGION = {"error": {"type": "forbidden", "message": "Request not allowed"}}
OPENAI = {
    "error": {
        "message": "Incorrect API key provided: sk-…",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
}
DEEPSEEK = {
    "error": {
        "message": "Authentication Fails, Your api key: ****AAAA is invalid",
        "type": "authentication_error",
        "param": None,
        "code": "invalid_request_error",
    }
}
LITELLM = {
    "error": {
        "message": "Authentication Error, LiteLLM Virtual Key expected. Received=x",
        "type": "auth_error",
        "param": "None",
        "code": "401",
    }
}
MODELS = {"data": [{"id": "claude-opus-5-5"}], "has_more": False}
BLOCKED = "<html><head><title>Access Denied by Initech</title></head></html>"
CHALLENGE = "<html><title>Just a moment...</title></html>"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (said(401, NEW_401, EDGE), "provider"),  # since August 2026 without an id: no sign of the edge
        (
            said(
                401,
                error("authentication_error", "invalid x-api-key", request_id="req_1"),
                {"request-id": "req_1", **EDGE},
            ),
            "provider",
        ),
        (said(200, MODELS, EDGE), "provider"),
        (said(200, {"message": "hello"}), "provider"),
        (said(529, error("overloaded_error", "Overloaded"), EDGE), "provider"),
        (said(400, {"error": "invalid_grant", "error_description": "Refresh token expired"}), "provider"),
        (said(403, REGION, EDGE), "edge_region"),
        (said(403, error("permission_error", "Your API key does not have permission"), EDGE), "provider"),
        (said(302, "", {"location": "https://claude.ai/app-unavailable-in-region"}), "edge_region"),
        (said(403, CHALLENGE, {**EDGE, "cf-mitigated": "challenge"}, page=True), "edge"),
        (said(403, CHALLENGE, page=True), "edge"),
        (said(403, "error code: 1010", EDGE), "edge"),
        (said(502, "<html>Bad gateway</html>", EDGE, page=True), "edge"),
        (said(413, "", EDGE), "edge"),
        (said(401, OPENAI), "other_vendor"),  # the certificate is right and the words are not: a relay behind it
        (said(403, BLOCKED, {"x-deny-reason": "host_not_allowed"}, page=True), "proxy"),
        (said(503, BLOCKED, {"x-squid-error": "ERR_DNS_FAIL 0"}, page=True), "proxy"),
        (
            said(500, error("api_error", "Internal server error"), {"via": "1.1 google", "request-id": "req_2"}),
            "provider",
        ),
    ],
)
def test_under_the_providers_own_certificate(answer: Answer, expected: str) -> None:
    assert who(answer, body_of(answer), API)[0] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (said(403, BLOCKED, page=True), "middlebox"),
        (said(403, "Blocked by policy"), "middlebox"),
        (said(200, "<html><title>Sign in to Wi-Fi</title></html>", page=True), "portal"),
        (said(302, "", {"location": "http://login.hotel.example/"}), "portal"),
        (said(401, NEW_401), "gateway"),  # right in form, and nothing proves that the API said it
        (said(401, error("authentication_error", "x", request_id="req_9"), {"request-id": "req_9"}), "provider"),
        (said(403, REGION), "middlebox"),  # a filter may call its refusal "forbidden", too
        (said(200, {"status": "blocked"}), "middlebox"),
        (
            said(
                403,
                "<html><title>Access restricted | Cloudflare Gateway</title></html>",
                {"server": "cloudflare"},
                page=True,
            ),
            "middlebox",
        ),
        (said(403, BLOCKED, {"server": "Zscaler/6.2"}, page=True), "proxy"),
        (said(503, BLOCKED, {"server": "FortiProxy"}, page=True), "proxy"),
        (said(403, "no", {"x-netskope-block": "1"}), "proxy"),
        (
            said(
                401,
                error("authentication_error", "x", request_id="req_9"),
                {"via": "1.1 gw (squid/5.7)", "request-id": "req_9"},
            ),
            "provider",
        ),
        (said(200, {"message": "hello"}), "provider"),  # inspected on its way, and the API's own words
        (said(403, REGION, EDGE), "edge_region"),
        (said(403, CHALLENGE, {**EDGE, "cf-mitigated": "challenge"}, page=True), "edge"),
    ],
)
def test_under_a_certificate_that_no_public_authority_vouches_for(answer: Answer, expected: str) -> None:
    assert who(answer, body_of(answer), Place("api.anthropic.com", "anthropic", False))[0] == expected


@pytest.mark.parametrize(
    ("host", "vendor", "answer", "expected"),
    [
        ("api.openai.com", "openai", said(401, OPENAI), ("other_vendor", "openai")),
        ("api.deepseek.com", "deepseek", said(401, DEEPSEEK), ("other_vendor", "deepseek")),
        ("api.openai.com", "openai", said(404, BLOCKED, page=True), ("other_vendor", "openai")),
        ("api.deepseek.com", "deepseek", said(200, {"input_tokens": 8}), ("gateway", "deepseek")),
        ("llm.corp.example", None, said(401, LITELLM), ("gateway", "litellm")),
        ("llm.corp.example", None, said(200, MODELS), ("gateway", None)),
        ("llm.corp.example", None, said(401, NEW_401), ("gateway", None)),
        ("llm.corp.example", None, said(404, "not found"), ("gateway", None)),
        ("llm.corp.example", None, said(401, OPENAI), ("other_vendor", "openai")),
        ("llm.corp.example", None, said(302, "", {"location": "https://sso.corp.example/"}), ("gateway", None)),
    ],
)
def test_away_from_the_provider(
    host: str, vendor: str | None, answer: Answer, expected: tuple[str, str | None]
) -> None:
    assert who(answer, body_of(answer), Place(host, vendor, True)) == expected


def test_every_answerer_is_a_word_of_the_vocabulary() -> None:
    places = [API, Place("h", None, None), Place("h", "anthropic", None), Place("h", "openai", False)]
    answers = [
        said(200),
        said(500),
        said(200, BLOCKED, page=True),
        said(401, OPENAI),
        said(302, "", {"location": "//x"}),
        said(401, NEW_401),
    ]
    assert {who(answer, body_of(answer), place)[0] for answer in answers for place in places} <= set(ANSWERERS)


@pytest.mark.parametrize(
    "body",
    [
        "[1]",
        "null",
        "{",
        '"error"',
        '{"error": null}',
        '{"error": {"code": true}}',
        "[" * 100_000,
        '{"error": 3, "message": {}}',
    ],
)
def test_no_body_is_too_odd(body: str) -> None:
    assert not body_of(said(400, body)).is_error


def test_numbers_and_hosts_are_read_from_where_they_stand() -> None:
    assert edge_code(said(403, "error code: 1020\n")) == "1020"
    assert edge_code(said(403, "no error code: 1020")) == ""
    assert location(said(302, "", {"location": "http://[::1"})) == ""
    assert location(said(302, "", {"location": "/elsewhere"})) == ""
