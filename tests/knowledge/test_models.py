"""The model table hangs together, and tells of a name what the day makes of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from diagnostics import models_schema
from diagnostics.engine import library, models_table
from diagnostics.engine.models_table import WORDS, state_of
from diagnostics.knowledge_schema import KnowledgeError

TODAY = date(2026, 11, 28)


def tables() -> dict[str, Any]:
    """The table as written, to be spoilt."""
    return deepcopy(dict(library.aside("models").tables))


def test_the_table_is_as_it_must_be() -> None:
    vendors = models_schema.check_models()
    assert {"anthropic", "openai"} <= set(vendors)
    assert set(vendors) <= set(library.load().providers)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("stage", "gone", "stage"),
        ("retires_on", "soon", "retires_on"),
        ("successor", "claude-none", "no model 'claude-none'"),
        ("retired_on", "2026-01-01", "retired_on"),
        ("aliases", ["claude-opus-5-5"], "named twice"),
        ("retires_on", "2027-01-01", "write deprecated"),
        ("released", "2027-13-01", "released"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(key: str, value: Any, says: str) -> None:
    spoilt = tables()
    spoilt["anthropic"]["models"][3][key] = value
    with pytest.raises(KnowledgeError) as told:
        models_schema.validate(spoilt)
    assert "knowledge/models/anthropic.toml" in str(told.value)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("name", "word", "use"),
    [
        ("claude-opus-5-5", "works", None),
        ("claude-sonnet-4-6", "legacy", "claude-sonnet-5-5"),
        ("claude-sonnet-4-5", "retiring", "claude-sonnet-5-5"),
        ("claude-3-opus-20240229", "retired", "claude-opus-5-5"),
        ("claude-3-sonnet-20240229", "retired", None),
        ("opus", "client_name", None),
        ("claude-opus-5-5[1m]", "client_name", "claude-opus-5-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "platform_name", "claude-sonnet-4-5-20250929"),
        ("anthropic.claude-opus-5-5", "platform_name", "claude-opus-5-5"),
        ("claude-3-5-sonnet-v2@20241022", "platform_name", "claude-sonnet-5-5"),
        ("gpt-4o", "other_vendor", None),
        ("deepseek-chat", "other_vendor", None),
        ("claud-sonnet-5", "near", "claude-sonnet-5"),
        ("claude-4.5-sonnet", "near", "claude-sonnet-4-5-20250929"),
        ("anthropic/claude-opus-5.5", "near", "claude-opus-5-5"),
        ("Claude-Opus-5-5", "near", "claude-opus-5-5"),
        ("claude-haiku-4-5-20251002", "near", "claude-haiku-4-5-20251001"),
        ("claude-sonnet-6", "unknown", None),
        ("claude-opus-6-20271231", "unknown", None),
        ("my-gateway-model", "unknown", None),
        ("", "unknown", None),
        ("x" * 100_000, "unknown", None),
    ],
)
def test_what_a_name_means(name: str, word: str, use: str | None) -> None:
    state = state_of(name, TODAY)
    assert (state.word, state.use) == (word, use)
    assert word in WORDS
    assert state.says.endswith(".")


def test_the_day_decides() -> None:
    name = "claude-sonnet-4-5-20250929"
    assert [state_of(name, date(2026, 11, day)).days_left for day in (28, 29, 30)] == [2, 1, 0]
    assert "which is tomorrow" in state_of(name, date(2026, 11, 29)).says
    assert state_of(name, date(2026, 12, 1)).word == "retired"


def test_a_name_that_may_be_newer_than_the_table_is_not_called_wrong() -> None:
    state = state_of("claude-opus-6", TODAY)
    assert not state.is_refused
    assert "newer" in state.says


def test_a_table_of_ones_own() -> None:
    spoilt = tables()
    spoilt["anthropic"]["models"][3] |= {"stage": "deprecated", "retires_on": "2026-12-24"}
    del spoilt["anthropic"]["models"][3]["not_before"]
    state = state_of("claude-sonnet-5-5", TODAY, table=models_table.load(spoilt))
    assert (state.word, state.days_left) == ("retiring", 26)


def test_every_model_has_its_source_and_day() -> None:
    for model in models_table.models():
        assert model.source
        assert model.checked <= date.today()
