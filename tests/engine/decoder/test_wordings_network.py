"""Error texts of many programs: each leads to a cause that is right for it, and to no named one surely where the text does not decide."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.engine import library
from diagnostics.engine.decoder import decode
from diagnostics.engine.decoder.reading import read
from diagnostics.engine.decoder.signs import seen, wordings
from diagnostics.engine.vocabulary import UNKNOWN

SURE = 0.9


def _lines() -> Iterator[tuple[frozenset[str], str]]:
    table = tomllib.loads((Path(__file__).parent / "wordings_network.toml").read_text(encoding="utf-8"))
    for group in table["group"]:
        for text in group["texts"]:
            yield frozenset(group["right"]), text


@pytest.mark.parametrize(("right", "text"), list(_lines()), ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_each_text_leads_to_a_right_cause(right: frozenset[str], text: str) -> None:
    first = decode(text).ranked[0]
    assert first.cause in right
    if UNKNOWN in right:
        assert first.cause == UNKNOWN or first.confidence < SURE


def test_the_causes_of_the_list_exist() -> None:
    named = {cause for right, _ in _lines() for cause in right}
    assert named <= {*library.load().causes, UNKNOWN}


def test_a_further_wording_counts_as_its_sign_and_once() -> None:
    both = decode("curl: (6) Could not resolve host: api.anthropic.com\nHost api.anthropic.com not found: 3(NXDOMAIN)").ranked[0]
    one = decode("Host api.anthropic.com not found: 3(NXDOMAIN)").ranked[0]
    assert (both.cause, both.confidence) == (one.cause, one.confidence) == ("dns_failure", one.confidence)
    assert both.because == ("dns.unresolved",)


def test_every_example_of_a_further_wording_shows_its_sign() -> None:
    known = wordings()
    missing = [
        (entry["of"], example["text"])
        for table in library.aside("texts").tables.values()
        for entry in table.get("wording", ())
        for example in entry["examples"]
        if entry["of"] not in {one.sign.code for one in seen(read(example["text"], ()), known)}
    ]
    assert missing == []
