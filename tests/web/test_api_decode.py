"""POST /api/v1/decode: the page's answer as JSON, for programs without an account."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics.api import api
from diagnostics.engine.decoder import Answer
from diagnostics.services import decoding

TEXT = "* CONNECT tunnel failed, response 407\nproxy-authenticate: Basic realm=corp\n"


@pytest.fixture(autouse=True)
def fresh_count() -> None:
    cache.clear()


def ask(body: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(
        "/api/v1/decode", body if isinstance(body, bytes) else json.dumps(body), content_type="application/json"
    )


def test_a_text_comes_back_ranked_marked_and_masked() -> None:
    """Without a database: nothing is asked of one."""
    answer = ask({"text": f"{TEXT}x-api-key: sk-ant-api03-{'Ab1' * 20}AA"})
    told = answer.json()
    assert answer.status_code == 200
    assert told["schema"] == "troubleshooter.answer/1"
    assert told["ranked"][0]["cause"] == "proxy_auth_required"
    assert told["redacted"] == 1
    assert "Ab1Ab1" not in answer.content.decode()
    assert set(told["versions"]) == {"engine", "knowledge", "texts"}
    lines = told["text"].split("\n")
    assert told["marks"]
    for mark in told["marks"]:
        assert lines[mark["line"] - 1][mark["begin"] : mark["end"]]
    assert ask({"text": TEXT}).json() == ask({"text": TEXT}).json()


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"text": ""}, 422, "text: Paste the error first"),
        ({}, 422, "text: Field required."),
        ({"text": 7}, 422, "text: "),
        (b"{", 400, ""),
        ({"text": "x" * 5_000_001}, 422, "over 5 MB"),
        ({"text": "x" * 6_100_000}, 413, "over 5 MB"),
    ],
    ids=["empty", "missing", "no text", "no JSON", "too long", "too large"],
)
def test_bad_input_gets_one_sentence(body: Any, status: int, says: str) -> None:
    answer = ask(body)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address", "status", "says"),
    [
        ("get", "/api/v1/decode", 405, "This call wants POST."),
        ("put", "/api/v1/decode", 405, "This call wants POST."),
        ("post", "/api/v1/decode/", 404, "without a slash at the end"),
        ("get", "/api/v1/decode/", 404, "without a slash at the end"),
        ("get", "/api/v1/gremlins", 404, "There is no call"),
        ("get", "/api/v2/", 404, "There is no call"),
    ],
)
def test_what_is_no_call_is_told_as_json(client: Client, method: str, address: str, status: int, says: str) -> None:
    answer = getattr(client, method)(address)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/json")
    assert says in answer.json()["detail"]
    assert answer.get("Allow") == ("POST" if status == 405 else None)


def test_the_limit_is_the_pages() -> None:
    for _ in range(decoding.LIMIT.most):
        decoding.LIMIT.take("127.0.0.1")
    answer = ask({"text": TEXT})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Too many texts" in answer.json()["detail"]


def test_a_large_text_counts_for_more() -> None:
    ask({"text": "x " * 1_600_000})
    assert cache.get("decode:127.0.0.1") == 4


def test_our_own_fault_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Answer:
        raise RuntimeError(text)

    monkeypatch.setattr(decoding, "decode", broken)
    answer = ask({"text": "canary"})
    assert answer.status_code == 500
    assert "canary" not in answer.content.decode()


def test_the_document_describes_what_comes() -> None:
    document = api.get_openapi_schema()
    call = document["paths"]["/api/v1/decode"]["post"]
    assert "security" not in call
    assert {"200", "413", "422", "429"} <= {str(status) for status in call["responses"]}
    shape = document["components"]["schemas"]["Answer"]
    told = ask({"text": TEXT}).json()
    assert set(shape["properties"]) == set(told)
    assert set(document["components"]["schemas"]["Mark"]["properties"]) == set(told["marks"][0])
    assert set(document["components"]["schemas"]["Candidate"]["properties"]) == set(told["ranked"][0])
