"""The wordings: their form, what they say of each other, and that each is seen in its own examples."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diagnostics import texts_schema
from diagnostics.engine import decoder, library
from diagnostics.engine.vocabulary import CAUSES
from diagnostics.knowledge_schema import KnowledgeError

TABLES = library.aside("texts").tables
SIGNS = [(name, sign) for name, table in TABLES.items() for sign in table.get("sign", ())]


def test_they_are_as_they_should_be() -> None:
    texts_schema.validate(TABLES)


@pytest.mark.parametrize(("family", "sign"), SIGNS, ids=[sign["code"] for _, sign in SIGNS])
def test_each_is_seen_in_its_examples(family: str, sign: dict[str, Any]) -> None:
    for example in sign["examples"]:
        assert sign["code"] in decoder.codes(example["text"]), example["text"]


def test_each_further_wording_is_seen_in_its_examples() -> None:
    texts_schema.check_texts()


def test_every_cause_has_words_of_its_own() -> None:
    spoken_for = {cause for _, sign in SIGNS for cause, weight in sign["weights"].items() if weight > 0}
    assert spoken_for == set(CAUSES)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda sign: sign.update(weights={"no_such_cause": 1.0}), "the cause 'no_such_cause' is not declared"),
        (lambda sign: sign.update(weights={}), "weights"),
        (lambda sign: sign.update(pattern="(unclosed"), "does not compile"),
        (lambda sign: sign.update(pattern="Connection Refused"), "text in lower case"),
        (lambda sign: sign.update(pattern="a.*b"), "without a bound"),
        (lambda sign: sign.update(pattern="(?:x)?"), "matches nothing at all"),
        (lambda sign: sign.update(examples=[]), "examples"),
        (lambda sign: sign.update(strange=1), "strange"),
        (lambda sign: sign.update(when={"fact": "text.nothing", "is": True}), "'text.nothing' is not declared"),
        (lambda sign: sign.update(when={"fact": "text.signs", "has": "no.such"}), "no sign 'no.such'"),
        (lambda sign: sign.pop("find"), "needs find or when"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_and_key(change: Callable[[dict[str, Any]], object], told: str) -> None:
    tables = copy.deepcopy(dict(TABLES))
    change(tables["connections"]["sign"][0])
    with pytest.raises(KnowledgeError) as refused:
        texts_schema.validate(tables)
    assert told in str(refused.value)
    assert "knowledge/texts/connections.toml: " in str(refused.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda wording: wording.update(of="no.such"), "wording.0.of: no sign 'no.such'"),
        (lambda wording: wording.pop("of"), "wording.0.of"),
        (lambda wording: wording.update(find=[]), "wording.0.find"),
        (lambda wording: wording.update(examples=[]), "wording.0.examples"),
        (lambda wording: wording.update(pattern="a.*b"), "without a bound"),
        (lambda wording: wording.update(weights={"dns_failure": 8}), "wording.0.weights"),
    ],
)  # fmt: skip
def test_a_fault_of_a_further_wording_is_told_with_file_and_key(
    change: Callable[[dict[str, Any]], object], told: str
) -> None:
    tables = copy.deepcopy(dict(TABLES))
    change(tables["shapes"]["wording"][0])
    with pytest.raises(KnowledgeError) as refused:
        texts_schema.validate(tables)
    assert told in str(refused.value)
    assert "knowledge/texts/shapes.toml: " in str(refused.value)


def test_an_example_of_a_further_wording_must_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {
        "of": "dns.unresolved",
        "find": ["no such name here"],
        "examples": [{"client": "go", "text": "no such host"}],
    }
    monkeypatch.setattr(texts_schema, "_tables", lambda: {**TABLES, "mine": {"wording": [words]}})
    with pytest.raises(KnowledgeError, match=r"texts/mine\.toml: wording\.0\.examples\.0"):
        texts_schema.check_texts()


def test_a_start_proves_the_examples_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proven: list[str] = []

    def prove(tables: object) -> list[str]:
        proven.append("all")
        return []

    monkeypatch.setattr(texts_schema, "_unproven", prove)
    mark = tmp_path / "mark"
    for _ in range(2):
        texts_schema.check_texts(mark)
    assert proven == ["all"]
    mark.write_text("an earlier version", encoding="utf-8")
    texts_schema.check_texts(mark)
    assert proven == ["all", "all"]
    texts_schema.check_texts(tmp_path / "no such folder" / "mark")
    assert len(proven) == 3


def test_a_start_does_not_prove_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(texts_schema, "_unproven", lambda tables: ["it is not seen"])
    for _ in range(2):
        with pytest.raises(KnowledgeError, match="it is not seen"):
            texts_schema.check_texts(tmp_path / "mark")
