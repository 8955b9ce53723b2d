"""The table of requests hangs together: what it names is there, and no key is one that nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from diagnostics.engine import library
from diagnostics.engine.request.rules import RULES
from diagnostics.engine.request.shapes import GRADES

TABLE: Mapping[str, Any] = library.load().requests["messages"]
SPEC = {"is", "of", "each", "required", "filled", "least", "most", "one_of", "matches", "refuses", "grade"}
TYPES = {"text", "integer", "number", "boolean", "object", "list", "null", "any"}


def specs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field of every object, with its place."""
    for name, table in TABLE["objects"].items():
        for field, spec in table["fields"].items():
            yield f"{name}.{field}", spec
            if "each" in spec:
                yield f"{name}.{field}[]", spec["each"]


@pytest.mark.parametrize(("place", "spec"), list(specs()), ids=lambda one: one if isinstance(one, str) else "")
def test_a_field(place: str, spec: Mapping[str, Any]) -> None:
    assert set(spec) <= SPEC
    assert set([spec["is"]] if isinstance(spec["is"], str) else spec["is"]) <= TYPES
    assert spec.get("of", "request") in {*TABLE["objects"], *TABLE["unions"]}
    assert spec.get("grade", "certain") in GRADES
    for pattern in ("matches", "refuses"):
        re.compile(spec.get(pattern, ""))


def test_unions_rules_and_lists_name_what_is_there() -> None:
    for union in TABLE["unions"].values():
        assert set(union) <= {"tag", "kinds", "others", "default", "of_others"}
        assert {*union["kinds"].values(), union.get("default", "request")} <= set(TABLE["objects"])
        re.compile(union.get("others", ""))
    assert {rule["name"] for rule in TABLE["rules"]} == set(RULES)
    assert {rule.get("grade", "certain") for rule in TABLE["rules"]} <= set(GRADES)
    fields = set(TABLE["objects"]["request"]["fields"])
    assert {*TABLE["count_tokens"], *TABLE["beta_fields"], *TABLE["instead"].values()} <= fields
    assert not fields & set(TABLE["instead"])
    assert not any(fields & set(form["fields"]) for form in TABLE["other_forms"])


def test_it_tells_when_and_from_where() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", TABLE["date"])
    assert TABLE["source"]
    assert TABLE["version"]
