"""What people paste, and what is told of it."""

from __future__ import annotations

import json
import shlex
from datetime import date
from typing import Any

import pytest

from diagnostics.payloads.checking import check
from diagnostics.payloads.records import Checked, Fault

TODAY = date(2026, 11, 28)
RIGHT: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 16,
    "messages": [{"role": "user", "content": "Hello"}],
}
KEY = "sk-ant-api03-" + "Kx7Qv9Zb2Lr4Tw8Y" * 5 + "abcdefghijklmAA"
OPENAI_KEY = "sk-proj-" + "Zq8Wn3Xk5Vt1Bm6R" * 4
HEADERS = ("x-api-key: $ANTHROPIC_API_KEY", "anthropic-version: 2023-06-01", "content-type: application/json")


def curl(
    body: Any = RIGHT, *headers: str, url: str = "https://api.anthropic.com/v1/messages", with_usual: bool = True
) -> str:
    """A command for a POSIX shell."""
    sent = [*headers, *(HEADERS if with_usual else ())]
    text = body if isinstance(body, str) else json.dumps(body)
    return " ".join(["curl", url, *(f"-H {_quoted(one)}" for one in sent), "-d", shlex.quote(text)])


def _quoted(header: str) -> str:
    return f'"{header}"' if "$" in header else shlex.quote(header)


def told(done: Checked) -> dict[str, Fault]:
    """Faults by their place."""
    return {fault.path: fault for fault in done.faults}


def of(body: Any, **options: Any) -> dict[str, Fault]:
    return told(check(body if isinstance(body, str) else json.dumps(body), TODAY, **options))


def blocks(*given: Any, **more: Any) -> dict[str, Any]:
    return {**RIGHT, "messages": [{"role": "user", "content": list(given)}], **more}


# -- how it may be pasted


def test_a_right_request_has_no_fault_and_what_was_not_checked_is_said() -> None:
    done = check(curl(), TODAY)
    assert done.faults == ()
    assert done.corrected is None
    assert done.protocol == "messages"
    assert any("key" in one for one in done.not_checked)
    assert done.model is not None
    assert done.model.word == "works"


