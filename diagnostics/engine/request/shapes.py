"""Walks a request along a table of ``knowledge/requests`` and tells what is not as the API takes it, each with its JSON path.

Nothing of the request's own content is told: names of fields, kinds and numbers only, since a body holds somebody's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Optional

Table = Mapping[str, Any]
Spec = Mapping[str, Any]

GRADES = ("certain", "likely", "odd")
_KINDS: tuple[tuple[type, str, str], ...] = (
    (bool, "boolean", "true or false"),
    (int, "integer", "a whole number"),
    (float, "number", "a number"),
    (str, "text", "text"),
    (list, "list", "a list"),
    (dict, "object", "an object"),
)
_IN_WORDS = {kind: words for _, kind, words in _KINDS} | {"null": "null", "any": "anything"}
_PLAIN = re.compile(r"[\w.:/@ +-]{1,40}")
_NEAR = 0.75


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place: ``path`` as in ``messages[0].content``, a ``kind``, a sentence about it, and how sure it is."""

    path: str
    kind: str
    says: str
    grade: str = "certain"

    def __str__(self) -> str:
        return f"{self.path}: {self.says}" if self.path else self.says


def walk(value: Any, table: Table) -> Iterator[Fault]:
    """Every fault of form in a request, in the order of the table's fields."""
    yield from _Walk(table).object_at(value, "request", "")


class _Walk:
    def __init__(self, table: Table) -> None:
        self._table = table

    def object_at(self, value: Any, name: str, path: str) -> Iterator[Fault]:
        union = self._table["unions"].get(name)
        if union is not None:
            yield from self._union(value, union, path)
            return
        table = self._table["objects"][name]
        fields: Mapping[str, Spec] = table["fields"]
        for field, spec in fields.items():
            place = f"{path}.{field}" if path else field
            if field in value:
                yield from self._value(value[field], spec, place)
            elif spec.get("required"):
                yield Fault(place, "missing", "is missing")
        if not table.get("open"):
            yield from (self._unknown(field, fields, path) for field in value if field not in fields)

    def _union(self, value: Any, union: Table, path: str) -> Iterator[Fault]:
        tag = union["tag"]
        kind = value.get(tag, None)
        place = f"{path}.{tag}"
        if kind is None and "default" in union:
            yield from self.object_at(value, union["default"], path)
        elif kind is None:
            yield Fault(place, "missing", "is missing")
        elif not isinstance(kind, str):
            yield Fault(place, "wrong_type", f"must be text, not {in_words(kind)}")
        elif kind in union["kinds"]:
            fields = {tag: kind, **value}
            yield from (one for one in self.object_at(fields, union["kinds"][kind], path) if one.path != place)
        elif kind in union.get("of_others", {}):
            yield Fault(place, "other_vendor", f"{shown(kind)} is a kind of another vendor's protocol")
        elif not re.search(union.get("others", "(?!)"), kind):
            near = _nearest(kind, union["kinds"])
            yield Fault(place, "unknown_kind", f"{shown(kind)} is no kind that is known here{near}", "likely")

    def _unknown(self, field: str, fields: Mapping[str, Spec], path: str) -> Fault:
        place = f"{path}.{shown(field)}" if path else shown(field)
        meant = self._table["instead"].get(field) if not path else None
        if meant is not None:
            return Fault(place, "unknown_field", f"is another protocol's name; here it is {meant}")
        theirs = next((form["title"] for form in self._table["other_forms"] if field in form["fields"]), None)
        if theirs is not None and not path:
            return Fault(place, "unknown_field", f"is a field of {theirs}")
        near = _nearest(field, fields)
        return Fault(place, "unknown_field", f"is no field that is known here{near}", "likely")

    def _value(self, value: Any, spec: Spec, path: str) -> Iterator[Fault]:
        grade = spec.get("grade", "certain")
        wanted = [spec["is"]] if isinstance(spec["is"], str) else list(spec["is"])
        if not any(_is(value, kind) for kind in wanted):
            words = " or ".join(_IN_WORDS[kind] for kind in wanted)
            yield Fault(path, "wrong_type", f"must be {words}, not {unlike(value, words)}", grade)
            return
        complaint = _complaint(value, spec)
        if complaint is not None:
            yield Fault(path, *complaint, grade)
        if isinstance(value, list):
            yield from self._entries(value, spec, path)
        elif isinstance(value, dict) and "of" in spec:
            yield from self.object_at(value, spec["of"], path)

    def _entries(self, value: list[Any], spec: Spec, path: str) -> Iterator[Fault]:
        each = spec.get("each") or ({"is": "object", "of": spec["of"]} if "of" in spec else None)
        for place, entry in enumerate(value if each else ()):
            yield from self._value(entry, each or {}, f"{path}[{place}]")


def _is(value: Any, kind: str) -> bool:
    if kind == "any" or (kind == "null" and value is None):
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "number":
        return isinstance(value, (int, float))
    return any(isinstance(value, type_) for type_, name, _ in _KINDS if name == kind and type_ is not bool)


def _complaint(value: Any, spec: Spec) -> Optional[tuple[str, str]]:
    """Kind and sentence of what is wrong with a value of the right type."""
    if spec.get("filled") and not value:
        return "empty", "is empty"
    if "one_of" in spec and isinstance(value, str) and value not in spec["one_of"]:
        return "bad_value", f"is {shown(value)}, and must be one of {', '.join(spec['one_of'])}"
    size = len(value) if isinstance(value, list) else value
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        if "least" in spec and size < spec["least"]:
            return "out_of_range", f"is {_number(size)}, and must be at least {spec['least']}"
        if "most" in spec and size > spec["most"]:
            return "out_of_range", f"is {_number(size)}, and must be at most {spec['most']}"
    if isinstance(value, str) and "refuses" in spec and re.search(spec["refuses"], value[:1000]):
        return "bad_value", "begins with what does not belong there"
    if isinstance(value, str) and "matches" in spec and not re.search(spec["matches"], value):
        return (
            ("empty", "holds nothing but white space")
            if not value.strip()
            else ("bad_value", "has a form that is not taken")
        )
    return None


def in_words(value: Any) -> str:
    """The type of a value, as a sentence names it."""
    return "null" if value is None else next((words for type_, _, words in _KINDS if isinstance(value, type_)), "that")


def unlike(value: Any, wanted: str) -> str:
    """The type of a value beside the words for the one that is wanted: what the two differ in."""
    whole = isinstance(value, float) and wanted.startswith(_IN_WORDS["integer"])
    return "one with a decimal point" if whole else in_words(value)


def shown(name: str) -> str:
    """A name from the request as it may be shown: short and plain. Who writes it down takes secrets out."""
    return name if _PLAIN.fullmatch(name) else "(a name that cannot be shown)"


def _number(number: Any) -> str:
    return str(number) if abs(number) < 1e12 else "huge"


def _nearest(name: str, known: Any) -> str:
    return _meant(name[:60], tuple(known))


@lru_cache(maxsize=512)
def _meant(name: str, known: tuple[str, ...]) -> str:
    """Kept, since a body of a thousand blocks has the same slip a thousand times."""
    near = get_close_matches(name, known, 1, _NEAR)
    return f"; {near[0]} is meant" if near else ""
