"""What the parts of a request must be to each other and to its model, beyond what the engine's rules say already."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.engine.models_table import State
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Place, path_of

_MAGIC = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"%PDF", "application/pdf"),
)
_SDK_STOPS_AT = 21_333  # the SDKs refuse a longer answer without a stream: it would take over ten minutes
_NO_PREFILL = re.compile(r"^claude-((opus|sonnet)-4-[6-9]|(opus|sonnet|haiku|fable|mythos)-[5-9])")


def faults(body: Mapping[str, Any], protocol: Protocol, known: Known, model: State | None) -> Iterator[Fault]:
    """Every such fault of a body of any form."""
    yield from _of_model(body, protocol, known, model)
    name = body.get("model")
    if isinstance(name, str) and name.strip() and name != name.strip():
        yield _fault(
            ("model",), "has white space at its beginning or its end", "certain", name.strip()[:100], "bad_value"
        )
    if protocol.is_anthropic:
        yield from _images(body, known)
        yield from _ids(body)
        yield from _sides(body)
        yield from _domains(body)
        yield from _servers(body)
        yield from _results_first(body)
        yield from _ending(body, model)
        if protocol.name == "messages":
            yield from _length(body, model)
    elif protocol.name == "chat_completions":
        yield from _chat(body)


def _fault(place: Place, says: str, severity: str = "certain", near: str = "", kind: str = "conflict") -> Fault:
    return Fault("body", path_of(place), says, severity, (), near, kind, place)


def _get(value: Any, *steps: str | int) -> Any:
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _of_model(body: Mapping[str, Any], protocol: Protocol, known: Known, model: State | None) -> Iterator[Fault]:
    name = model.model.id if model is not None and model.model is not None else body.get("model")
    if not isinstance(name, str):
        return
    for rule in known.raw["model_rules"]:
        if rule.get("protocol", "messages") != protocol.name or not re.search(rule["matches"], name[:100]):
            continue
        place = tuple(rule["field"].split("."))
        value = _get(body, *place)
        if value is None or (value not in rule["values"] if "values" in rule else value == rule.get("default")):
            continue
        if "beside" in rule and body.get(rule["beside"]) is None:
            continue
        kind = "conflict" if "beside" in rule else "not_for_model"  # which of two to leave out is a choice
        yield _fault(place, rule["says"], rule["severity"], rule.get("near", ""), kind)


def blocks(body: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every block of a body's messages with its place, those in results of tools included."""
    for number, message in enumerate(_list(body.get("messages"))):
        for at, block in enumerate(_list(_get(message, "content"))):
            if isinstance(block, dict):
                place: Place = ("messages", number, "content", at)
                yield place, block
                for inner, part in enumerate(_list(block.get("content"))):
                    if isinstance(part, dict):
                        yield (*place, "content", inner), part


def _images(body: Mapping[str, Any], known: Known) -> Iterator[Fault]:
    for place, block in blocks(body):
        source = block.get("source")
        if block.get("type") not in ("image", "document") or _get(source, "type") != "base64":
            continue
        data, media = _get(source, "data"), _get(source, "media_type")
        if not isinstance(data, str) or not isinstance(media, str) or data.startswith("data:"):
            continue
        where = (*place, "source")
        if len(data) > known.raw["images"]["largest"] and block["type"] == "image":
            says = f"is {len(data) / 1_048_576:.0f} MB of base64, and one image may have {known.raw['images']['largest'] // 1_048_576}"
            yield _fault((*where, "data"), says, "likely")
        if re.search(r"[\s_-]", data[:200]):
            yield _fault((*where, "data"), "has line breaks or signs that the API's base64 has not", "likely")
            continue
        real = _real_type(data)
        if real is None and not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", data[:4000] if len(data) > 4000 else data):
            yield _fault((*where, "data"), "is no base64", "certain")
        elif real is not None and real != media and media.startswith(("image/", "application/pdf")):
            yield _fault(
                (*where, "media_type"),
                f"says {media[:40]}, and the data begin as {real}",
                "certain",
                real,
                "media_type",
            )


