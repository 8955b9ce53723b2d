"""The part of JSON Schema that the report's own schema uses, checked without a library."""

from __future__ import annotations

from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_KNOWN = {
    *("$schema", "title", "description", "format", "type", "enum", "const", "properties", "required", "items", "oneOf"),
    *("minimum", "maximum", "minItems", "maxItems", "additionalProperties"),
}


def faults(value: Any, schema: dict[str, Any], where: str = "report") -> list[str]:
    """Where ``value`` is not what ``schema`` says; a word of it that is not known here is a fault too."""
    found = [f"{where}: unknown word {word}" for word in schema if word not in _KNOWN]
    found += [f"{where}: {value!r:.80}" for says in _simple(schema) if not says(value)]
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        found += [f"{where}: no {name}" for name in schema.get("required", ()) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{where}: {name} is not declared" for name in value if name not in inner]
        for name, part in value.items():
            found += faults(part, inner[name], f"{where}.{name}") if name in inner else []
    if isinstance(value, list) and "items" in schema:
        for place, part in enumerate(value):
            found += faults(part, schema["items"], f"{where}[{place}]")
    if "oneOf" in schema and sum(not faults(value, one) for one in schema["oneOf"]) != 1:
        found.append(f"{where}: not one of its forms")
    return found


def _simple(schema: dict[str, Any]) -> list[Any]:
    rules: list[Any] = []
    if "type" in schema:
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        rules.append(lambda value: any(_is(value, kind) for kind in kinds))
    if "enum" in schema:
        rules.append(lambda value: value in schema["enum"])
    if "const" in schema:
        rules.append(lambda value: value == schema["const"])
    if "minimum" in schema:
        rules.append(
            lambda value: not _is(value, "number") or schema["minimum"] <= value <= schema.get("maximum", value)
        )
    if "minItems" in schema:
        rules.append(lambda value: schema["minItems"] <= len(value) <= schema["maxItems"])
    return rules


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
