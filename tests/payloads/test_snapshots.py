"""The snapshots are what an SDK says, and judging by them catches what naive judging lets through."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from diagnostics.payloads import schema
from diagnostics.payloads.knowing import known
from diagnostics.payloads.snapshotting import SOURCES

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements" / "snapshots.txt").read_text()
RIGHT: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 16,
    "messages": [{"role": "user", "content": "Hello"}],
}
CHAT: dict[str, Any] = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("protocol", SOURCES)
def test_it_names_the_sdk_that_the_lock_holds(protocol: str) -> None:
    one = schema.snapshot(protocol)
    package = SOURCES[protocol][0]
    locked = re.search(rf"^{package}==(\S+)", LOCK, re.MULTILINE)
    assert locked, package
    assert one.version == locked[1]
    assert one.protocol == protocol
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.date)
    assert one.schema["properties"]["model"]
    assert "description" not in json.dumps(dict(one.schema))[:2000]


def test_every_protocol_of_the_knowledge_has_its_snapshots() -> None:
    named = {one.name for one in known().protocols.values()} | {
        one.beta for one in known().protocols.values() if one.beta
    }
    assert named == set(SOURCES)
    assert len(schema.snapshot("messages_beta").betas) > 20


def with_content(*blocks: Any) -> dict[str, Any]:
    return {**RIGHT, "messages": [{"role": "user", "content": list(blocks)}]}


@pytest.mark.parametrize(
    ("body", "path", "kind"),
    [
        (with_content({"type": "txt", "text": "x"}), "messages.0.content.0.type", "bad_value"),
        (with_content({"type": "text"}), "messages.0.content.0.text", "missing"),
        (
            with_content({"type": "image", "source": {"type": "base64", "data": "aa"}}),
            "messages.0.content.0.source.media_type",
            "missing",
        ),
        (with_content({"type": "image", "source": {"type": "b64"}}), "messages.0.content.0.source.type", "bad_value"),
        (with_content(7), "messages.0.content.0", "wrong_type"),
        ({**RIGHT, "max_token": 1}, "max_token", "unknown_field"),
        ({**RIGHT, "max_tokens": "100"}, "max_tokens", "wrong_type"),
        ({"model": "x", "messages": RIGHT["messages"]}, "max_tokens", "missing"),
        ({**RIGHT, "thinking": {"type": "enabled"}}, "thinking.budget_tokens", "missing"),
        ({**RIGHT, "thinking": {"type": "on"}}, "thinking.type", "bad_value"),
        ({**RIGHT, "tools": [{"name": "x"}]}, "tools.0.input_schema", "missing"),
        ({**RIGHT, "tool_choice": "auto"}, "tool_choice", "wrong_type"),
        ({**RIGHT, "messages": {}}, "messages", "wrong_type"),
        ({**RIGHT, "stream": "yes"}, "stream", "wrong_type"),
        ({**RIGHT, "messages": [{"role": "User", "content": "x"}]}, "messages.0.role", "bad_value"),
        (
            with_content(
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "txt": "x", "text": "y"}]}
            ),
            "messages.0.content.0.content.0.txt",
            "unknown_field",
        ),
    ],
    ids=lambda one: str(one)[:40] if isinstance(one, str) else "",
)
def test_one_fault_is_one_error_at_its_place(body: dict[str, Any], path: str, kind: str) -> None:
    errors = {(error.place, error.kind) for error in schema.judge("messages").errors(body)}
    assert errors == {(tuple(int(step) if step.isdigit() else step for step in path.split(".")), kind)}


@pytest.mark.parametrize(
    "body",
    [
        RIGHT,
        with_content({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}),
        {**RIGHT, "system": [{"type": "text", "text": "x"}]},
        {
            **RIGHT,
            "tools": [
                {"name": "a", "input_schema": {"type": "object", "properties": {"x": {"anyOf": [{"type": "string"}]}}}}
            ],
        },
        {
            **RIGHT,
            "tools": [
                {"type": "bash_20250124", "name": "bash"},
                {"type": "custom", "name": "a", "input_schema": {"type": "object"}},
            ],
        },
        {**RIGHT, "thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
        {**RIGHT, "stream": True, "metadata": {"user_id": None}},
    ],
)
def test_what_is_right_has_no_error(body: dict[str, Any]) -> None:
    assert schema.judge("messages").errors(body) == []
    assert schema.judge("messages_beta").errors(body) == []


def test_openais_protocols() -> None:
    chat, responses = schema.judge("chat_completions"), schema.judge("responses")
    assert chat.errors({**CHAT, "tool_choice": "auto", "stop": ["a"], "response_format": {"type": "json_object"}}) == []
    assert [error.place for error in chat.errors({**CHAT, "tool_choice": "autp"})] == [("tool_choice",)]
    assert [
        error.place for error in chat.errors({**CHAT, "tools": [{"type": "function", "function": {"nam": "x"}}]})
    ] == [
        ("tools", 0, "function", "nam"),
        ("tools", 0, "function", "name"),
    ]
    assert responses.errors({"model": "gpt-5", "input": [{"role": "user", "content": "x"}]}) == []
    assert [error.kind for error in responses.errors({"model": "gpt-5", "messages": []})] == ["unknown_field"]


def test_what_an_unknown_field_may_be_is_told() -> None:
    (error,) = schema.judge("messages").errors({**RIGHT, "max_token": 1})
    assert "max_tokens" in error.allowed
    (error,) = schema.judge("messages").errors(with_content({"type": "txt"}))
    assert '"text"' in error.allowed
