"""A secret's shape: what is printed of it is also what outsiders' texts are cleared of."""

from __future__ import annotations

import pytest

from diagnostics.engine import disguises, secrets
from diagnostics.engine.secrets import Secret

# Without a prefix nothing tells a shape by its form: those are found by the report's own facts.
PREFIXES = disguises.PREFIX.pattern.strip("()").replace(r"[a-z]+\d*", "api03").split("|")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("rest", ["x7", "Kq3" * 30 + "AgAA", "Kq3" * 30 + "ag-_"])
def test_every_shape_is_cleared_from_texts_for_outsiders(prefix: str, rest: str) -> None:
    shape = Secret(prefix + rest).shape
    assert "\u2026" in shape
    cleared = secrets.SHAPES.sub("", f"before {shape} after")
    assert cleared == "before  after"
