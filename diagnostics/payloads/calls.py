"""Requests in code: a call of an SDK, of fetch, axios, requests or httpx, or an object by itself. Read, never run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from diagnostics.engine.request.reading import MOST_DEEP
from diagnostics.payloads import lenient
from diagnostics.payloads.headers import CREDENTIALS, credential_of, is_variable
from diagnostics.payloads.records import Request, Unresolved

_SDK_CALL = re.compile(
    r"\.(messages|completions|responses|batches)\s*\.\s*(create|stream|parse|count_tokens|countTokens|toolRunner|tool_runner)\s*\("
)
_HTTP_CALL = re.compile(r"\b(fetch|axios\.post|axios|(?:requests|httpx|client|session)\.post)\s*\(")
_CALL_OPTIONS = frozenset(
    {
        "extra_headers",
        "extra_query",
        "extra_body",
        "timeout",
        "betas",
        "headers",
        "signal",
        "max_retries",
        "maxRetries",
        "user_profile_id",
    }
)
_MOST_TRIED = 12  # places where a call or an object may begin


def call(text: str) -> Request | None:
    """The request of the first call of an SDK or an HTTP library that can be read; None where there is none."""
    found = _SDK_CALL.search(text)
    if found is not None:
        return _sdk(text, found)
    for call in islice(_HTTP_CALL.finditer(text), _MOST_TRIED):
        try:
            positional, named, _ = lenient.read_arguments(text, call.end() - 1)
        except lenient.Unreadable:
            continue
        made = _http_call(call[1], positional, named)
        if made is not None:
            return made
    return None


def _sdk(text: str, found: re.Match[str]) -> Request:
    try:
        positional, named, _ = lenient.read_arguments(text, found.end() - 1)
    except lenient.Unreadable as problem:
        line = text.count("\n", 0, problem.place) + 1
        return Request("code", notes=(f"The call could not be read from line {line} on; paste its arguments as JSON.",))
    first = positional[0] if positional and isinstance(positional[0], dict) else {}
    options = {**(positional[1] if len(positional) > 1 and isinstance(positional[1], dict) else {}), **named}
    body = {**first, **{name: value for name, value in named.items() if name not in _CALL_OPTIONS}}
    betas = first.pop("betas", named.get("betas", ()))
    body.pop("betas", None)
    extra = options.get("extra_body")
    if isinstance(extra, dict):
        body.update(extra)
    if found[2] == "stream":
        body.setdefault("stream", True)
    headers = options.get("extra_headers") or options.get("headers") or {}
    protocol = {"messages": "messages", "completions": "chat_completions", "responses": "responses"}.get(found[1], "")
    counts = found[2] in ("count_tokens", "countTokens")
    return Request(
        kind="code",
        body=written(body),
        headers=tuple((str(name), str(value)) for name, value in headers.items()) if isinstance(headers, dict) else (),
        url=_client_option(text, "base_url|baseURL"),
        betas=tuple(str(beta) for beta in betas) if isinstance(betas, list) else (),
        protocol="count_tokens" if counts else protocol,
        unresolved=tuple(_unresolved(body)),
        inline_key=_client_option(text, "api_key|apiKey|auth_token|authToken"),
        aside="a call of batches" if found[1] == "batches" else "",
    )


def _client_option(text: str, names: str) -> str:
    found = re.search(rf"\b(?:{names})\s*[=:]\s*([\"'`])([^\"'`\n]{{1,2000}})\1", text)
    return found[2] if found else ""


def _http_call(name: str, positional: list[Any], named: dict[str, Any]) -> Request | None:
    options = next((one for one in positional[1:] if isinstance(one, dict)), {}) if name == "fetch" else {}
    whole = positional[0] if positional and isinstance(positional[0], dict) else {}
    if name == "axios.post":
        body = positional[1] if len(positional) > 1 else None
        options = positional[2] if len(positional) > 2 and isinstance(positional[2], dict) else {}
    elif name == "axios":
        options, body = whole, whole.get("data")
    elif name == "fetch":
        body = options.get("body")
    else:
        options, body = named, named.get("json", named.get("data", named.get("content")))
    url = _address(positional[0] if positional and isinstance(positional[0], str) else options.get("url", ""))
    if isinstance(body, str) and not isinstance(body, Unresolved) and not body.lstrip().startswith(("{", "[")):
        return None
    if body is None and "://" not in url:
        return None
    headers = options.get("headers")
    pairs, whole_headers = _headers(headers) if isinstance(headers, dict) else ([], False)
    adds_type = "json" in named or name.startswith("axios")
    if adds_type and not any(key.lower() == "content-type" for key, _ in pairs):
        pairs.append(("Content-Type", "application/json"))
    unknown = body is None or isinstance(body, Unresolved)
    return Request(
        kind="fetch",
        body=None if unknown else body if isinstance(body, str) else written(body),
        method=str(options.get("method", "GET" if name == "fetch" else "POST")).upper(),
        url=url,
        headers=tuple(pairs),
        complete=whole_headers,
        notes=("The body is made elsewhere in the code: paste its JSON to have it checked.",) if unknown else (),
        unresolved=() if unknown else tuple(_unresolved(body)),
    )


def _headers(written: dict[str, Any]) -> tuple[list[tuple[str, str]], bool]:
    """Those whose values stand in the code, and a credential's name whatever it is read from; and whether these are all."""
    pairs = []
    for key, value in written.items():
        name = str(key)
        if not isinstance(value, Unresolved) or is_variable(credential_of(value)[0]):
            pairs.append((name, str(value)))
        elif name.lower() in CREDENTIALS:
            scheme = "Bearer " if credential_of(value)[1] else ""
            pairs.append((name, f"{scheme}<variable>"))
    return pairs, len(pairs) == len(written)


