"""The SDKs' snapshots as schemas that say exactly what is wrong.

A union written as ``anyOf`` answers "none of the twenty fits". ``Exact`` turns each into "what the value's JSON type is, and its tag (``type``,
``role``) says, it must be": one error for one fault, at its place. Objects take no names but their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnostics.payloads.compiled import Judge

Schema = Mapping[str, Any]
Place = tuple[str | int, ...]
"""Where in a body: names and numbers from the outermost object inwards."""

FOLDER = Path(__file__).resolve().parent / "snapshots"
_TAGS = ("type", "role")
_NUMBERS = ("integer", "number")


@dataclass(frozen=True)
class Snapshot:
    """One protocol's request as an SDK's types tell it: where from, since when, values of anthropic-beta it knows, the schema as generated."""

    protocol: str
    sdk: str
    version: str
    date: str
    type: str
    betas: tuple[str, ...]
    schema: Schema


@dataclass(frozen=True)
class Error:
    """One thing the schema refuses: ``kind`` missing, unknown_field, wrong_type, bad_value or other; ``allowed`` what may stand there."""

    place: Place
    kind: str
    allowed: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def snapshot(protocol: str) -> Snapshot:
    """The snapshot of a protocol, read once."""
    made = json.loads((FOLDER / f"{protocol}.json").read_text(encoding="utf-8"))
    return Snapshot(**{**made, "betas": tuple(made["betas"])})


@lru_cache(maxsize=16)
def judge(protocol: str, also: tuple[str, ...] = ()) -> Judge:
    """What judges bodies of a protocol. ``also``: fields that the API takes and the SDK's newest type no longer has; any value passes there."""
    from diagnostics.payloads.compiled import (
        Judge,  # what compiles it is 5 MB, which nobody needs before a request is checked
    )

    return Judge(snapshot(protocol).schema, also)


