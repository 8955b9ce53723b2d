"""The request as curl, Python and TypeScript to copy: the key is a variable, whatever was pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from typing import Any

from diagnostics.payloads import schema
from diagnostics.payloads.addresses import Address
from diagnostics.payloads.knowing import Protocol
from diagnostics.payloads.records import Snippet

_INLINE = 20_000  # characters of a body that stand in the snippet itself; a longer one is read from a file
_WIDTH = 100
FILE = "request.json"
_VERSION = "2023-06-01"


def snippets(
    body: Any, protocol: Protocol, address: Address, betas: Sequence[str], bearer: bool
) -> tuple[Snippet, ...]:
    """All three; a large body stands in a file of its own. ``bearer``: the request went with a token in Authorization, as gateways want it."""
    if not isinstance(body, dict):
        return ()
    large = len(json.dumps(body, ensure_ascii=False)) > _INLINE
    own = address.url is None or address.vendor == protocol.vendor
    base = "" if own or address.url is None else f"{address.url.origin}{_stem(address.url.path)}"
    path = re.sub(r"^https://[^/]+", "", protocol.base)
    url = protocol.base if not base else base + (path[3:] if base.endswith("/v1") else path)
    return (
        Snippet("curl", "curl", _curl(body, protocol, url, betas, bearer, large)),
        Snippet("python", "Python", _python(body, protocol, base, betas, bearer, large)),
        Snippet("typescript", "TypeScript", _typescript(body, protocol, base, betas, bearer, large)),
    )


def _stem(path: str) -> str:
    """What of a gateway's path stands before the endpoint."""
    return re.sub(
        r"(?:/v1)*/(?:messages(?:/count_tokens)?|chat/completions|responses|complete)$|(?:/v1)+$", "", path.rstrip("/")
    )


def _curl(
    body: Mapping[str, Any], protocol: Protocol, url: str, betas: Sequence[str], bearer: bool, large: bool
) -> str:
    key = _variable(protocol, bearer)
    lines = [f"curl {_quoted(url)}"]
    if protocol.is_anthropic:
        lines.append(f'-H "Authorization: Bearer ${key}"' if bearer else f'-H "x-api-key: ${key}"')
        lines.append(f"-H 'anthropic-version: {_VERSION}'")
        lines += [f"-H {_quoted('anthropic-beta: ' + ','.join(betas))}"] if betas else []
    else:
        lines.append(f'-H "Authorization: Bearer ${key}"')
    lines.append("-H 'content-type: application/json'")
    if large:
        lines.append(f"--data-binary @{FILE}")
    else:
        lines.append(f"--data-raw {_quoted(json.dumps(body, indent=2, ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _variable(protocol: Protocol, bearer: bool) -> str:
    return "ANTHROPIC_AUTH_TOKEN" if bearer and protocol.is_anthropic else protocol.env


_NOT_NAMED = (
    "temperature",
    "top_p",
    "top_k",
)  # arguments that Anthropic's SDK has no more, though older models take them
_OTHERWISE = (
    "timeout",
    "betas",
    "user_profile_id",
    "extra_body",
    "extra_headers",
    "extra_query",
)  # arguments that are no fields of the body
_STOPS_AT = 21_333  # tokens: for more without a stream the SDKs want to be told how long to wait
_SECONDS = 3600
_CALLS = {
    "messages": ("messages.create", "messages.create"),
    "count_tokens": ("messages.count_tokens", "messages.countTokens"),
    "chat_completions": ("chat.completions.create", "chat.completions.create"),
    "responses": ("responses.create", "responses.create"),
}


def _python(
    body: Mapping[str, Any], protocol: Protocol, base: str, betas: Sequence[str], bearer: bool, large: bool
) -> str:
    anthropic = protocol.is_anthropic
    module, name = ("anthropic", "Anthropic") if anthropic else ("openai", "OpenAI")
    option = "auth_token" if bearer and anthropic else "api_key"
    made = [f'{option}=os.environ["{_variable(protocol, bearer)}"]']
    made += [f"timeout={_SECONDS}"] if _is_long(body, protocol) else []
    made += [f"base_url={_python_text(base + ('' if anthropic else '/v1'))}"] if base else []
    lines = ["import json", "import os"] if large else ["import os"]
    lines += ["", f"from {module} import {name}", "", f"client = {name}({', '.join(made)})"]
    if large:
        lines += [f'with open("{FILE}", encoding="utf-8") as file:', "    request = json.load(file)"]
    beta = "beta." if betas else ""
    call = f"client.{beta}{_CALLS[protocol.name][0]}"
    parts = ["    **request,"] if large else [f"    {item}," for item in _named(body, protocol, bool(betas))]
    parts += [f"    betas={_python_value(list(betas), 1)},"] if betas else []
    return "\n".join([*lines, f"answer = {call}(", *parts, ")", *_read_python(body)]) + "\n"


def _is_long(body: Mapping[str, Any], protocol: Protocol) -> bool:
    most = body.get("max_tokens")
    return protocol.name == "messages" and isinstance(most, int) and most > _STOPS_AT and body.get("stream") is not True


def _named(body: Mapping[str, Any], protocol: Protocol, tried: bool) -> Iterator[str]:
    """The protocol's own fields by name, whatever else there is in one argument that the SDK passes on."""
    shape = schema.snapshot(protocol.beta if tried and protocol.beta else protocol.name).schema
    others = {*_OTHERWISE, *(_NOT_NAMED if protocol.is_anthropic else ())}
    named = [name for name in body if name in shape["properties"] and name not in others and not iskeyword(name)]
    for name in named:
        yield f"{name}={_python_value(body[name], 1)}"
    more = {name: value for name, value in body.items() if name not in named}
    if more:
        yield f"extra_body={_python_value(more, 1)}"


def _read_python(body: Mapping[str, Any]) -> list[str]:
    return ["for event in answer:", "    print(event)"] if body.get("stream") is True else ["print(answer)"]


def _python_value(value: Any, depth: int) -> str:
    """JSON as Python writes it, a line for each entry where one line is too long."""
    flat = _python_flat(value)
    if len(flat) + 4 * depth <= _WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    inner, end = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict):
        lines = [f"{inner}{_python_text(key)}: {_python_value(one, depth + 1)}," for key, one in value.items()]
        return "{\n" + "\n".join(lines) + f"\n{end}}}"
    return "[\n" + "\n".join(f"{inner}{_python_value(one, depth + 1)}," for one in value) + f"\n{end}]"


