"""The payload lab from outside: the page without script, the fragment for htmx, the API call; and no key anywhere afterwards."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from diagnostics.models import Team, User
from diagnostics.payloads.knowing import known
from diagnostics.services import decoding, request_lab

KEY = "sk-ant-api03-" + "CanaryLabCanaryLab9" * 5 + "ZZZZZAA"
COMMAND = f"""curl https://api.anthropic.com/v1/messages -H "x-api-key: {KEY}" -H 'content-type: application/json' \\
  -d '{{"model": "claude-3-opus-20240229", "max_token": 5, "messages": [{{"role": "user", "content": "my key is {KEY}"}}]}}'"""
RIGHT = '{"model": "claude-opus-5-5", "max_tokens": 16, "messages": [{"role": "user", "content": "Hello"}]}'


@pytest.fixture(autouse=True)
def _counted_from_nothing() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def text_of(content: bytes) -> str:
    """What a reader sees of a page."""
    words = content.decode().replace("<wbr>", "")  # a place where a token may break is no space
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", words)).split())


def send(client: Client, text: str, **more: Any) -> Any:
    return client.post(reverse("request_lab"), {"pasted": text, **more})


@pytest.mark.django_db
def test_the_empty_page_needs_no_account_and_no_query(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get(reverse("request_lab"))
    assert answer.status_code == 200
    assert "Nothing you paste is stored" in answer.content.decode()


@pytest.mark.parametrize("name", [one["name"] for one in known().samples])
def test_every_sample_is_answered(client: Client, name: str) -> None:
    answer = client.get(reverse("request_lab"), {"sample": name})
    shown = text_of(answer.content)
    assert answer.status_code == 200
    assert "Nothing wrong was found" in shown if name == "fine" else "sure to be refused" in shown
    assert "What was not checked" in shown


def test_faults_corrections_and_snippets_are_shown(client: Client) -> None:
    answer = send(client, COMMAND)
    shown = text_of(answer.content)
    assert "max_token is no field that is known here; max_tokens is meant" in shown
    assert "max_token became max_tokens" in shown
    assert "claude-opus-5-5" in shown
    assert '<mark>"max_token"</mark>' in html.unescape(answer.content.decode())
    assert "process.env.ANTHROPIC_API_KEY" in shown
    assert reverse("cause", args=["headers_invalid"]) in answer.content.decode()
    assert "--request request.json" in shown


def test_htmx_gets_the_answer_alone(client: Client) -> None:
    answer = client.post(reverse("request_lab"), {"pasted": RIGHT}, headers={"hx-request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Nothing wrong was found" in text_of(answer.content)


def test_a_request_of_several_can_be_chosen(client: Client) -> None:
    lines = "\n".join(
        json.dumps({"custom_id": one, "params": {**json.loads(RIGHT), "model": one}})
        for one in ("opus", "claude-opus-5-5")
    )
    first = send(client, lines).content.decode()
    assert 'name="chosen" value="2"' in first
    assert "Nothing wrong was found" in text_of(send(client, lines, chosen="2").content)


@pytest.mark.parametrize("text", ["", "   ", "\ufeff"])
def test_nothing_is_told_what_to_paste(client: Client, text: str) -> None:
    answer = send(client, text)
    assert answer.status_code == 422
    assert "Paste a request first" in text_of(answer.content)


def test_an_answer_is_led_to_where_errors_are_read(client: Client) -> None:
    told = text_of(send(client, '{"type": "error", "error": {"type": "x", "message": "y"}}').content)
    assert "This is an answer, not a request" in told


def test_too_much_is_told_with_what_to_do(client: Client) -> None:
    answer = send(client, "x" * (decoding.LARGEST_BODY + 10))
    assert answer.status_code == 413
    assert "Leave images out" in text_of(answer.content)


def test_an_unknown_protocol_keeps_what_was_typed(client: Client) -> None:
    answer = send(client, RIGHT, protocol="smtp")
    assert answer.status_code == 422
    assert "claude-opus-5-5" in answer.content.decode()


def test_a_failure_of_ours_says_nothing_of_the_text(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError(f"it was {KEY}")

    monkeypatch.setattr(request_lab, "check", fail)
    answer = send(client, COMMAND)
    assert answer.status_code == 500
    assert "Our own code failed" in text_of(answer.content)
    assert "CanaryLab" not in answer.content.decode() + caplog.text


def test_the_text_cannot_become_markup(client: Client) -> None:
    evil = '{"model": "<script>alert(1)</script>", "<img src=x>": 1, "messages": [{"role": "<b>", "content": [{"type": "<i>"}]}]}'
    page = send(client, evil).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "<b>" not in page
    assert "<i>" not in page


@pytest.mark.django_db
def test_a_key_appears_in_no_page_answer_row_cache_or_log(
    client: Client, owner: User, team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.force_login(owner)
    seen = [send(client, COMMAND).content.decode(), send(client, COMMAND.replace("curl", "GET /x\n")).content.decode()]
    seen.append(
        client.post(reverse("request_lab"), {"pasted": COMMAND}, headers={"hx-request": "true"}).content.decode()
    )
    seen.append(
        client.post("/api/v1/requests/check", {"text": COMMAND}, content_type="application/json").content.decode()
    )
    seen.append(
        client.post(
            "/api/v1/requests/check", {"text": COMMAND, "chosen": KEY}, content_type="application/json"
        ).content.decode()
    )
    for text in (*seen, caplog.text, str(getattr(cache, "_cache", "")), *rows()):
        assert "CanaryLab" not in text
        assert KEY[20:40] not in text
    assert "sk-ant-api03-" in seen[0]  # its shape, so that one sees which key was meant


def rows() -> Iterator[str]:
    """Every value of every table."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield from (str(found) for found in cursor.fetchall())


