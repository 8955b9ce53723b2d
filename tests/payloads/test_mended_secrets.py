"""Keys in places where nobody looks for them: the address, a version, a beta, a server's token."""

from __future__ import annotations

import json

import pytest

from diagnostics.payloads.checking import check
from diagnostics.services.request_lab import as_data
from tests.payloads.test_checking import KEY, OPENAI_KEY, RIGHT, TODAY, curl

OPAQUE = "q7Zx9Lm2VbR4Tw8YkP3s"
HAR = {"request": {"method": "POST", "url": f"https://gw.example/{KEY}/v1/messages", "postData": {"text": "{}"}}}
SERVER = {"type": "url", "url": "https://a.example/sse", "name": "x", "authorization_token": "tok8842"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (curl(url=f"https://gw.example/{KEY}/v1/messages"), KEY[13:40]),
        (curl(url=f"https://gw.example/anthropic/{OPAQUE}/v1/messages"), OPAQUE),
        (curl(url=f"https://{OPAQUE}.gw.example/v1/messages"), OPAQUE.lower()),
        (f'client = Anthropic(base_url="https://gw.example/{KEY}")\nclient.messages.create(model="claude-opus-5-5")', KEY[13:40]),
        (json.dumps({"log": {"entries": [HAR, HAR]}}), KEY[13:40]),
        (curl(RIGHT, f"anthropic-version: {KEY}"), KEY[13:40]),
        (curl(RIGHT, f"anthropic-version: {OPENAI_KEY}"), OPENAI_KEY[8:30]),
        (curl(RIGHT, f"anthropic-beta: {KEY}"), KEY[13:40]),
        (curl(RIGHT, f"anthropic-beta: {KEY.lower()}"), KEY.lower()[13:40]),
        (curl(RIGHT, f"content-type: text/{KEY}"), KEY.lower()[13:40]),
        (json.dumps({**RIGHT, "mcp_servers": [SERVER]}), "tok8842"),
        (json.dumps(json.dumps({**RIGHT, "mcp_servers": [SERVER]})), "tok8842"),
    ],
)  # fmt: skip
def test_it_does_not_come_back(text: str, secret: str) -> None:
    told = json.dumps(as_data(check(text, TODAY)), ensure_ascii=False)
    shown = repr(check(text, TODAY).choices) + check(text, TODAY).address
    assert secret.lower() not in (told + shown).lower()


def test_what_is_no_secret_in_an_address_stays() -> None:
    url = "https://gw.example/openai/deployments/claude-sonnet-4-5-20250929/anthropic/v1/messages"
    done = check(curl(url=url), TODAY)
    assert done.address == url
    assert url in done.snippets[0].text


def test_a_beta_and_a_version_are_told_as_they_are() -> None:
    says = " ".join(one.says for one in check(curl(RIGHT, "anthropic-beta: foo-bar-2025-01-01"), TODAY).faults)
    assert "foo-bar-2025-01-01" in says