BODY = json.dumps({**RIGHT, "max_token": 5})
FORMS = {
    "json": BODY,
    "fenced": f"```json\n{BODY}\n```",
    "posix": f"curl -sS -X POST https://api.anthropic.com/v1/messages \\\n -H 'x-api-key: $K' \\\n --data-raw '{BODY}' | jq",
    "ansi": "curl https://api.anthropic.com/v1/messages -d $'" + BODY.replace("Hello", "It\\'s") + "'",
    "cmd": 'curl https://api.anthropic.com/v1/messages ^\r\n -H "x-api-key: %K%" ^\r\n -d "'
    + BODY.replace('"', '\\"')
    + '"',
    "chrome cmd": 'curl ^"https://api.anthropic.com/v1/messages^" ^\n -H ^"content-type: application/json^" ^\n --data-raw ^"'
    + BODY.replace('"', '^\\^"')
    + '^"',
    "powershell": "curl.exe https://api.anthropic.com/v1/messages `\n -H 'x-api-key: $env:K' `\n -d '"
    + BODY.replace('"', '\\"')
    + "'",
    "heredoc": f"curl https://api.anthropic.com/v1/messages -H 'x: y' -d @- <<'EOF'\n{BODY}\nEOF\n",
    "prompt": f"me@host:~$ curl https://api.anthropic.com/v1/messages --json '{BODY}'",
    "http": f"POST /v1/messages HTTP/1.1\r\nHost: api.anthropic.com\r\nx-api-key: k\r\n\r\n{BODY}",
    "curl -v": f"* Connected\n> POST /v1/messages HTTP/2\n> Host: api.anthropic.com\n> x-api-key: $K\n>\n{BODY}\n< HTTP/2 400\n",
    "har": json.dumps(
        {
            "log": {
                "entries": [
                    {
                        "request": {
                            "method": "POST",
                            "url": "https://api.anthropic.com/v1/messages",
                            "headers": [],
                            "postData": {"text": BODY},
                        }
                    }
                ]
            }
        }
    ),
    "har entry": json.dumps(
        {
            "request": {
                "method": "POST",
                "url": "https://api.anthropic.com/v1/messages",
                "headers": [],
                "postData": {"text": BODY},
            }
        }
    ),
    "python call": "r = client.messages.create(\n    model='claude-opus-5-5', max_token=5, max_tokens=16,\n    messages=[{'role': 'user', 'content': 'Hello'}],\n)",
    "python arguments": "model='claude-opus-5-5', max_token=5, max_tokens=16, messages=[{'role': 'user', 'content': 'Hello'}],",
    "python dict": "{'model': 'claude-opus-5-5', 'max_token': 5, 'max_tokens': 16, 'messages': [{'role': 'user', 'content': 'Hello'}]}",
    "assigned": "payload = {'model': 'claude-opus-5-5', 'max_token': 5, 'max_tokens': 16, 'messages': [dict(role='user', content='Hello')]}",
    "typescript call": "const m = await anthropic.messages.create({ model: 'claude-opus-5-5', max_token: 5, max_tokens: 16, messages: [{ role: 'user', content: `Hello` }] });",
    "fetch": 'await fetch("https://api.anthropic.com/v1/messages", {method: "POST", headers: {"x-api-key": process.env.K, "anthropic-version": "2023-06-01", "content-type": "application/json"}, body: JSON.stringify({model: "claude-opus-5-5", max_token: 5, max_tokens: 16, messages: [{role: "user", content: "Hello"}]})})',
    "requests": f"requests.post('https://api.anthropic.com/v1/messages', headers={{'x-api-key': key}}, json={BODY})",
    "axios": f'axios.post("https://api.anthropic.com/v1/messages", {BODY}, {{headers: {{"x-api-key": k}}}})',
    "batch": json.dumps({"requests": [{"custom_id": "a", "params": json.loads(BODY)}]}),
    "lines": (json.dumps({"custom_id": "a", "params": json.loads(BODY)}) + "\n") * 2,
    "encoded twice": json.dumps(BODY),
    "byte order mark": "\ufeff" + BODY,
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_each_form_is_read_down_to_the_same_fault(text: str) -> None:
    fault = of(text)["max_token"]
    assert (fault.severity, fault.near) == ("likely", "max_tokens")


def test_of_several_requests_one_is_chosen() -> None:
    lines = "\n".join(
        json.dumps({"custom_id": name, "params": {**RIGHT, "model": name}}) for name in ("opus", "claude-opus-5-5")
    )
    assert check(lines, TODAY).choices[0].chosen
    second = check(lines, TODAY, chosen=2)
    assert second.choices[1].chosen
    assert "model" not in told(second)
    har = {"log": {"entries": [
        {"request": {"method": "POST", "url": "https://track.example/t", "headers": []}, "response": {"status": 200}},
        {"request": {"method": "POST", "url": "https://api.anthropic.com/v1/messages", "headers": [], "postData": {"text": "{}"}}, "response": {"status": 400}},
    ]}}  # fmt: skip
    done = check(json.dumps(har), TODAY)
    assert [one.chosen for one in done.choices] == [False, True]
    assert "400" in done.choices[1].title


@pytest.mark.parametrize(
    "text", ["hello", "Error: 400 {'type': 'error'}", "<html></html>", "claude: command not found"]
)
def test_what_is_no_request_is_called_none(text: str) -> None:
    done = check(text, TODAY)
    assert done.kind == "unknown"
    assert done.faults == ()


def test_a_body_in_a_file_is_said_to_be_missing() -> None:
    done = check("curl https://api.anthropic.com/v1/messages -H 'x-api-key: $K' -d @body.json", TODAY)
    assert any("file" in note for note in done.notes)


def test_what_only_the_program_knows_is_not_judged() -> None:
    code = "client.messages.create(model=MODEL, max_tokens=limit, messages=history + [{'role': 'user', 'content': f'{x}'}], **more)"
    done = check(code, TODAY)
    assert not [fault for fault in done.faults if fault.is_sure]
    assert any("messages" in note and "model" in note for note in done.notes)


# -- JSON that is none


@pytest.mark.parametrize(
    ("text", "word", "line", "column"),
    [
        ('{"model": "x",}', "trailing_comma", 1, 14),
        ("{'model': 'x'}", "single_quotes", 1, 2),
        ('{\n "a": True\n}', "python_words", 2, 7),
        ("{“model”: “x”}", "smart_quotes", 1, 2),
        ('{"a": 1 // no\n}', "comment", 1, 9),
        ('{"a": "x', "ends_early", 1, 7),
        ('{"a": {"b": 1}', "ends_early", 1, 15),
        ("{model: 1}", "bare_name", 1, 2),
        ('{"a": "one\ntwo"}', "raw_control_character", 1, 11),
        ('{"a": 1 "b": 2}', "unexpected", 1, 9),
        ('{"a": NaN}', "not_a_number", 1, 7),
        ('{"a": "\\ud83d"}', "lone_surrogate", 1, 8),
    ],
)
def test_json_that_is_none_is_told_with_line_and_column(text: str, word: str, line: int, column: int) -> None:
    fault = next(fault for fault in check(text, TODAY).faults if fault.part == "json")
    assert (fault.kind, fault.line, fault.column) == (word, line, column)
    assert fault.excerpt is not None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1] + ",}",
        lambda text: text.replace('"', "'"),
        lambda text: text.replace('"model"', "model"),
        lambda text: text.replace('"Hello"', '"He said "hello" to me"'),
        lambda text: text.replace("}]", "},]"),
        lambda text: text[:-1],
        lambda text: text.replace(', "stream": true', "")[:-4],
        lambda text: "// the request\n" + text,
        lambda text: text.replace('"', "“", 1).replace('"', "”", 1),
        lambda text: text.replace("Hello", "Hel\nlo"),
        lambda text: text.replace(', "max', ' "max'),
        lambda text: text + ";",
        lambda text: json.dumps(text),
        lambda text: "\ufeff" + text,
    ],
)
def test_broken_json_is_mended_and_then_checked(spoil: Any) -> None:
    text = spoil(json.dumps({**RIGHT, "stream": True}))
    done = check(text, TODAY)
    assert any(fault.part == "json" for fault in done.faults)
    assert done.corrected is not None
    made = json.loads(done.corrected)
    assert made["model"] == "claude-opus-5-5"
    assert made["messages"][0]["role"] == "user"
    assert done.changes[0].startswith("JSON: ")
    assert not [fault for fault in check(done.corrected, TODAY).faults if fault.is_sure]