# -- the API call


def ask(client: Client, **payload: Any) -> Any:
    return client.post("/api/v1/requests/check", payload, content_type="application/json")


def test_the_api_answers_the_same_without_an_account(client: Client) -> None:
    answer = ask(client, text=COMMAND)
    assert answer.status_code == 200
    told = answer.json()
    faults = {fault["path"]: fault for fault in told["faults"]}
    assert faults["max_token"]["near"] == "max_tokens"
    assert faults["header anthropic-version"]["cause"] == "headers_invalid"
    assert told["model"]["state"] == "retired"
    assert json.loads(told["corrected"])["max_tokens"] == 5
    assert set(told["snippets"]) == {"curl", "python", "typescript"}
    assert told["hidden"] == 2
    assert ask(client, text=told["corrected"]).json()["open"] == []


@pytest.mark.parametrize(
    ("payload", "status", "says"),
    [
        ({"text": ""}, 422, "Paste a request first"),
        ({"text": RIGHT, "protocol": "smtp"}, 422, "messages"),
        ({}, 422, "text"),
        ({"text": RIGHT, "chosen": 0}, 422, "chosen"),
    ],
)
def test_the_api_refuses_in_one_sentence(client: Client, payload: dict[str, Any], status: int, says: str) -> None:
    answer = ask(client, **payload)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_an_address_that_asks_too_often_waits(client: Client) -> None:
    for _ in range(decoding.LIMIT.most):
        assert ask(client, text="{}").status_code == 200
    late = ask(client, text="{}")
    assert late.status_code == 429
    assert late["Retry-After"]
    assert send(client, "{}").status_code == 429


def test_a_megabyte_is_read_whole(client: Client) -> None:
    """Read, judged and answered whole, without a fault; how long is held by tests/payloads/test_properties.py."""
    body = json.loads(RIGHT)
    body["messages"] = [
        {"role": ("user", "assistant")[number % 2], "content": "hello world " * 80} for number in range(1101)
    ]
    answer = ask(client, text=json.dumps(body))
    assert answer.json()["size"]["bytes"] > 1_000_000
    assert answer.json()["faults"] == []


_BODY = '{"model":"claude-sonnet-4-5","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}'


@pytest.mark.parametrize(
    "text",
    [
        "\ud800" + _BODY,
        _BODY.replace('"model', '"\ud800model'),
        _BODY.replace('"hi"', r'"\udfff"'),
        f"curl https://api.anthropic.com/v1/messages -H 'x-api-key: \ud800' -d '{_BODY}'",
        json.dumps(
            {"log": {"entries": [{"request": {"method": "P\ud800T", "url": "x", "postData": {"text": _BODY}}}]}}
        ),
    ],
)
def test_half_a_character_is_told_like_any_other(client: Client, text: str) -> None:
    call = client.post("/api/v1/requests/check", json.dumps({"text": text}), content_type="application/json")
    page = client.post(reverse("request_lab"), {"pasted": text.encode("utf-8", "replace").decode()})
    assert (call.status_code, page.status_code) == (200, 200)
    json.dumps(call.json(), ensure_ascii=False).encode()
