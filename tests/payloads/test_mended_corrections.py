"""Corrections that changed what somebody wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.payloads.checking import check
from tests.payloads.test_checking import RIGHT, TODAY, curl, of

SIGNATURE = "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds"


def saying(prompt: str) -> dict[str, Any]:
    return {**RIGHT, "messages": [{"role": "user", "content": prompt}]}


def in_single(body: Any) -> str:
    return curl("BODY").replace("-d BODY", f"-d '{json.dumps(body)}'")


@pytest.mark.parametrize("prompt", ["it's raining", "it's raining, isn't it", "don't", "'a' is b", "end'"])
def test_what_stands_behind_an_apostrophe_stays(prompt: str) -> None:
    done = check(in_single(saying(prompt)), TODAY)
    assert [one.kind for one in done.faults] == ["apostrophe"]
    assert done.corrected is not None
    assert json.loads(done.corrected) == saying(prompt)


def test_an_escaped_apostrophe_is_right() -> None:
    assert check(curl(saying("it's raining")), TODAY).faults == ()


def test_a_signature_of_thoughts_is_left_and_a_key_is_not() -> None:
    blocks = [{"type": "thinking", "thinking": "hm", "signature": SIGNATURE}, {"type": "text", "text": "b"}]
    turns = [*RIGHT["messages"], {"role": "assistant", "content": blocks}, *RIGHT["messages"]]
    done = check(json.dumps({**RIGHT, "max_tokens": "16", "messages": turns}), TODAY)
    assert done.corrected is not None
    assert json.loads(done.corrected)["messages"] == turns
    blocks[0]["signature"] = "sk-ant-api03-" + SIGNATURE
    done = check(json.dumps({**RIGHT, "max_tokens": "16", "messages": turns}), TODAY)
    assert SIGNATURE[:40] not in str(done.corrected)


def test_a_missing_colon_is_put_in() -> None:
    text = json.dumps(RIGHT).replace('"max_tokens":', '"max_tokens"')
    done = check(text, TODAY)
    assert [one.says for one in done.faults] == ["is no JSON: a colon is missing after a name"]
    assert json.loads(str(done.corrected)) == RIGHT


@pytest.mark.parametrize(("written", "says"), [
    ('"Hi " + "there"', "plus"), ('""' + '"Hi""' + '"', "triple quotes"), ('"Hi " "there"', ""), ('"say "a" + "b" now"', ""),
])  # fmt: skip
def test_texts_that_only_code_joins_are_told_and_left(written: str, says: str) -> None:
    text = json.dumps(RIGHT).replace('"Hello"', written)
    assert check(text, TODAY).corrected is None
    assert says in of(text)["the body"].says