def _real_type(data: str) -> str | None:
    try:
        start = base64.b64decode(data[:16] + "=" * (-len(data[:16]) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return next((media for magic, media in _MAGIC if start.startswith(magic)), None)


def _ids(body: Mapping[str, Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, block in blocks(body):
        one = block.get("id")
        if block.get("type") == "tool_use" and isinstance(one, str):
            if one in seen:
                yield _fault((*place, "id"), "stands at an earlier tool_use as well; each needs its own")
            seen.add(one)


def _sides(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Blocks that only one of the two may send, and results of which a message has two for one use."""
    for number, message in enumerate(_list(body.get("messages"))):
        role = _get(message, "role")
        answered: set[str] = set()
        for at, block in enumerate(_list(_get(message, "content"))):
            kind, id_ = _get(block, "type"), _get(block, "tool_use_id")
            place = ("messages", number, "content", at)
            if kind == "tool_use" and role == "user":
                yield _fault(
                    (*place, "type"), "is tool_use, which only an assistant's message may hold", kind="wrong_side"
                )
            elif kind in ("tool_result", "image", "document") and role == "assistant":
                severity = "certain" if kind == "tool_result" else "likely"
                yield _fault(
                    (*place, "type"), f"is {kind}, which only a user's message may hold", severity, kind="wrong_side"
                )
            elif kind == "tool_result" and isinstance(id_, str):
                if id_ in answered:
                    yield _fault((*place, "tool_use_id"), "is answered twice in this message; each use has one result")
                answered.add(id_)


def _domains(body: Mapping[str, Any]) -> Iterator[Fault]:
    for number, tool in enumerate(_list(body.get("tools"))):
        if _get(tool, "allowed_domains") and _get(tool, "blocked_domains"):
            yield _fault(
                ("tools", number, "blocked_domains"), "stands beside allowed_domains; only one of them may", "likely"
            )


def _servers(body: Mapping[str, Any]) -> Iterator[Fault]:
    """A set of tools is of a server that the request names."""
    names = [_get(server, "name") for server in _list(body.get("mcp_servers"))]
    for number, tool in enumerate(_list(body.get("tools"))):
        name = _get(tool, "mcp_server_name")
        if _get(tool, "type") == "mcp_toolset" and isinstance(name, str) and name not in names:
            yield _fault(("tools", number, "mcp_server_name"), "names a server that is not among mcp_servers", "likely")


def _results_first(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Results of tools stand before what the user says besides."""
    for number, message in enumerate(_list(body.get("messages"))):
        kinds = [_get(block, "type") for block in _list(_get(message, "content"))]
        if "tool_result" in kinds and _get(message, "role") == "user":
            texts = [at for at, kind in enumerate(kinds) if kind == "text"]
            late = next(
                (at for at, kind in enumerate(kinds) if kind == "tool_result" and texts and at > texts[0]), None
            )
            if late is not None:
                says = "stands after a text; results of tools come first in a message"
                yield _fault(("messages", number, "content", late), says, "likely", kind="order")


def _ending(body: Mapping[str, Any], model: State | None) -> Iterator[Fault]:
    """Of the last message, where it is the assistant's: the beginning of the answer."""
    messages = _list(body.get("messages"))
    last = len(messages) - 1
    if last < 0 or _get(messages[last], "role") != "assistant":
        return
    content = _get(messages[last], "content")
    if _is_paused(content):
        return
    tail = content if isinstance(content, str) else _get(_list(content)[-1], "text") if _list(content) else None
    name = model.model.id if model is not None and model.model is not None else str(body.get("model"))
    if _NO_PREFILL.match(name):
        yield _fault(
            ("messages", last, "role"),
            "is assistant, and this model takes no beginning of its answer; end with the user",
            "likely",
        )
    elif isinstance(tail, str) and tail != tail.rstrip():
        yield _fault(
            ("messages", last, "content"), "ends with white space, which the beginning of an answer must not", "certain"
        )


def _is_paused(content: Any) -> bool:
    """An answer that stopped at a tool of the server's, handed back so that it goes on: no beginning of an answer."""
    kind = _get(_list(content)[-1], "type") if _list(content) else None
    return isinstance(kind, str) and re.fullmatch(r"(?:server|mcp)_tool_use|\w+_tool_result", kind) is not None


def _length(body: Mapping[str, Any], model: State | None) -> Iterator[Fault]:
    most = body.get("max_tokens")
    if not isinstance(most, int) or isinstance(most, bool):
        return
    limit = model.model.max_output if model is not None and model.model is not None else None
    if limit is not None and most > limit:
        yield _fault(
            ("max_tokens",),
            f"is {most if most < 10**12 else 'huge'}, and {model.model.title if model and model.model else ''} writes at most {limit}",
            "likely",
            str(limit),
        )
    elif most > _SDK_STOPS_AT and body.get("stream") is not True:
        says = f"asks for up to {most} tokens without a stream, which can take over ten minutes; the SDKs refuse it: set stream to true"
        yield _fault(("max_tokens",), says, "maybe", kind="long_without_stream")


def _chat(body: Mapping[str, Any]) -> Iterator[Fault]:
    messages = _list(body.get("messages"))
    if "messages" in body and not messages and isinstance(body.get("messages"), list):
        yield _fault(("messages",), "is empty", kind="empty")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        yield _fault(("max_tokens",), "stands beside max_completion_tokens; only one of them may", "certain")
    calls: set[str] = set()
    for number, message in enumerate(messages):
        calls |= {str(_get(call, "id")) for call in _list(_get(message, "tool_calls"))}
        asked = _get(message, "tool_call_id")
        if _get(message, "role") == "tool" and isinstance(asked, str) and asked not in calls:
            yield _fault(("messages", number, "tool_call_id"), "answers no tool call that stands before it")
    for old, new in (("functions", "tools"), ("function_call", "tool_choice")):
        if old in body:
            yield _fault((old,), f"is the former name; {new} has taken its place", "maybe", new)
    if _get(body, "response_format", "type") == "json_object" and "json" not in str(messages)[:400_000].lower():
        yield _fault(("response_format",), "json_object needs the word JSON somewhere in the messages", "certain")
    if isinstance(body.get("n"), int) and body["n"] > 1 and body.get("stream") is True:
        yield _fault(("n",), "asks for several answers in one stream; they arrive mixed, told apart by index", "maybe")
