"""Requests that are right and were told wrong, and what is no request for an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.payloads.checking import check
from tests.payloads.test_checking import RIGHT, TODAY, curl, of, told

LOGIN = "Authorization: Bearer sk-ant-oat01-" + "Kx7Qv9Zb2Lr4Tw8Y" * 6
REST = ("anthropic-version: 2023-06-01", "content-type: application/json")
BATCH = {"requests": [{"custom_id": "a", "params": RIGHT}, {"custom_id": "b", "params": {**RIGHT, "max_token": 5}}]}
BATCHES = "https://api.anthropic.com/v1/messages/batches"
SEARCH = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
]


def in_double(body: str) -> str:
    return curl("BODY").replace("-d BODY", f'-d "{body}"')


@pytest.mark.parametrize(
    "text",
    [
        curl(BATCH, url=BATCHES),
        curl("BODY").replace("BODY", "'{\"model\": \"claude-opus-5-5\", \"max_tokens\": '$MAX', \"messages\": '\"$MESSAGES\"'}'"),
        in_double('{\\"model\\": \\"$MODEL\\", \\"max_tokens\\": 5, \\"messages\\": [{\\"role\\": \\"user\\", \\"content\\": \\"a\\"}]}'),
        curl(RIGHT, LOGIN, "anthropic-beta: oauth-2025-04-20", *REST, with_usual=False),
        json.dumps({**RIGHT, "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": SEARCH}]}),
        "client.messages.create({model: 'claude-opus-5-5', max_tokens: 5, temperature: undefined, messages: [{role: 'user', content: 'a'}]})",
json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-5", "messages": RIGHT["messages"]}}),
        'requests.post(url, headers={"x-api-key": key, "anthropic-version": "2023-06-01", "content-type": "application/json"}, '
        f"data=json.dumps({RIGHT}))",
        f'axios.post(`${{base}}/v1/messages`, {json.dumps(RIGHT)}, {{headers: {{"x-api-key": key, "anthropic-version": "2023-06-01", ...more}}}})',
        json.dumps({**RIGHT, "speed": "standard"}),
    ],
)  # fmt: skip
def test_it_has_no_fault(text: str) -> None:
    done = check(text, TODAY)
    assert done.faults == ()
    assert done.corrected is None


@pytest.mark.parametrize("text", [
    curl(BATCH, url=BATCHES),
    json.dumps({"log": {"entries": [{"request": {"method": "POST", "url": BATCHES, "postData": {"text": json.dumps(BATCH)}}}]}}),
    f"client.messages.batches.create(requests={BATCH['requests']})",
    "client.messages.batches.create(requests=[Request(custom_id='a', params=MessageCreateParamsNonStreaming(model='claude-opus-5-5', "
    "max_tokens=5, messages=[{'role': 'user', 'content': 'a'}])), Request(custom_id='b', params={'max_token': 5})])",
])  # fmt: skip
def test_the_requests_of_a_batch_are_checked_one_by_one(text: str) -> None:
    first, second = check(text, TODAY), check(text, TODAY, chosen=2)
    assert not any(one.part == "body" for one in first.faults)
    assert len(first.choices) == 2
    assert "max_token" in told(second)


@pytest.mark.parametrize("given", ["$BODY", "$(jq -n --arg a b '{}')", "$(cat body.json)"])
def test_a_body_from_elsewhere_is_not_judged(given: str) -> None:
    done = check(in_double(given), TODAY)
    assert done.faults == ()
    assert any("paste what it holds" in note for note in done.notes)


def test_a_variable_in_single_quotes_is_told() -> None:
    text = curl(RIGHT).replace('"x-api-key: $ANTHROPIC_API_KEY"', "'x-api-key: $ANTHROPIC_API_KEY'")
    assert "single quotes" in of(text)["header x-api-key"].says


def test_a_logins_token_needs_its_beta() -> None:
    assert "oauth-2025-04-20" in of(curl(RIGHT, LOGIN, *REST, with_usual=False))["header authorization"].says


@pytest.mark.parametrize(("text", "whose"), [
    ("generateText({ model: anthropic('claude-opus-5-5'), maxOutputTokens: 5, prompt: 'hi' })", "the Vercel AI SDK"),
    ('ChatAnthropic(model="claude-opus-5-5", max_tokens=10).invoke("hi")', "LangChain"),
    (curl({"model": "text-embedding-3-small", "input": "a"}, url="https://api.openai.com/v1/embeddings"), "the endpoint /v1/embeddings"),
    (curl({"purpose": "x"}, url="https://api.anthropic.com/v1/files"), "the endpoint /v1/files"),
    ("client.messages.batches.create(requests=made)", "a call of batches"),
])  # fmt: skip
def test_what_is_not_judged_is_named(text: str, whose: str) -> None:
    done = check(text, TODAY)
    assert (done.foreign, done.faults, done.corrected) == (whose, (), None)
    assert done.notes


@pytest.mark.parametrize("value", [
    {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": [], "usage": {}},
    {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: Field required"}},
    {"error": {"message": "no", "code": 400}},
    {"object": "chat.completion", "model": "gpt-5", "choices": []},
])  # fmt: skip
def test_an_answer_is_no_request(value: dict[str, Any]) -> None:
    done = check(json.dumps(value), TODAY)
    assert (done.kind, done.faults) == ("answer", ())


LINES = curl(RIGHT).replace(" -", " \\\n  -")


def test_a_command_of_several_lines_is_right() -> None:
    assert check(LINES, TODAY).faults == ()


@pytest.mark.parametrize(("text", "says"), [
    (LINES.replace(" \\\n", " \\ \n", 1), "space behind the backslash"),
    (LINES.replace(" \\\n", "\n", 1), "lacks a backslash"),
    (LINES.replace("'", "’"), "typographic quotes"),
    (LINES.replace(" \\\n", " ^\n"), "single quotes"),
])  # fmt: skip
def test_a_slip_of_the_shells_is_one_fault(text: str, says: str) -> None:
    (fault,) = check(text, TODAY).faults
    assert says in fault.says


POWERSHELL = (
    'Invoke-WebRequest -UseBasicParsing -Uri "https://api.anthropic.com/v1/messages" `\n-Method "POST" `\n-Headers @{\n"x-api-key"="$env:K"\n'
    '  "anthropic-version"="2023-06-01"\n} `\n-ContentType "application/json" `\n-Body "'
)


def test_powershells_own_command_is_read() -> None:
    def of_body(body: Any) -> str:
        return POWERSHELL + json.dumps(body).replace('"', '`"') + '"'

    done = check(of_body(RIGHT), TODAY)
    assert (done.kind, done.protocol, done.faults) == ("powershell", "messages", ())
    assert "max_token" in of(of_body({**RIGHT, "max_token": 5}))
    made = check(POWERSHELL.removesuffix('"') + "($body | ConvertTo-Json)", TODAY)
    assert (made.faults, len(made.notes)) == ((), 1)
