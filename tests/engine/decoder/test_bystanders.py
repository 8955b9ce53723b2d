"""Whose failure a text tells: an LLM API's, another service's, or nobody's by name; and who only works beside it."""

from __future__ import annotations

import pytest

from diagnostics.engine.decoder import codes, decode
from diagnostics.engine.vocabulary import UNKNOWN

CALM = """2026-05-05 10:00:11 postgres: checkpoint complete: wrote 812 buffers
redis: connected to redis://localhost:6379/0
sentry: event captured
grafana-agent: remote write ok
INFO prometheus scrape ok target=http://10.2.0.9:9100/metrics
smtp: queued mail for delivery
10.0.0.3 - - "GET /favicon.ico HTTP/1.1" 404 153"""


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        ("javax.net.ssl.SSLHandshakeException: PKIX path building failed", "tls_intercepted"),
        ("java.net.UnknownHostException: api.anthropic.com", "dns_failure"),
        ('Unable to resolve host "api.openai.com": No address associated with hostname', "dns_failure"),
        ("net/http: invalid header field value for \"X-Api-Key\"", "key_malformed"),
        ("{'error': {'message': 'Slow down.', 'code': 'slow_down'}} HTTP 503", "rate_limited"),
        ("peer closed connection without sending complete message body (incomplete chunked read)", "stream_interrupted"),
    ],
)  # fmt: skip
def test_what_works_beside_a_failure_does_not_hide_it(failure: str, cause: str) -> None:
    for text in (failure, f"{CALM}\n{failure}", f"{failure}\n{CALM}", f"{CALM}\n{failure}\n{CALM}"):
        assert decode(text).ranked[0].cause == cause, text


@pytest.mark.parametrize(
    "text",
    [
        "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://shop.example/api/v3/prices",
        "An error occurred (ThrottlingException) when calling the DescribeInstances operation: Rate exceeded",
        "Error: Request failed with status code 429\n  config: { url: 'https://prices.example/api/v3/simple' }",
        "discord.errors.HTTPException: 429 Too Many Requests",
        "elastic_transport.ConnectionError: [Errno 111] Connection refused\nopensearch host: localhost:9200",
        "pydantic_core.ValidationError: 1 validation error for Invoice\ntotal\n  Input should be a valid number",
        "If you see rate_limit_error later, lower the concurrency.",
        'logger.error("certificate verify failed, set NODE_EXTRA_CA_CERTS")',
        'HTTP_STATUS = {401: "unauthorized", 429: "too many requests", 529: "overloaded"}',
    ],
)
def test_another_service_or_a_mention_is_no_cause_of_ours(text: str) -> None:
    assert decode(text).ranked[0].cause == UNKNOWN


def test_plain_words_of_nobody_by_name_are_not_sure() -> None:
    anybody = decode("java.io.IOException: HTTP error 429 Too Many Requests: rate limit exceeded").ranked
    named = decode("anthropic.RateLimitError: 429 Too Many Requests: rate limit exceeded").ranked
    assert (anybody[0].cause, named[0].cause) == ("rate_limited", "rate_limited")
    assert anybody[0].confidence <= 0.8
    assert anybody[1].cause == UNKNOWN
    assert named[0].confidence >= 0.9


def test_a_page_to_read_about_an_error_is_not_what_was_asked() -> None:
    told = "HTTP Error 429: Too Many Requests. See https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/429"
    assert "other.service_alone" not in codes(told)
    assert "other.service_alone" in codes("HTTP Error 429: Too Many Requests. GET https://prices.example/v3/quotes")


def test_what_is_true_of_the_machine_stands_whoever_tells_it() -> None:
    for text, cause in (
        ("s3: An error occurred (RequestTimeTooSkewed) when calling the ListObjects operation", "clock_skew"),
        ("github api: curl: (56) CONNECT tunnel failed, response 407", "proxy_auth_required"),
    ):
        assert decode(text).ranked[0].cause == cause


def test_a_variable_that_the_shell_fills_in_is_no_placeholder() -> None:
    filled = "$ curl https://api.anthropic.com/v1/models -H \"x-api-key: $KEY\" -o /dev/null -w '%{http_code}'\n200"
    assert "key.empty_or_placeholder_sent" not in codes(filled)
    assert "key.empty_or_placeholder_sent" in codes(filled.replace('"', "'"))


def test_where_both_families_fail_it_is_not_ipv6_alone() -> None:
    over_six = "Error: connect ENETUNREACH 2607:6bc0::10:443 - Local (:::0)"
    assert decode(over_six).ranked[0].cause == "ipv6_broken"
    assert decode(f"{over_six}\nError: connect ETIMEDOUT 160.79.104.10:443").ranked[0].cause != "ipv6_broken"