def _address(written: Any) -> str:
    """An address as the code has it; of one that is put together what is certain: the path behind a variable, or nothing."""
    if not isinstance(written, Unresolved):
        return str(written)
    found = re.search(r"\}(/[\w/.-]*)$", written)
    return found[1] if found else ""


def object_inside(text: str) -> Request | None:
    """An object that something stands before: ``body = {...}``, a line of a log, a call's arguments by themselves."""
    for found in islice(re.finditer(r"{", text[:20_000]), _MOST_TRIED):
        try:
            read = lenient.read(text, found.start(), code=True)
        except lenient.Unreadable:
            continue
        if isinstance(read.value, dict) and {"model", "messages", "input"} & set(read.value):
            return Request("code", written(read.value), unresolved=tuple(_unresolved(read.value)))
    return _bare_arguments(text)


def _bare_arguments(text: str) -> Request | None:
    if not re.match(r"\w+\s*=(?!=)", text) or not re.search(r"\b(?:model|messages)\s*=", text):
        return None
    try:
        _, named, _ = lenient.read_arguments(f"({text.rstrip().rstrip(',')})", 0)
    except lenient.Unreadable:
        return None
    if not {"model", "messages"} & set(named):
        return None
    return Request("code", written(named), unresolved=tuple(_unresolved(named)))


def _unresolved(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    if isinstance(value, Unresolved):
        yield path
    elif isinstance(value, dict) and depth < MOST_DEEP:
        for name, one in value.items():
            yield from _unresolved(one, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list) and depth < MOST_DEEP:
        for number, one in enumerate(value):
            yield from _unresolved(one, f"{path}[{number}]", depth + 1)


def written(value: Any) -> str:
    """A value as the text of JSON, empty where it is nested too deeply."""
    try:
        return json.dumps(_spoken(value), indent=2, ensure_ascii=False)
    except (RecursionError, ValueError):
        return ""


def _spoken(value: Any) -> Any:
    """An expression of one word stands in angle brackets, so that nobody takes it for the value."""
    if isinstance(value, Unresolved):
        return f"<{value}>" if re.fullmatch(r"[\w.$!?]+(?:[(\[].*)?", value, re.DOTALL) else str(value)
    if isinstance(value, dict):
        return {name: _spoken(one) for name, one in value.items()}
    return [_spoken(one) for one in value] if isinstance(value, list) else value
