"""The probable repair of broken JSON: the line as it should be, and never one that does not mend it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.engine.scan.repairing import repaired
from tests import pace

BROKEN = [
    ('{\n "a": 1\n "b": 2\n}', 2, ' "a": 1,'),
    ('{\n "a": 1,\n}', 2, ' "a": 1'),
    ('{"env": {"A": "1"}\n "b": true}', 1, '{"env": {"A": "1"},'),
    ("{'a': 'b'}", 1, '{"a": "b"}'),
    ("{“a”: “b”}", 1, '{"a": "b"}'),
    ('{"a": True, "b": None}', 1, '{"a": true, "b": null}'),
    ("{a: 1, b: 2}", 1, '{"a": 1, "b": 2}'),
    ('{"a": 1', 1, '{"a": 1}'),
    ('{\n "a": "x\n}', 2, ' "a": "x"'),
    ('{\n "a": "b,\n "c": "d"\n}', 2, ' "a": "b",'),
    ('{ // mine\n "a": 1 }', 1, "{ "),
    ('{"p": "C:\\Users\\me"}', 1, '{"p": "C:\\\\Users\\\\me"}'),
    ('{"a": 1}}', 1, '{"a": 1}'),
    ('\ufeff{"a": 1,}', 1, '{"a": 1}'),
]


@pytest.mark.parametrize(("text", "line", "after"), BROKEN, ids=[repr(one[0]) for one in BROKEN])
def test_the_line_as_it_should_be(text: str, line: int, after: str) -> None:
    repair = repaired(text)
    assert repair is not None
    assert (repair.line, repair.after) == (line, after)
    assert repair.says.endswith(".")


@pytest.mark.parametrize("text", ["nonsense", "", "{]", '{"a" "b" "c"', "[" * 5000, '{"a": 1, "b" 2 3 4}'])
def test_what_nothing_obvious_mends_is_left_alone(text: str) -> None:
    assert repaired(text) is None


TREES = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), st.integers() | st.text(max_size=8) | st.booleans(), min_size=1, max_size=5
)


@settings(max_examples=150, deadline=None)
@given(TREES, st.data())
def test_a_sign_that_was_lost_is_found_or_nothing_is_said(tree: dict[str, object], data: st.DataObject) -> None:
    text = json.dumps(tree, indent=1)
    at = data.draw(st.integers(0, len(text) - 1))
    broken = text[:at] + text[at + 1 :]
    repair = repaired(broken)
    if repair is not None:
        rows = broken.split("\n")
        assert rows[repair.line - 1] == repair.before
        assert repair.after != repair.before


HUGE = [
    '{"a": "' + " " * 380_000 + "x\n}",
    '{"a": "' + ", " * 190_000 + "x",
    "{" * 390_000,
    '{"a": 1 ' + '"b" ' * 90_000,
    "{//" + "/" * 390_000,
]


@pytest.mark.parametrize("text", HUGE, ids=range(len(HUGE)))
def test_a_hostile_text_takes_no_longer_than_others(text: str) -> None:
    with pace.within(1000):
        repaired(text)
