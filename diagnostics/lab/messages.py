"""What the API does with a request for tokens or for a message: it reads its headers and body, refuses by name, or answers.

Texts as the API wrote them in issue reports of 2025 and 2026. A message is streamed where it is asked for, event by event.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.lab.http import Request, Response

LARGEST = 32 * 1024 * 1024  # bytes; what stands before the API refuses more unread
VERSIONS = ("2023-01-01", "2023-06-01", "2026-10-21")
BETAS = ("oauth-2025-04-20", "prompt-caching-2024-07-31", "context-1m-2025-08-07", "interleaved-thinking-2025-05-14")
WAYS = (
    "whole",  # as it is asked for: at once, or as a stream with its events one by one
    "brief",  # a stream whose events come together because it is over in a moment
    "lumped",  # a stream whose events come all together at its end, as through something that collects them
    "measured",  # the same with the length of the whole told before, which no stream can know
    "cut",  # a stream that ends in the middle
    "stalled",  # a stream that falls silent in the middle
    "overloaded",  # a stream that begins and then says that the service is busy
    "unstreamed",  # a whole message where a stream was asked for
    "no_credit",
    "spend_limit",
    "rate_limited",
)
"""What can become of a message while the free calls are fine."""

_FIELDS = (
    "model", "messages", "max_tokens", "system", "stream", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier",
    "thinking", "tools", "tool_choice", "output_config", "cache_control", "container",
)  # fmt: skip
_UNCOUNTED = (
    "max_tokens",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "metadata",
    "service_tier",
    "container",
)
_GAP, _HELD = 0.04, 0.3  # seconds between events; what is held back took longer to write
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Refusal:
    """An error of the API: status, type and sentence."""

    status: int
    kind: str
    words: str


def too_large(request: Request) -> Response | None:
    """What the edge says of a body that the API never sees."""
    if len(request.body) <= LARGEST:
        return None
    return Response.html(413, "413 Request Entity Too Large", headers={"server": "cloudflare"})


def refused_headers(request: Request) -> Refusal | None:
    """What is wrong with the headers, as the API says it."""
    version = request.headers.get("anthropic-version")
    if version is None:
        return _invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        return _invalid(f'anthropic-version: "{version}" is not a valid version')
    betas = [part.strip() for part in request.headers.get("anthropic-beta", "").split(",") if part.strip()]
    unknown = ", ".join(f"`{beta}`" for beta in betas if beta not in BETAS)
    if unknown:
        return _invalid(f"Unexpected value(s) {unknown} for the `anthropic-beta` header.")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and media != "application/json":
        return Refusal(415, "invalid_request_error", "content-type: must be application/json")
    return None


def refused_body(body: Any, counting: bool, models: tuple[str, ...], window: int) -> Refusal | None:
    """What is wrong with a body: its first fault, as the API names it."""
    if not isinstance(body, dict):
        return _invalid("model: Field required")
    for name in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        if name not in body:
            return _invalid(f"{name}: Field required")
    for name in body:
        if name not in _FIELDS or (counting and name in _UNCOUNTED):
            return _invalid(f"{name}: Extra inputs are not permitted")
    fault = _messages_fault(body["messages"]) or _numbers_fault(body)
    if fault is not None:
        return _invalid(fault)
    if body["model"] not in models:
        return Refusal(404, "not_found_error", f"model: {body['model']}")
    tokens = len(json.dumps(body["messages"])) // 4
    if tokens > window:
        return _invalid(f"prompt is too long: {tokens} tokens > {window} maximum")
    return None


def _messages_fault(messages: Any) -> str | None:
    if not isinstance(messages, list):
        return "messages: Input should be a valid list"
    if not messages:
        return "messages: at least one message is required"
    for place, message in enumerate(messages):
        if not isinstance(message, dict):
            return f"messages.{place}: Input should be a valid dictionary"
        role = message.get("role")
        if role not in ("user", "assistant"):
            return f'messages: Unexpected role "{role}". Allowed roles are "user" or "assistant".'
        if "content" not in message:
            return f"messages.{place}.content: Field required"
        fault = _blocks_fault(message["content"], f"messages.{place}.content")
        if fault is not None:
            return fault
    return None


def _blocks_fault(content: Any, path: str) -> str | None:
    for place, block in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(block, dict) or "type" not in block:
            return f"{path}.{place}.type: Field required"
        if block["type"] == "text" and "text" not in block:
            return f"{path}.{place}.text.text: Field required"
        if block["type"] == "tool_result":
            return (
                f"{path}.{place}: unexpected `tool_use_id` found in `tool_result` blocks: {block.get('tool_use_id')}."
            )
    return None


def _numbers_fault(body: Mapping[str, Any]) -> str | None:
    most = body.get("max_tokens", 1)
    if not isinstance(most, int) or most < 0:
        return "max_tokens: Input should be greater than or equal to 0"
    warmth = body.get("temperature", 1)
    if not isinstance(warmth, (int, float)) or not 0 <= warmth <= 1:
        return "temperature: range: 0..1"
    thinking = body.get("thinking")
    budget = thinking.get("budget_tokens", 0) if isinstance(thinking, dict) else 0
    return "max_tokens must be greater than thinking.budget_tokens" if "max_tokens" in body and budget >= most else None


def _invalid(words: str) -> Refusal:
    return Refusal(400, "invalid_request_error", words)


IN_TROUBLE: Mapping[str, Refusal] = {
    "no_credit": _invalid("Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."),
    "spend_limit": _invalid("You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."),
    "rate_limited": Refusal(429, "rate_limit_error", "This request would exceed your organization's rate limit of 8,000 output tokens per minute"),
}  # fmt: skip
"""Way of ``WAYS`` -> what a message is refused with while everything free is fine."""


def answered(body: Mapping[str, Any], way: str) -> Response:
    """The answer to a message, in one of ``WAYS``."""
    if not body.get("stream") or way == "unstreamed":
        whole = Response.json(200, _message(body))
        return Response(whole.status, whole.body, whole.headers, then="cut") if way == "cut" else whole
    pieces = tuple(_events(body, way))
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    then = {"brief": "lump", "lumped": "lump", "measured": "measure", "cut": "cut", "stalled": "stall"}.get(way, "send")
    gap = 0.0 if way == "brief" else _HELD if then in ("lump", "measure") else _GAP
    return Response(200, headers=headers, stream=pieces, gap=gap, then=then)


def _message(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_011practice{next(_numbers)}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "max_tokens" if body.get("max_tokens", 9) < 2 else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 8, "output_tokens": 1},
    }


def _events(body: Mapping[str, Any], way: str) -> Iterator[bytes]:
    message = _message(body)
    begun = {**message, "content": [], "stop_reason": None}
    yield _event("message_start", message=begun)
    yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield _event("ping")
    if way == "overloaded":
        yield _event("error", error={"type": "overloaded_error", "message": "Overloaded"})
        return
    yield _event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello"})
    yield _event("content_block_stop", index=0)
    yield _event("message_delta", delta={"stop_reason": message["stop_reason"]}, usage={"output_tokens": 1})
    yield _event("message_stop")


def _event(name: str, **data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data}, separators=(',', ':'))}\n\n".encode()
