"""Whatever is pasted: no error, no hang, and a corrected body that is said to be right is right."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.payloads.checking import check
from diagnostics.payloads.records import SEVERITIES
from tests import pace

TODAY = date(2026, 11, 28)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

words = st.sampled_from(
    "user assistant system tool text txt image tool_use tool_result enabled adaptive auto any base64 url function "
    "claude-opus-5-5 claude-sonnet-4-5 claude-3-opus-20240229 opus gpt-4o ephemeral image/png 100 true hello".split()
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-5, 300_000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.text(max_size=8)
)
names = st.sampled_from(
    "type role content text source media_type data url name input_schema properties id input tool_use_id thinking budget_tokens cache_control "
    "function parameters image_url x".split()
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
blocks = st.dictionaries(names, leaves | values, max_size=5)
messages = st.lists(
    st.fixed_dictionaries({}, optional={"role": words, "content": leaves | st.lists(blocks | leaves, max_size=3)}),
    max_size=4,
)
fields = st.sampled_from(
    "model max_tokens messages system stream temperature top_p stop_sequences tools tool_choice thinking metadata max_token stop user n "
    "max_completion_tokens frequency_penalty input prompt functions instructions".split()
)
bodies = st.builds(
    lambda base, more: {**base, **more},
    st.fixed_dictionaries({}, optional={"model": words | leaves, "max_tokens": leaves, "messages": messages | leaves}),
    st.dictionaries(fields, leaves | values | messages | st.lists(blocks, max_size=2), max_size=4),
)


@given(bodies, st.sampled_from(("", "messages", "count_tokens", "chat_completions", "responses")))
@QUIET
def test_a_corrected_body_that_is_said_to_be_right_is_right(body: dict[str, Any], protocol: str) -> None:
    done = check(json.dumps(body), TODAY, protocol=protocol)
    assert {fault.severity for fault in done.faults} <= set(SEVERITIES)
    if done.corrected is None:
        return
    again = check(done.corrected, TODAY, protocol=protocol or done.protocol)
    still = {fault.path for fault in again.faults if fault.is_sure and fault.part in ("json", "body")}
    left = {fault.path for fault in done.open_faults if fault.is_sure}
    assert still - {"the body", "model"} <= left
    assert again.corrected is None or again.corrected != done.corrected  # what is corrected is corrected once


@given(st.text(alphabet="{}[]\"':,.()=<>`^$\\/#*\n\t abmodelcurl-H{}1é“”\x00", max_size=300))
@QUIET
def test_no_text_breaks_it(text: str) -> None:
    done = check(text, TODAY)
    assert done.title


@given(
    bodies,
    st.integers(0, 400),
    st.sampled_from(["", ",", '"', "'", "}", "]", "//x\n", "True", "\x00", "\ufeff", "`", "…"]),
    st.integers(0, 3),
)
@QUIET
def test_a_spoilt_body_is_told_or_mended(body: dict[str, Any], at: int, spoilt: str, cut: int) -> None:
    text = json.dumps(body, indent=1)
    done = check(text[:at] + spoilt + text[at + cut :], TODAY)
    if done.corrected is not None:
        json.loads(done.corrected)


@given(
    st.lists(
        st.sampled_from(
            [
                "curl ",
                "-H ",
                "'a: b' ",
                '"x-api-key: $K" ',
                "-d ",
                "'{\"model\":1}' ",
                "\\\n",
                "^\n",
                "`\n",
                "$'\\x41' ",
                "https://a.b/v1/messages ",
                "@f ",
                "--json ",
                '"',
            ]
        ),
        max_size=14,
    )
)
@QUIET
def test_no_command_breaks_it(parts: list[str]) -> None:
    assert check("curl -s " + "".join(parts), TODAY).kind == "curl"


SLOW = {
    "a megabyte of talk": json.dumps(
        {"model": "x", "max_tokens": 1, "messages": [{"role": "user", "content": "hello world " * 70}] * 1200}
    ),
    "brackets": "[" * 200_000,
    "objects": '{"a":' * 60_000,
    "quotes": '"' * 300_000,
    "inner quotes": '{"a": "' + '" "' * 100_000,
    "no commas": "{" + "a:1 " * 80_000,
    "backslashes": '{"a":"' + "\\" * 300_001,
    "comments": "{" + "/*" * 150_000,
    "open comments": "{" + "/* *" * 80_000,
    "calls": "client.messages.create(" * 10_000,
    "fetches": "fetch('" * 30_000,
    "carets": "curl " + "^\n" * 150_000,
    "words": "curl " + "-H 'a: b' " * 20_000,
    "variables": "curl " + "A=" * 150_000,
    "assigned": "A=A=" * 60_000 + " curl x",
    "header lines": "POST /v1/messages HTTP/1.1\n" + "a: b\n" * 60_000,
    "names of secrets": '{"model":"x","messages":[{"role":"user","content":"'
    + "key= token= secret: " * 10_000
    + '"}]}',
    "long secrets": '{"model":"x","a":"' + "sk-ant-" * 40_000 + '"}',
    "urls": '{"a":"' + "://" * 90_000 + '"}',
    "many faults": json.dumps(
        {"model": "x", "max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "txt", "txt": "x"}]}] * 4000}
    ),
    "many fields": json.dumps({f"field_{number}": number for number in range(20_000)}),
    "many tools": json.dumps(
        {"model": "x", "max_tokens": 1, "messages": [], "tools": [{"name": f"t{number}"} for number in range(3000)]}
    ),
    "a long word": "x" * 1_000_000,
    "lines of a batch": '{"custom_id":"a","params":{"model":"x"}}\n' * 8000,
    "one long escaped word": "curl x -d " + "\\" * 1_000_000,
    "here documents": "curl x " + "<<A " * 50_000,
    "names that stand twice": "{" + ",".join(f'"a{number}":1,"a{number}":2' for number in range(20_000)) + "}",
    "tools by name": json.dumps(
        {
            "model": "x",
            "max_tokens": 1,
            "messages": [],
            "tools": [{"name": f"a{n}", "input_schema": {"type": "object"}} for n in range(10_000)],
        }
    ),
    "wrong messages": json.dumps({"model": "x", "max_tokens": 1, "messages": [{"role": "usr", "contnt": 1}] * 20_000}),
    "wrong blocks": json.dumps(
        {
            "model": "x",
            "max_tokens": 1,
            "messages": [{"role": "user", "content": [{"type": "txt", "text": "a"}] * 30_000}],
        }
    ),
    "betas": "curl https://api.anthropic.com/v1/messages -H 'anthropic-beta: "
    + ",".join(f"b{n}" for n in range(100_000))
    + "' -d '{}'",
    "powershell": "Invoke-WebRequest " + '-Body "a`' * 30_000 + " -H @{" * 20_000,
    "slips of lines": "curl x " + "a \\ \n" * 60_000,
    "commands of powershell": "curl a -H " * 40_000,
    "apostrophes": "curl x -d '{" + "} ' " * 80_000,
    "variables in quotes": 'curl x -d "' + "$(a $(" * 60_000,
    "signatures": '{"type": "thinking", "x": "' + "signature: sk-ant- " * 15_000 + '"}',
    "python strings": "client.messages.create(model=" + '"a" ' * 60_000 + ")",
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW.keys())
def test_no_text_is_slow(text: str) -> None:
    """Seven times what the slowest takes; a quadratic one takes minutes."""
    with pace.within(8000):
        check(text, TODAY)
