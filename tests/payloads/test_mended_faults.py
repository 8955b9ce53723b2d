"""One slip is one fault, and slips that were not told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.payloads.checking import check
from tests.payloads.test_checking import KEY, RIGHT, TODAY, blocks, curl, of

USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
ANSWER = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}
TOOL = {"name": "f", "input_schema": {"type": "object"}}


def round_of(used: Any, answered: Any, sides: tuple[str, str] = ("assistant", "user")) -> dict[str, Any]:
    turns = [
        {"role": sides[0], "content": [used]},
        {"role": sides[1], "content": answered if isinstance(answered, list) else [answered]},
    ]
    return {**RIGHT, "tools": [TOOL], "messages": [*RIGHT["messages"], *turns]}


def without(body: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    return {**{key: value for key, value in body.items() if key != name}, **more}


@pytest.mark.parametrize(("body", "path", "near"), [
    (without(RIGHT, "max_tokens", max_token=5), "max_token", "max_tokens"),
    (without(RIGHT, "max_tokens", max_completion_tokens=5), "max_completion_tokens", "max_tokens"),
    (without(RIGHT, "model", modelId="claude-opus-5-5"), "modelId", "model"),
    ({**RIGHT, "tools": [{"name": "f", "parameters": {"type": "object"}}]}, "tools[0].parameters", "input_schema"),
    (round_of(USE, without(ANSWER, "tool_use_id", tool_call_id="toolu_1")), "messages[2].content[0].tool_call_id", "tool_use_id"),
    (round_of(USE, without(ANSWER, "tool_use_id", id="toolu_1")), "messages[2].content[0].id", "tool_use_id"),
    ({**RIGHT, "model": "claude-haiku-4-5", "max_tokens": 5000, "thinking": {"type": "enabled", "budget": 2000}}, "thinking.budget", "budget_tokens"),
    (blocks({"type": "text", "content": "a"}), "messages[0].content[0].content", "text"),
])  # fmt: skip
def test_a_misspelt_name_is_one_fault_and_is_corrected(body: Any, path: str, near: str) -> None:
    done = check(json.dumps(body), TODAY)
    assert [(one.path, one.near, one.severity) for one in done.faults] == [(path, near, "certain")]
    assert done.corrected is not None
    assert check(done.corrected, TODAY).faults == ()


@pytest.mark.parametrize(("body", "path"), [
    ({**RIGHT, "messages": [*RIGHT["messages"], {"role": "assistant", "content": [USE]}, {"role": "tool", "tool_call_id": "toolu_1", "content": "x"}]},
     "messages[2].role"),
    ({**RIGHT, "system": [{"type": "image", "source": {}}]}, "system[0].type"),
    (round_of(USE, {**ANSWER, "tool_use_id": "toolu_2"}), "messages[2].content[0].tool_use_id"),
    (round_of(USE, [ANSWER, ANSWER]), "messages[2].content[1].tool_use_id"),
    (round_of({"type": "text", "text": "a"}, USE), "messages[2].content[0].type"),
    ({**RIGHT, "messages": [*round_of(USE, ANSWER, ("assistant", "assistant"))["messages"], *RIGHT["messages"]]}, "messages[2].content[0].type"),
    ({**RIGHT, "tools": [{"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["a.example"], "blocked_domains": ["b.example"]}]},
     "tools[0].blocked_domains"),
])  # fmt: skip
def test_it_is_told_once_and_left(body: Any, path: str) -> None:
    done = check(json.dumps(body), TODAY)
    assert [one.path for one in done.faults] == [path]
    assert done.corrected is None


def test_tools_of_a_server_that_is_not_there_are_told() -> None:
    body = {**RIGHT, "mcp_servers": [], "tools": [{"type": "mcp_toolset", "mcp_server_name": "x"}]}
    assert "not among" in of(curl(body, "anthropic-beta: mcp-client-2025-11-20"))["tools[0].mcp_server_name"].says


def test_the_id_that_waits_is_named() -> None:
    assert (
        "toolu_1" in of(round_of(USE, {**ANSWER, "tool_use_id": "toolu_2"}))["messages[2].content[0].tool_use_id"].says
    )


def test_white_space_around_a_model_is_taken_away() -> None:
    done = check(json.dumps({**RIGHT, "model": "claude-opus-5-5 "}), TODAY)
    assert json.loads(str(done.corrected)) == RIGHT


def test_the_beta_that_a_field_needs_is_named() -> None:
    body = {**RIGHT, "mcp_servers": [{"type": "url", "url": "https://a.example/sse", "name": "x"}]}
    assert "mcp-client-2025-11-20" in of(body)["mcp_servers"].says


REST = ("anthropic-version: 2023-06-01", "content-type: application/json")


@pytest.mark.parametrize(("headers", "path", "says"), [
    ((f"x-api-key: Bearer {KEY}", *REST), "header x-api-key", "Bearer"),
    ((f"x-api-key: {KEY[:60]}", *REST), "header x-api-key", "shorter"),
    ((f"Authorization: {KEY}", *REST), "header authorization", "no scheme"),
    (("x-api-key: $K", "anthropic_version: 2023-06-01", REST[1]), "header anthropic_version", "anthropic-version"),
    (("x_api_key: $K", *REST), "header x_api_key", "x-api-key"),
    (("api-key: $K", *REST), "header api-key", "x-api-key"),
    (("x-api-key: $K", "anthropic-betas: compact-2026-01-12", *REST), "header anthropic-betas", "anthropic-beta"),
])  # fmt: skip
def test_a_slip_in_a_header_is_one_fault(headers: tuple[str, ...], path: str, says: str) -> None:
    done = check(curl(RIGHT, *headers, with_usual=False), TODAY)
    assert [one.path for one in done.faults] == [path]
    assert says in done.faults[0].says


@pytest.mark.parametrize(("url", "near"), [
    ("https://api.antropic.com/v1/messages", "api.anthropic.com"),
    ("https://api.anthropic.con/v1/messages", "api.anthropic.com"),
    ("https://claude.ai/v1/messages", "api.anthropic.com"),
    ("https://console.anthropic.com/v1/messages", "api.anthropic.com"),
    ("htps://api.anthropic.com/v1/messages", ""),
    ("https://api.anthropic.com:80/v1/messages", ""),
])  # fmt: skip
def test_a_slip_in_the_address_is_told(url: str, near: str) -> None:
    faults = check(curl(url=url), TODAY).faults
    assert [(one.path, one.near) for one in faults] == [("address", near)]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.anthropic.example/v1/messages",
        "https://anthropic.gw.example/v1/messages",
        "https://api.ai.example/v1/messages",
    ],
)
def test_a_gateways_host_is_no_slip(url: str) -> None:
    assert check(curl(url=url), TODAY).faults == ()