@pytest.mark.parametrize("text", ['{"model": ...}', '{"a": NaN}', '{"a": }', "{]", '{"model": "x"} and {"more": 1}'])
def test_what_could_only_be_guessed_is_not_mended(text: str) -> None:
    assert check(text, TODAY).corrected is None


# -- fields


@pytest.mark.parametrize(
    ("body", "path", "severity", "says"),
    [
        ({**RIGHT, "stop": "x"}, "stop", "certain", "stop_sequences"),
        ({**RIGHT, "temperature": "0.5", "model": "claude-haiku-4-5"}, "temperature", "certain", "a number, not text"),
        ({**RIGHT, "temperature": 1.5, "model": "claude-haiku-4-5"}, "temperature", "certain", "at most 1"),
        ({**RIGHT, "messages": []}, "messages", "certain", "is empty"),
        ({**RIGHT, "messages": [{"role": "user", "content": ""}]}, "messages[0].content", "certain", "is empty"),
        ({**RIGHT, "messages": [{"role": "bot", "content": "x"}]}, "messages[0].role", "certain", "bot"),
        ({**RIGHT, "messages": [{"role": "assistant", "content": "x"}, {"role": "user", "content": "y"}]}, "messages[0].role", "likely", "user speaks first"),
        (blocks({"type": "tool_result", "tool_use_id": "t1"}), "messages[0].content[0].tool_use_id", "certain", "no tool_use"),
        (blocks({"type": "text", "text": " "}), "messages[0].content[0].text", "certain", "white space"),
        (blocks({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "iVBORw0KGgo="}}), "messages[0].content[0].source.media_type", "certain", "image/png"),
        (blocks({"type": "image", "source": {"type": "base64", "media_type": "image/tiff", "data": "SUkqAA=="}}), "messages[0].content[0].source.media_type", "certain", "image/jpeg"),
        (blocks({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "data:image/png;base64,iVBORw0KGgo="}}), "messages[0].content[0].source.data", "certain", "begins with"),
        (blocks({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "%%%%"}}), "messages[0].content[0].source.data", "certain", "no base64"),
        ({**RIGHT, "thinking": {"type": "enabled", "budget_tokens": 2000}, "model": "claude-sonnet-4-6"}, "thinking.budget_tokens", "certain", "less than max_tokens"),
        ({**RIGHT, "thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}, "thinking.type", "likely", "not accepted"),
        ({**RIGHT, "system": [{"type": "text", "text": str(one), "cache_control": {"type": "ephemeral"}} for one in range(5)]}, "cache_control", "certain", "at most 4"),
        ({**RIGHT, "stop_sequences": ["\n"]}, "stop_sequences[0]", "certain", "white space"),
        ({**RIGHT, "max_tokens": 200_000}, "max_tokens", "likely", "128000"),
        ({**RIGHT, "max_tokens": 64_000}, "max_tokens", "maybe", "stream"),
        ({**RIGHT, "model": "claude-haiku-4-5", "temperature": 0.2, "top_p": 0.9}, "top_p", "certain", "one of the two"),
        ({**RIGHT, "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": {}}]}, {"role": "user", "content": [{"type": "text", "text": "y"}, {"type": "tool_result", "tool_use_id": "t"}]}]}, "messages[2].content[1]", "likely", "come first"),
        ({**RIGHT, "tool_choice": {"type": "auto"}}, "tool_choice", "certain", "no tools"),
        ({**RIGHT, "mcp_servers": []}, "mcp_servers", "likely", "anthropic-beta"),
        ({**RIGHT, "model": "claude-haiku-4-5", "messages": [*RIGHT["messages"], {"role": "assistant", "content": "Well "}]}, "messages[1].content", "certain", "white space"),
    ],
    ids=lambda one: one if isinstance(one, str) and "." in one else "",
)  # fmt: skip
def test_a_fault_of_the_body(body: Any, path: str, severity: str, says: str) -> None:
    fault = of(body)[path]
    assert fault.severity == severity
    assert says in fault.says + fault.near + " ".join(fault.allowed)