def _python_flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_python_text(key)}: {_python_flat(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_python_flat(one) for one in value) + "]"
    return _python_text(value) if isinstance(value, str) else repr(value)


def _python_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


def _typescript(
    body: Mapping[str, Any], protocol: Protocol, base: str, betas: Sequence[str], bearer: bool, large: bool
) -> str:
    anthropic = protocol.is_anthropic
    module, name = ("@anthropic-ai/sdk", "Anthropic") if anthropic else ("openai", "OpenAI")
    option = "authToken" if bearer and anthropic else "apiKey"
    made = [f"{option}: process.env.{_variable(protocol, bearer)}"]
    made += [f"timeout: {_SECONDS * 1000}"] if _is_long(body, protocol) else []
    made += [f"baseURL: {json.dumps(base + ('' if anthropic else '/v1'))}"] if base else []
    sent = {**body, "betas": list(betas)} if betas else dict(body)
    text = "" if large else json.dumps(sent, indent=2, ensure_ascii=False)
    lines = [f'import {name} from "{module}";'] + (['import { readFileSync } from "node:fs";'] if large else [])
    lines += ["", f"const client = new {name}({{ {', '.join(made)} }});"]
    if large:
        lines.append(f'const request = JSON.parse(readFileSync("{FILE}", "utf8"));')
    call = f"client.{'beta.' if betas else ''}{_CALLS[protocol.name][1]}"
    lines.append(f"const answer = await {call}({'request' if large else _bare_names(text)});")
    streams = body.get("stream") is True
    lines.append("for await (const event of answer) console.log(event);" if streams else "console.log(answer);")
    return "\n".join(lines) + "\n"


def _bare_names(text: str) -> str:
    """Names without quotes, as people write them: only at the beginning of a line that JSON's writer made."""
    return re.sub(r'^(\s*)"([A-Za-z_]\w*)":', r"\1\2:", text, flags=re.MULTILINE)
