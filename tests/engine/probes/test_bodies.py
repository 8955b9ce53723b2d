"""The same three things, kind, code and sentence, in the forms that vendors, clouds, gateways and relays wrap them in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.net.http import Answer
from diagnostics.engine.probes.bodies import Body, body_of


def read(body: Any, status: int = 400, headers: dict[str, str] | None = None) -> Body:
    return body_of(Answer(status, headers or {}, json.dumps(body).encode(), False, 0.1, 0.2))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, ("overloaded_error", "", "Overloaded")),
        (
            {"type": "error", "error": {"type": "rate_limit_error", "message": "m", "details": {"error_code": "enforced_spend_limit_reached"}}},
            ("rate_limit_error", "enforced_spend_limit_reached", "m"),
        ),
        ({"error": {"message": "m", "type": "insufficient_quota", "code": "insufficient_quota"}}, ("insufficient_quota", "insufficient_quota", "m")),
        ({"error": {"code": "1113", "message": "余额不足"}}, ("", "1113", "余额不足")),
        ({"error": {"message": "Insufficient credits", "code": 402}}, ("", "402", "Insufficient credits")),
        ({"error": "invalid_grant", "error_description": "gone"}, ("invalid_grant", "", "gone")),
        ({"error": "model 'x' not found"}, ("", "", "model 'x' not found")),
        ([{"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}}], ("RESOURCE_EXHAUSTED", "429", "m")),
        ({"__type": "com.amazon.coral.service#ThrottlingException", "message": "slow"}, ("ThrottlingException", "", "slow")),
        ({"code": "Arrearage", "message": "Access denied", "request_id": "x"}, ("", "Arrearage", "Access denied")),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, ("", "1008", "insufficient balance")),
        ({"detail": "Not authenticated"}, ("", "", "Not authenticated")),
        ({"detail": [{"loc": ["body", "messages"], "msg": "Field required", "type": "missing"}]}, ("", "", "body.messages: Field required")),
        ({"success": False, "errors": [{"code": 2005, "message": "Failed to get response"}]}, ("", "2005", "Failed to get response")),
        ({"error_code": 18, "error_msg": "qps limit"}, ("", "18", "qps limit")),
    ],
)  # fmt: skip
def test_every_form_gives_the_same_three_things(body: Any, told: tuple[str, str, str]) -> None:
    found = read(body)
    assert (found.kind, found.code, found.message) == told


def test_a_cloud_tells_the_kind_in_a_header() -> None:
    found = read({"message": "Too many tokens"}, 429, {"x-amzn-errortype": "ThrottlingException:http://internal/"})
    assert found.kind == "ThrottlingException"


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, True),
        ({"base_resp": {"status_code": 0, "status_msg": "success"}, "type": "message"}, False),
        ({"type": "error", "error": {"type": "api_error", "message": "m"}}, True),
        ({"success": False, "message": "no"}, True),
        ({"type": "message", "role": "assistant", "content": []}, False),
    ],
)
def test_a_failure_told_under_200_is_one(body: Any, refused: bool) -> None:
    assert read(body, 200).refused is refused


def test_a_success_tells_no_error() -> None:
    assert not read({"data": [], "has_more": False}, 200).is_error
    assert not read({"type": "message", "role": "assistant", "content": [], "usage": {}}, 200).is_error