def test_a_fault_has_its_place_in_what_was_pasted() -> None:
    text = json.dumps({**RIGHT, "messages": [{"role": "user", "content": [{"type": "txt", "text": "x"}]}]}, indent=2)
    fault = of(text)["messages[0].content[0].type"]
    assert fault.excerpt is not None
    assert fault.excerpt.marked == '"txt"'
    assert text.splitlines()[(fault.line or 0) - 1][(fault.column or 0) - 1 :].startswith('"txt"')
    assert "tool_result" in fault.allowed


def test_a_beta_field_is_right_with_its_header() -> None:
    body = {**RIGHT, "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}
    assert "context_management" in told(check(curl(body), TODAY))
    assert not told(check(curl(body, "anthropic-beta: context-management-2025-06-27"), TODAY))


@pytest.mark.parametrize(
    ("body", "path", "severity"),
    [
        ({"model": "gpt-5", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}, "max_tokens", "certain"),
        (
            {
                "model": "gpt-4o",
                "messages": [{"role": "user", "content": "x"}],
                "response_format": {"type": "json_object"},
            },
            "response_format",
            "certain",
        ),
        (
            {"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "a", "content": "x"}]},
            "messages[0].tool_call_id",
            "certain",
        ),
        (
            {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}], "functions": [{"name": "a"}]},
            "functions",
            "maybe",
        ),
        ({"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}], "top_k": 3, "n": 1}, "top_k", "certain"),
        (
            {"model": "gpt-4o", "input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
            "input[0].content[0].type",
            "likely",
        ),
    ],
)
def test_a_fault_of_openais_forms(body: Any, path: str, severity: str) -> None:
    assert of(body)[path].severity == severity


# -- headers, keys and addresses


@pytest.mark.parametrize(
    ("text", "path", "severity", "says"),
    [
        (curl(RIGHT, "x-api-key: $K", with_usual=False), "header anthropic-version", "certain", "missing"),
        (curl(RIGHT, "x-api-key: $K", with_usual=False), "header content-type", "certain", "curl sends this"),
        (curl(RIGHT, "anthropic-version: 2024-01-01", "x-api-key: $K", with_usual=False), "header anthropic-version", "certain", "2023-06-01"),
        (curl(RIGHT, "content-type: text/plain", "x-api-key: $K", with_usual=False), "header content-type", "certain", "text/plain"),
        (curl(RIGHT, with_usual=False), "header x-api-key", "certain", "missing"),
        (curl(RIGHT, f"Authorization: Bearer {KEY}", "anthropic-version: 2023-06-01", with_usual=False), "header authorization", "maybe", "API key as a bearer"),
        (curl(RIGHT, "Authorization: Bearer $T"), "header authorization", "maybe", "beside x-api-key"),
        (curl(RIGHT, f"x-api-key: {OPENAI_KEY}", with_usual=False), "header x-api-key", "certain", "OpenAI"),
        (curl(RIGHT, "x-api-key: sk-ant-oat01-" + "Kx7Qv9Zb2Lr4" * 8, with_usual=False), "header x-api-key", "certain", "login's token"),
        (curl(RIGHT, "x-api-key: [sk-ant-oat01-…Lr4A]", with_usual=False), "header x-api-key", "certain", "login's token"),
        (curl(RIGHT, "Authorization: Bearer $OPENAI_API_KEY", with_usual=False), "header authorization", "likely", "OpenAI's key stands"),
        (curl(RIGHT, f"x-api-key: '{KEY}'", with_usual=False), "header x-api-key", "certain", "quotes"),
        (curl(RIGHT, "x-api-key: your-api-key-here", with_usual=False), "header x-api-key", "maybe", "example"),
        (curl(RIGHT, "anthropic-beta: Files API"), "header anthropic-beta", "certain", "form"),
        (curl(RIGHT, "anthropic-beta: files-apo-2025-04-14"), "header anthropic-beta", "likely", "files-api-2025-04-14"),
        (curl(RIGHT, "Connection: keep-alive"), "header connection", "maybe", "next hop"),
        (curl(RIGHT, "x-y: a\x01b"), "header x-y", "certain", "control character"),
        (curl(url="https://api.anthropic.com/v1/v1/messages"), "address", "certain", "twice"),
        (curl(url="api.anthropic.com/v1/messages"), "address", "certain", "https://"),
        (curl(url="https://api.anthropic.com/v1/chat/messages"), "address", "certain", "no endpoint"),
        (curl(url="http://api.anthropic.com/v1/messages"), "address", "likely", "plain http"),
        (curl(url="https://api.openai.com/v1/messages"), "address", "certain", "OpenAI"),
        (curl(url="https://api.anthropic.com/v1/complete"), "address", "certain", "retired"),
        (curl(url=f"https://api.anthropic.com/v1/messages?key={KEY}"), "address", "certain", "query"),
        (curl().replace("curl ", "curl -X GET "), "method", "certain", "POST"),
        (curl().replace("curl ", "curl -k "), "option -k", "maybe", "certificates"),
        (f"Anthropic(api_key='{KEY}').messages.create(model='claude-opus-5-5')", "the code", "maybe", "written into it"),
        ("Anthropic(base_url='https://g.example/v1').messages.create(model='claude-opus-5-5')", "base_url", "certain", "/v1"),
    ],
    ids=lambda one: one[:30] if isinstance(one, str) and not one.startswith("curl") else "",
)  # fmt: skip
def test_a_fault_of_headers_and_address(text: str, path: str, severity: str, says: str) -> None:
    fault = told(check(text, TODAY))[path]
    assert fault.severity == severity
    assert says in f"{fault.says} {fault.near} {' '.join(fault.allowed)}"


def test_a_gateway_may_have_its_own_ways() -> None:
    done = check(
        curl(
            {**RIGHT, "model": "my-model"},
            "Authorization: Bearer $T",
            url="https://llm.corp.example/anthropic/v1/messages",
            with_usual=False,
        ),
        TODAY,
    )
    assert not [fault for fault in done.faults if fault.is_sure and fault.part != "headers"]
    assert any("gateway" in one for one in done.not_checked)
    assert "llm.corp.example/anthropic" in done.snippets[1].text


def test_on_a_cloud_what_differs_there_is_not_judged() -> None:
    body = {**RIGHT, "anthropic_version": "bedrock-2023-05-31"}
    del body["model"]
    for text in (
        json.dumps(body),
        curl(
            body,
            "Authorization: AWS4-HMAC-SHA256 Credential=x",
            url="https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-opus-5-5/invoke",
            with_usual=False,
        ),
    ):
        done = check(text, TODAY)
        assert done.faults == (), text
        assert any("signature" in one for one in done.not_checked)
    assert "max_token" in of({**body, "max_token": 1})
    azure = curl(
        {"messages": [{"role": "user", "content": "x"}]},
        "api-key: $K",
        "content-type: application/json",
        url="https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
        with_usual=False,
    )
    assert check(azure, TODAY).faults == ()


@pytest.mark.parametrize("body", [
    {"contents": [{"role": "user", "parts": [{"text": "x"}]}], "generationConfig": {"temperature": 1}},
    {"modelId": "x", "messages": [{"role": "user", "content": [{"text": "x"}]}], "inferenceConfig": {"maxTokens": 5}},
])  # fmt: skip
def test_a_protocol_that_is_not_known_here_is_named_and_not_judged(body: Any) -> None:
    done = check(json.dumps(body), TODAY)
    assert done.foreign
    assert done.faults == ()
    assert check(curl(body), TODAY).faults  # sent to Anthropic it is wrong


# -- the model


@pytest.mark.parametrize(
    ("model", "severity", "use"),
    [
        ("claude-3-opus-20240229", "certain", "claude-opus-5-5"),
        ("claude-sonnet-4-5", "likely", "claude-sonnet-5-5"),
        ("claude-sonnet-5.5", "likely", "claude-sonnet-5-5"),
        ("opus", "certain", ""),
        ("claude-opus-5-5[1m]", "certain", "claude-opus-5-5"),
        ("us.anthropic.claude-opus-5-5", "certain", "claude-opus-5-5"),
        ("gpt-4o", "certain", ""),
        ("claude-opus-9", "maybe", ""),
    ],
)
def test_what_is_told_of_a_model(model: str, severity: str, use: str) -> None:
    fault = told(check(curl({**RIGHT, "model": model}), TODAY))["model"]
    assert (fault.severity, fault.near) == (severity, use)


def test_the_day_is_counted() -> None:
    assert "in 2 days" in of({**RIGHT, "model": "claude-sonnet-4-5-20250929"})["model"].says


# -- what is corrected


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ({"model": "claude-opus-5-5", "max_token": 5, "messages": RIGHT["messages"]}, {"max_tokens": 5}),
        ({**RIGHT, "stop": "END"}, {"stop_sequences": ["END"]}),
        ({**RIGHT, "max_tokens": "100"}, {"max_tokens": 100}),
        ({**RIGHT, "messages": [{"role": "system", "content": "Be kind."}, *RIGHT["messages"]]}, {"system": "Be kind.", "messages": RIGHT["messages"]}),
        ({**RIGHT, "model": "claude-3-opus-20240229"}, {"model": "claude-opus-5-5"}),
        ({**RIGHT, "messages": [{"role": "User", "content": "x"}]}, {"messages": [{"role": "user", "content": "x"}]}),
        (blocks({"type": "image_url", "image_url": {"url": "https://a.b/c.png"}}), {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "https://a.b/c.png"}}]}]}),
        ({**RIGHT, "tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}], "tool_choice": "auto"}, {"tools": [{"name": "a", "input_schema": {"type": "object"}}], "tool_choice": {"type": "auto"}}),
        (blocks({"text": "x"}), {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}),
        ({**RIGHT, "prompt": "x"} | {"messages": RIGHT["messages"]}, {}),
    ],
)  # fmt: skip
def test_what_is_safe_is_corrected(body: Any, made: dict[str, Any]) -> None:
    done = check(curl(body), TODAY)
    if not made:
        assert done.corrected is None or "prompt" in json.loads(done.corrected)
        return
    assert done.corrected is not None
    assert json.loads(done.corrected).items() >= made.items()
    assert done.changes


