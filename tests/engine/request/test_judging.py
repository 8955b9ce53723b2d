"""What is wrong with a request is told with its place in it; nothing of what it says is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine import library
from diagnostics.engine.facts import FACTS
from diagnostics.engine.records import FactValue
from diagnostics.engine.request.judging import judge_body
from diagnostics.engine.request.reading import read

TABLE = library.load().requests["messages"]
GOOD: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 2000,
    "messages": [{"role": "user", "content": "hi"}],
}
TOOL = {"name": "look", "input_schema": {"type": "object"}}
USE = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "9"}


def facts(betas: tuple[str, ...] = (), **changed: Any) -> dict[str, FactValue]:
    """The facts of a good request with some fields changed; None takes a field away."""
    body = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    made = judge_body(read(json.dumps(body).encode()), TABLE, betas)
    assert set(made) <= set(FACTS)
    return made


def said(grade: str = "faults", betas: tuple[str, ...] = (), **changed: Any) -> FactValue:
    """What is told of one grade."""
    return facts(betas, **changed).get(f"request.{grade}", ())


def talk(*contents: Any) -> list[dict[str, Any]]:
    """A conversation that begins with the user."""
    return [{"role": ("user", "assistant")[place % 2], "content": content} for place, content in enumerate(contents)]


GRADES = ("faults", "likely", "doubtful", "odd")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"system": "x"},
        {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]},
        {"max_tokens": 0},
        {"temperature": 0.5, "top_k": 40, "stop_sequences": ["END"], "metadata": {"user_id": "u"}, "stream": True},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"thinking": {"type": "adaptive", "display": "omitted"}},
        {"tools": [TOOL, {"type": "web_search_20260318", "name": "web_search"}], "tool_choice": {"type": "tool", "name": "look"}},
        {"tools": [TOOL], "messages": talk("hi", [USE], [RESULT], "done", "thanks")},
        {"messages": [*talk("hi", [USE]), {"role": "user", "content": "wait"}, {"role": "user", "content": [RESULT]}], "tools": [TOOL]},
        {"messages": talk([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}])},
        {"messages": talk([{"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}])},
        {"messages": [*talk("hi", "yes", "go"), {"role": "system", "content": "be brief"}, {"role": "assistant", "content": "ok"}]},
        {"messages": talk("hi", "")},
        {"output_config": {"effort": "low"}, "service_tier": "auto", "container": None},
    ],
)  # fmt: skip
def test_a_good_request_is_left_alone(changed: dict[str, Any]) -> None:
    made = facts(**changed)
    assert {grade: made[f"request.{grade}"] for grade in GRADES if f"request.{grade}" in made} == {}
    assert "request.form" not in made


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"max_tokens": None}, "max_tokens: is missing"),
        ({"messages": None}, "messages: is missing"),
        ({"messages": []}, "messages: is empty"),
        ({"messages": "hi"}, "messages: must be a list, not text"),
        ({"messages": [7]}, "messages[0]: must be an object, not a whole number"),
        ({"messages": [{"role": "user"}]}, "messages[0].content: is missing"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role: is tool, and must be one of user, assistant, system"),
        ({"messages": talk("")}, "messages[0].content: is empty"),
        ({"messages": talk([{"text": "x"}])}, "messages[0].content[0].type: is missing"),
        ({"messages": talk([{"type": "text"}])}, "messages[0].content[0].text: is missing"),
        ({"messages": talk([{"type": "text", "text": " "}])}, "messages[0].content[0].text: holds nothing but white space"),
        ({"messages": talk([RESULT])}, "messages[0].content[0].tool_use_id: has no tool_use in the message before"),
        ({"messages": talk("hi", [USE], "so?"), "tools": [TOOL]}, "messages[1].content[0].id: has no tool_result in the message after"),
        ({"messages": talk([{"type": "image_url", "image_url": {}}])},
         "messages[0].content[0].type: image_url is a kind of another vendor's protocol"),
        ({"max_tokens": "64"}, "max_tokens: must be a whole number, not text"),
        ({"max_tokens": True}, "max_tokens: must be a whole number, not true or false"),
        ({"max_tokens": -1}, "max_tokens: is -1, and must be at least 0"),
        ({"temperature": 1.5}, "temperature: is 1.5, and must be at most 1"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "thinking.budget_tokens: must be less than max_tokens"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}, "temperature": 0}, "temperature: must be 1 while thinking is enabled"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens: is missing"),
        ({"tool_choice": {"type": "any"}}, "tool_choice: is set and there are no tools"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "see"}}, "tool_choice.name: names a tool that is not among the tools"),
        ({"tools": [TOOL, TOOL]}, "tools[1].name: look stands there twice"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools[0].type: function is a kind of another vendor's protocol"),
        ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "tools[0].name: has a form that is not taken"),
        ({"tools": [{"name": "a", "input_schema": {}}]}, "tools[0].input_schema.type: is missing"),
        ({"stop": ["x"]}, "stop: is another protocol's name; here it is stop_sequences"),
        ({"n": 2}, "n: is a field of OpenAI's Chat Completions"),
        ({"anthropic_version": "bedrock-2023-05-31"}, "anthropic_version: is a field of Amazon Bedrock"),
        ({"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5},
         "cache_control: stands at 5 parts, and at most 4 may have it"),
    ],
)  # fmt: skip
def test_what_no_request_may_have(changed: dict[str, Any], told: str) -> None:
    faults = said(**changed)
    assert isinstance(faults, tuple)
    assert told in faults


@pytest.mark.parametrize(
    ("grade", "changed", "told"),
    [
        ("doubtful", {"max_token": 5}, "max_token: is no field that is known here; max_tokens is meant"),
        ("doubtful", {"model": "claude-opus-5-5", "temperature": 0.2}, "temperature: is not taken by claude-opus-5-5"),
        ("likely", {"messages": [{"role": "system", "content": "x"}, *talk("hi")]},
         "messages[0].role: is system: such words stand in the field system at the top"),
        ("likely", {"messages": talk([{"type": "txt", "text": "x"}])},
         "messages[0].content[0].type: txt is no kind that is known here; text is meant"),
        ("odd", {"mcp_servers": []}, "mcp_servers: needs an anthropic-beta header, and none is given"),
    ],
)  # fmt: skip
def test_what_may_have_come_since_is_no_certain_fault(grade: str, changed: dict[str, Any], told: str) -> None:
    assert said(**changed) == ()
    assert said(grade, **changed) == (told,)


def test_thinking_between_calls_may_have_more_than_one_answer() -> None:
    thinking = {"type": "enabled", "budget_tokens": 4000}
    assert said(thinking=thinking) != ()
    assert said(betas=("interleaved-thinking-2025-05-14",), thinking=thinking) == ()


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ({"model": "gpt-4o", "messages": talk("hi"), "frequency_penalty": 0}, "OpenAI's Chat Completions"),
        ({**GOOD, "n": 1, "seed": 7}, "OpenAI's Chat Completions"),
        ({"model": "gpt-5", "input": "hi", "instructions": "x"}, "OpenAI's Responses"),
        ({"contents": [{"parts": [{"text": "hi"}]}]}, "Google's generateContent"),
        ({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": talk("hi")}, "Amazon Bedrock"),
        ({"model": "claude-2", "prompt": "hi", "max_tokens_to_sample": 5}, "the retired Text Completions"),
        ({"requests": [{"custom_id": "a", "params": GOOD}]}, "Message Batches"),
        ({**GOOD, "n": 1}, None),
        (GOOD, None),
    ],
)
def test_another_protocol_is_known_by_its_fields(body: dict[str, Any], form: str | None) -> None:
    assert judge_body(read(json.dumps(body).encode()), TABLE).get("request.form") == form


def test_nothing_of_the_content_is_told() -> None:
    secret = "my diary of today"
    made = facts(
        system=secret, messages=talk([{"type": secret, "text": secret}], secret), metadata={secret * 9: secret}, stop_sequences=[secret]
    )  # fmt: skip
    made = {
        name: value for name, value in made.items() if name != "request.likely"
    }  # an unknown kind is told by its short name
    assert secret not in str(made)
    strange: dict[str, Any] = {"sk-ant-api03-" + "A" * 95: 1}
    assert "sk-ant" not in str(facts((), **strange))


@pytest.mark.parametrize("odd", [[], {}, None, "x", 7, True, [[]], {"type": 7}, {"type": []}, [None], {"role": {}}])
@pytest.mark.parametrize(
    "name", ["messages", "system", "tools", "tool_choice", "thinking", "metadata", "stop_sequences", "max_tokens"]
)
def test_no_value_is_too_odd(name: str, odd: Any) -> None:
    body = {**GOOD, name: odd}
    judge_body(read(json.dumps(body).encode()), TABLE)
    judge_body(
        read(
            json.dumps(
                {**GOOD, "messages": [{"role": "user", "content": odd}, {"role": odd, "content": [odd]}]}
            ).encode()
        ),
        TABLE,
    )


def test_a_long_list_of_faults_is_told_in_part() -> None:
    faults = said(messages=[{"role": "user"}] * 50)
    assert isinstance(faults, tuple)
    assert (len(faults), faults[-1]) == (9, "and 42 more")