class Exact:
    """Makes unions exact. Types by name stay types by name, so that those which hold themselves come to an end."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions
        self._made: dict[str, Any] = {}

    def whole(self, schema: Schema) -> dict[str, Any]:
        """The schema of a request with all its types."""
        root = self.of({key: value for key, value in schema.items() if key != "$defs"})
        for name in self._definitions:
            self._made[name] = self.of(self._definitions[name])
        return {**root, "$defs": self._made}

    def of(self, schema: Schema) -> dict[str, Any]:
        """The same schema, exact."""
        if "anyOf" in schema:
            return self._union(self._branches(schema["anyOf"]))
        made = dict(schema)
        if "properties" in made:
            made["properties"] = {name: self.of(value) for name, value in made["properties"].items()}
            made.setdefault("additionalProperties", False)
        if isinstance(made.get("items"), dict):
            made["items"] = self.of(made["items"])
        if isinstance(made.get("additionalProperties"), dict):
            made["additionalProperties"] = self.of(made["additionalProperties"])
        if "const" in made:
            made.pop("type", None)  # a value of another type is one error, not two
        if "enum" in made:
            made.pop("type", None)
        return made

    def _branches(self, given: Sequence[Schema]) -> list[Schema]:
        found: list[Schema] = []
        for branch in given:
            behind = self._behind(branch)
            found += self._branches(behind["anyOf"]) if "anyOf" in behind else [branch]
        return found

    def _behind(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].rpartition("/")[2]]
        return schema

    def _union(self, branches: Sequence[Schema]) -> dict[str, Any]:
        groups: dict[str, list[Schema]] = {}
        for branch in branches:
            types = _types(self._behind(branch))
            if not types:
                return {}  # anything goes
            for one in types:
                groups.setdefault(one, []).append(branch)
        rules = {one: self._of_type(one, group) for one, group in groups.items()}
        if len(rules) == 1:
            only = next(iter(groups))
            return rules[only] if "$ref" in rules[only] or "enum" in rules[only] else {"type": only, **rules[only]}
        strict = [{"if": {"type": one}, "then": rule} for one, rule in rules.items() if rule]
        return {"type": list(groups), **({"allOf": strict} if strict else {})}

    def _of_type(self, type_: str, branches: Sequence[Schema]) -> dict[str, Any]:
        """What a value of a JSON type must be besides, in a union."""
        plain = [self._behind(branch) for branch in branches]
        if type_ == "object":
            return self.of(branches[0]) if len(branches) == 1 else self._objects(branches, ())
        if type_ == "array":
            entries = [branch["items"] for branch in plain if isinstance(branch.get("items"), dict)]
            whole = len(entries) == len(plain)
            return {"items": self.of({"anyOf": entries} if len(entries) > 1 else entries[0])} if whole else {}
        words = [_words(branch) for branch in plain]
        if type_ in _NUMBERS or not all(words):
            return {}
        return {"enum": list(dict.fromkeys(word for some in words for word in some if isinstance(word, str)))}

    def _objects(self, branches: Sequence[Schema], used: Sequence[str]) -> dict[str, Any]:
        plain = [self._behind(branch) for branch in branches]
        if any("properties" not in branch for branch in plain):
            return {}  # one of them is any object
        for tag in (tag for tag in _TAGS if tag not in used):
            values = [self._values(branch, tag) for branch in plain]
            untagged = [place for place, some in enumerate(values) if not some or not _is_needed(plain[place], tag)]
            if sum(bool(some) for some in values) >= len(branches) - 1 and len(untagged) <= 1:
                return self._tagged(tag, branches, values, untagged, (*used, tag))
        return self.of(self._merged(plain))

    def _tagged(
        self,
        tag: str,
        branches: Sequence[Schema],
        values: Sequence[Sequence[str]],
        untagged: Sequence[int],
        used: Sequence[str],
    ) -> dict[str, Any]:
        """``if`` the tag has this value ``then`` it must be that branch."""
        of: dict[str, list[Schema]] = {}
        for branch, some in zip(branches, values, strict=True):
            for value in some:
                of.setdefault(value, []).append(branch)
        rules: list[dict[str, Any]] = [] if untagged else [{"required": [tag]}]
        rules.append({"properties": {tag: {"enum": [*of, *([None] if untagged else [])]}}})
        for value, group in of.items():
            rule = self.of(group[0]) if len(group) == 1 else self._objects(group, used)
            is_it = {"type": "object", "properties": {tag: {"const": value}}, "required": [tag]}
            rules.append({"if": is_it, "then": rule})
        for place in untagged:
            has_none = {"anyOf": [{"not": {"required": [tag]}}, {"properties": {tag: {"const": None}}}]}
            rules.append({"if": {"type": "object", **has_none}, "then": self.of(branches[place])})
        return {"allOf": rules}

    def _values(self, branch: Schema, tag: str) -> tuple[str, ...]:
        spec = branch["properties"].get(tag)
        if spec is None:
            return ()
        parts = [self._behind(part) for part in self._behind(spec).get("anyOf", [self._behind(spec)])]
        return tuple(word for part in parts for word in _words(part) if isinstance(word, str))

    def _merged(self, branches: Sequence[Schema]) -> dict[str, Any]:
        """Objects that nothing tells apart, as one that takes what any of them takes."""
        names = dict.fromkeys(name for branch in branches for name in branch["properties"])
        properties: dict[str, Any] = {}
        for name in names:
            specs = [branch["properties"][name] for branch in branches if name in branch["properties"]]
            differing = [spec for place, spec in enumerate(specs) if spec not in specs[:place]]
            properties[name] = differing[0] if len(differing) == 1 else {"anyOf": differing}
        needed = [name for name in names if all(name in branch.get("required", ()) for branch in branches)]
        open_ = {"additionalProperties": True} if any(branch.get("additionalProperties") for branch in branches) else {}
        return {"type": "object", "properties": properties, "required": needed, **open_}


def _types(schema: Schema) -> tuple[str, ...]:
    if "type" in schema:
        return (schema["type"],) if isinstance(schema["type"], str) else tuple(schema["type"])
    return tuple(dict.fromkeys(_type_of(word) for word in _words(schema)))


def _type_of(word: Any) -> str:
    return (
        "boolean"
        if isinstance(word, bool)
        else "null"
        if word is None
        else "string"
        if isinstance(word, str)
        else "number"
    )


def _words(schema: Schema) -> tuple[Any, ...]:
    return (schema["const"],) if "const" in schema else tuple(schema.get("enum", ()))


def _is_needed(branch: Schema, tag: str) -> bool:
    return tag in branch.get("required", ())