def test_what_somebody_wrote_is_never_invented_or_lost() -> None:
    body = blocks(
        {"type": "tool_result", "tool_use_id": "gone", "content": "x"},
        thinking={"type": "enabled", "budget_tokens": 9999},
    )
    done = check(json.dumps(body), TODAY)
    assert done.corrected is None
    assert {fault.path for fault in done.open_faults} >= {"messages[0].content[0].tool_use_id"}


def test_max_tokens_is_put_in_as_an_example_and_said_to_be_one() -> None:
    done = check(json.dumps({"model": "claude-opus-5-5", "messages": RIGHT["messages"]}), TODAY)
    assert "example" in done.changes[0]


def test_an_image_is_left_as_it_is() -> None:
    """Among megabytes of base64 something looks like a key by chance."""
    data = "iVBORw0KGgo" + "/eyJhbGciOiJIUzI1NiJ9" * 30_000 + "="
    body = {
        **blocks({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}),
        "stop": "END",
    }
    done = check(json.dumps(body), TODAY)
    assert done.hidden == 0
    assert done.corrected is not None
    assert data in done.corrected


# -- to copy


def test_the_snippets_can_be_parsed_and_hold_no_key() -> None:
    body = {**RIGHT, "messages": [{"role": "user", "content": 'It\'s "quoted" \\ and\nbroken $HOME'}], "stream": True}
    done = check(curl(body, f"x-api-key: {KEY}", with_usual=False), TODAY)
    texts = {one.key: one.text for one in done.snippets}
    assert KEY not in "".join(texts.values())
    compile(texts["python"], "snippet", "exec")
    again = check(texts["curl"], TODAY)
    assert again.faults == ()
    for key in ("python", "typescript"):
        assert check(texts[key], TODAY).faults == (), key
    words = shlex.split(texts["curl"])
    assert json.loads(words[-1]) == body


