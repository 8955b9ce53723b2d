"""Error texts of many programs: each leads to a cause that is right for it, and to no named one surely where the text does not decide."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.engine import library
from diagnostics.engine.decoder import decode
from diagnostics.engine.vocabulary import UNKNOWN

SURE = 0.9


def _groups() -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
    table = tomllib.loads((Path(__file__).parent / "wordings_network.toml").read_text(encoding="utf-8"))
    for group in table["group"]:
        yield frozenset(group["right"]), tuple(group["texts"])


@pytest.mark.parametrize(
    ("right", "texts"),
    list(_groups()),
    ids=lambda value: ",".join(sorted(value))[:60] if isinstance(value, frozenset) else "",
)
def test_each_text_leads_to_a_right_cause(right: frozenset[str], texts: tuple[str, ...]) -> None:
    wrong = []
    for text in texts:
        first = decode(text).ranked[0]
        if first.cause not in right or (UNKNOWN in right and first.cause != UNKNOWN and first.confidence >= SURE):
            wrong.append((first.cause, first.confidence, text))
    assert wrong == []


def test_the_causes_of_the_list_exist() -> None:
    named = {cause for right, _ in _groups() for cause in right}
    assert named <= {*library.load().causes, UNKNOWN}


def test_a_further_wording_counts_as_its_sign_and_once() -> None:
    both = decode(
        "curl: (6) Could not resolve host: api.anthropic.com\nHost api.anthropic.com not found: 3(NXDOMAIN)"
    ).ranked[0]
    one = decode("Host api.anthropic.com not found: 3(NXDOMAIN)").ranked[0]
    assert (both.cause, both.confidence) == (one.cause, one.confidence) == ("dns_failure", one.confidence)
    assert both.because == ("dns.unresolved",)
