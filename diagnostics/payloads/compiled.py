"""A schema that judges bodies, compiled and run by jsonschema-rs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema_rs

from diagnostics.payloads.schema import Error, Exact, Schema

_MOST_ERRORS = 1000
_MANY = 2000  # messages, or blocks of one: the beginning of more than that is judged first
_MOST_NAMES = 200  # unknown ones of one object: to look for the one that is meant takes a millisecond each


class Judge:
    """A compiled schema; ``errors`` never raises, whatever JSON it is given."""

    def __init__(self, schema: Schema, also: Sequence[str] = ()) -> None:
        root = {**schema, "properties": {**{name: {} for name in also}, **schema["properties"]}}
        self._schema = Exact(schema["$defs"]).whole(root)
        self._validator = jsonschema_rs.Draft202012Validator(self._schema)
        self.fields = tuple(root["properties"])

    def errors(self, body: Any) -> list[Error]:
        """Everything the schema refuses, in the order in which it stands in the body: of a body full of slips, those of its beginning."""
        beginning = _beginning(body)
        if beginning is not body and len(found := self._errors(beginning)) >= _MOST_ERRORS:
            return found
        return self._errors(body)

    def _errors(self, body: Any) -> list[Error]:
        found: list[Error] = []
        for error in self._validator.iter_errors(body):  # makes all of them before it gives the first
            found += self._told(error)
            if len(found) >= _MOST_ERRORS:
                break
        return found

    def _told(self, error: jsonschema_rs.ValidationError) -> Iterator[Error]:
        place = tuple(error.instance_path)
        kind = error.kind
        if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
            yield Error((*place, kind.property), "missing")
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
            names = tuple(self._at(error.schema_path[:-1]).get("properties", ()))
            yield from (Error((*place, name), "unknown_field", names) for name in kind.unexpected[:_MOST_NAMES])
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Type):
            wanted = self._at(error.schema_path[:-1]).get("type", ())
            yield Error(place, "wrong_type", (wanted,) if isinstance(wanted, str) else tuple(wanted))
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
            words = self._at(error.schema_path[:-1]).get("enum", ())
            yield Error(place, "bad_value", tuple(json.dumps(word) for word in words if word is not None))
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Constant):
            yield Error(place, "bad_value", (json.dumps(self._at(error.schema_path[:-1]).get("const")),))
        else:
            yield Error(place, "other")

    def _at(self, path: Sequence[str | int]) -> Schema:
        node: Any = self._schema
        for part in path:
            node = self._schema["$defs"][node["$ref"].rpartition("/")[2]] if part == "$ref" else node[part]
        return node if isinstance(node, dict) else {}


def _beginning(body: Any) -> Any:
    """The body with the first of its messages, and of their blocks, where there are very many of either; the same body where there are not."""
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list):
        return body
    long = [at for at, one in enumerate(messages[:_MANY]) if isinstance(one, dict) and _is_long(one.get("content"))]
    if not long and len(messages) <= _MANY:
        return body
    cut = messages[:_MANY]
    for at in long:
        cut[at] = {**cut[at], "content": cut[at]["content"][:_MANY]}
    return {**body, "messages": cut}


def _is_long(content: Any) -> bool:
    return isinstance(content, list) and len(content) > _MANY