def test_a_large_body_is_read_from_a_file() -> None:
    done = check(json.dumps({**RIGHT, "system": "x" * 50_000}), TODAY)
    assert all("request.json" in one.text and len(one.text) < 2000 for one in done.snippets)


# -- secrets


@pytest.mark.parametrize("text", [
    curl({**RIGHT, "system": f"my key is {KEY}"}, f"x-api-key: {KEY}", f"Authorization: Bearer {OPENAI_KEY}", url=f"https://u:{KEY}@api.anthropic.com/v1/messages?key={KEY}"),
    json.dumps({**RIGHT, "api_key": KEY, KEY: 1, "model": KEY}),
    f"Anthropic(api_key='{KEY}').messages.create(model='x', messages=[{{'role': 'user', 'content': '{KEY}'}}], x='{OPENAI_KEY}')",
    f"POST /v1/{KEY} HTTP/1.1\nx-api-key: {KEY}\nx-{KEY}: 1\n\n{{'a': '{KEY}'",
    json.dumps({"custom_id": KEY, "params": {"model": "x", "metadata": {"user_id": KEY}}}),
])  # fmt: skip
def test_no_key_comes_back(text: str) -> None:
    done = check(text, TODAY)
    assert done.hidden
    shown = repr(done) + str(done.corrected) + "".join(one.text for one in done.snippets)
    for secret in (KEY, OPENAI_KEY):
        assert secret[20:40] not in shown
