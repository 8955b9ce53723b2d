"""``make snapshots``: JSON Schemas of the official SDKs' request types, as files that need no SDK afterwards.

Runs in an environment of its own that holds the SDKs (``requirements/snapshots.txt``) and nothing of the product, hence the late imports.
What is written is what pydantic says of the types, without titles, descriptions and defaults; ``schema.py`` makes it fit to judge with.
"""

from __future__ import annotations

import importlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "snapshots"
SOURCES = {
    "messages": ("anthropic", "anthropic.types.message_create_params", "MessageCreateParams"),
    "messages_beta": ("anthropic", "anthropic.types.beta.message_create_params", "MessageCreateParams"),
    "count_tokens": ("anthropic", "anthropic.types.message_count_tokens_params", "MessageCountTokensParams"),
    "count_tokens_beta": (
        "anthropic",
        "anthropic.types.beta.message_count_tokens_params",
        "MessageCountTokensParams",
    ),
    "chat_completions": ("openai", "openai.types.chat.completion_create_params", "CompletionCreateParams"),
    "responses": ("openai", "openai.types.responses.response_create_params", "ResponseCreateParams"),
}
"""Protocol -> SDK, module and type."""

_TITLES = {"anthropic": "Anthropic's SDK for Python", "openai": "OpenAI's SDK for Python"}
_NOT_KEPT = ("title", "description", "default", "discriminator", "examples")
_SAYS_NOTHING = frozenset({"betas", "user_profile_id", "workspace_id"})  # the SDK sends these as headers


def snapshot(protocol: str, day: str) -> dict[str, Any]:
    """The snapshot of one protocol's request, as it is written."""
    sdk, module, name = SOURCES[protocol]
    adapter = importlib.import_module("pydantic").TypeAdapter
    schema = adapter(getattr(importlib.import_module(module), name)).json_schema()
    kept = _pruned(_one(schema))
    for field in _SAYS_NOTHING:
        kept["properties"].pop(field, None)
    version = importlib.import_module(sdk).__version__
    told = {"protocol": protocol, "sdk": _TITLES[sdk], "version": version, "date": day, "type": f"{module}.{name}"}
    return {**told, "betas": _betas() if sdk == "anthropic" else [], "schema": kept}


def _betas() -> list[str]:
    """Values of anthropic-beta that the SDK knows."""
    typing = importlib.import_module("typing")
    parts = typing.get_args(importlib.import_module("anthropic.types.anthropic_beta_param").AnthropicBetaParam)
    return sorted(value for part in parts for value in typing.get_args(part))


def _one(schema: dict[str, Any]) -> dict[str, Any]:
    """The SDKs tell streamed calls from others by two types that differ in ``stream`` alone; here they are one."""
    definitions = schema.get("$defs", {})
    if "anyOf" not in schema:
        return schema
    whole = dict(definitions[schema["anyOf"][0]["$ref"].rpartition("/")[2]])
    whole["properties"] = {**whole["properties"], "stream": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}
    whole["required"] = [name for name in whole.get("required", []) if name != "stream"]
    parts = {schema["anyOf"][place]["$ref"].rpartition("/")[2] for place in (0, 1)}
    return {**whole, "$defs": {name: one for name, one in definitions.items() if name not in parts}}


def _pruned(value: Any, is_names: bool = False) -> Any:
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if is_names or key not in _NOT_KEPT}
        return {key: _pruned(one, key in ("properties", "$defs") and not is_names) for key, one in kept.items()}
    return [_pruned(one) for one in value] if isinstance(value, list) else value


def _written(made: dict[str, Any]) -> str:
    """One type a line, so that what an SDK's release changed can be read in the difference."""
    schema = dict(made["schema"])
    groups = {name: schema.pop(name) for name in ("$defs", "properties")}
    lines = [f"  {_line(name)}: {_line(schema[name])}" for name in sorted(schema)]
    for name, group in groups.items():
        entries = ",\n".join(f"    {_line(key)}: {_line(group[key])}" for key in sorted(group))
        lines.append(f"  {_line(name)}: {{\n{entries}\n  }}")
    head = [f" {_line(name)}: {_line(value)}" for name, value in made.items() if name != "schema"]
    body = ",\n".join(lines)
    return "{\n" + ",\n".join([*head, f' "schema": {{\n{body}\n }}']) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write every snapshot; one that says the same as before keeps its day."""
    today = datetime.now(UTC).date().isoformat()
    FOLDER.mkdir(exist_ok=True)
    for protocol in SOURCES:
        file = FOLDER / f"{protocol}.json"
        made = snapshot(protocol, today)
        before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        if {**before, "date": today} == made:
            made = before
        text = _written(made)
        file.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{file.name}: {made['sdk']} {made['version']}, {made['date']}, {len(text) // 1000} kB\n")


if __name__ == "__main__":
    main()
