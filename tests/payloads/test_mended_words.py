"""Words and snippets that were wrong or far too many."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from diagnostics.payloads.checking import check
from diagnostics.services.request_lab import as_data
from tests.payloads.test_checking import RIGHT, TODAY, blocks, of


def python_of(body: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the call in the Python snippet, and of the client."""
    text = next(one.text for one in check(json.dumps(body), TODAY).snippets if one.key == "python")
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and node.keywords]
    return {one.arg or "": ast.unparse(one.value) for call in calls for one in call.keywords}


def test_only_the_protocols_own_fields_are_arguments() -> None:
    given = python_of({**RIGHT, "class": 2, "x-odd": 1, "extra_body": {"a": 1}, "timeout": 5, "temperature": 1})
    assert set(given) == {"api_key", "model", "max_tokens", "messages", "extra_body"}
    assert ast.literal_eval(given["extra_body"]) == {
        "class": 2,
        "x-odd": 1,
        "extra_body": {"a": 1},
        "timeout": 5,
        "temperature": 1,
    }


@pytest.mark.parametrize(
    ("more", "has"), [({"max_tokens": 64000}, True), ({"max_tokens": 64000, "stream": True}, False), ({}, False)]
)
def test_a_long_answer_without_a_stream_has_a_timeout(more: dict[str, Any], has: bool) -> None:
    assert ("timeout" in python_of({**RIGHT, **more})) == has


def test_a_number_that_nothing_holds_is_written_nowhere() -> None:
    done = check(json.dumps({**RIGHT, "max_token": 1}).replace('"max_token": 1', '"max_token": 1e999'), TODAY)
    assert (done.corrected, done.snippets) == (None, ())


def test_a_fraction_is_told_as_one() -> None:
    assert (
        of({**RIGHT, "max_tokens": 100.5})["max_tokens"].says == "must be a whole number, not one with a decimal point"
    )


def test_a_media_type_can_be_shown() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/svg+xml", "data": "PHN2Zz4="}}
    assert "image/svg+xml" in of(blocks(image))["messages[0].content[0].source.media_type"].says


def test_like_faults_are_one_with_their_places() -> None:
    done = check(json.dumps(blocks(*[{"type": "txt", "text": "a"}] * 60)), TODAY)
    (fault,) = done.faults
    assert fault.path == "messages[0].content[0].type"
    assert len(fault.also) == 59
    assert as_data(done)["faults"][0]["also"][0] == "messages[0].content[1].type"


def test_a_model_that_ends_soon_is_no_correction() -> None:
    done = check(json.dumps({**RIGHT, "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}), TODAY)
    assert json.loads(str(done.corrected))["model"] == "claude-sonnet-5-5"
