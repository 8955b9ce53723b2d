"""Headers besides the client's own: where they come from, what is wrong with them, and which are credentials."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.environment.machines import KEY, seen


def told(*headers: tuple[str, str], environ: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
    """The facts of headers without their prefix."""
    facts = seen({"ANTHROPIC_API_KEY": KEY, **(environ or {})}, headers=headers, **options).facts
    return {name.rpartition(".")[2]: value for name, value in facts.items() if name.startswith("config.headers.")}


def test_without_any_nothing_is_said() -> None:
    assert told() == {}


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ([("anthropic-version", "2023-10-01")], "version_unknown"),
        ([("Anthropic-Version", "")], "version_missing"),
        ([("anthropic-version", "2023-06-01"), ("anthropic-version", "2023-06-01")], "version_twice"),
        ([("content-type", "text/plain")], "type_wrong"),
        ([("content-type", "")], "type_missing"),
        ([("anthropic-beta", "prompt_caching 2024")], "beta_malformed"),
        ([("X Team", "a")], "illegal_name"),
        ([("X-Team", "a\r\nb")], "illegal_value"),
        ([("X-Team", "a\x00b")], "illegal_value"),
        ([("X-Team", "a \u2192 b")], "illegal_value"),
    ],
)
def test_what_is_wrong_is_told(headers: list[tuple[str, str]], problem: str) -> None:
    facts = told(*headers)
    assert facts["problems"] == (problem,)
    assert len(facts["told"]) == 1
    assert facts["illegal"] is problem.startswith("illegal")


@pytest.mark.parametrize(
    "headers",
    [
        [("anthropic-version", "2023-06-01")],
        [("anthropic-version", "2026-10-21")],
        [("content-type", "application/json; charset=utf-8")],
        [("anthropic-beta", "context-1m-2025-08-07, oauth-2025-04-20")],
        [("X-Team", "platform")],
    ],
)
def test_what_is_right_is_left_alone(headers: list[tuple[str, str]]) -> None:
    facts = told(*headers)
    assert (facts["problems"], facts["told"], facts["illegal"]) == ((), (), False)


def test_the_clients_own_variables_are_read() -> None:
    custom = {
        "ANTHROPIC_CUSTOM_HEADERS": "X-Team: platform\nX-Bad: b\u00fccher \u2192",
        "ANTHROPIC_BETAS": "a-2025-01-01,b c",
    }
    facts = told(environ=custom)
    assert facts["names"] == (
        "anthropic-beta (ANTHROPIC_BETAS)",
        "X-Team (ANTHROPIC_CUSTOM_HEADERS)",
        "X-Bad (ANTHROPIC_CUSTOM_HEADERS)",
    )
    assert facts["problems"] == ("illegal_value", "beta_malformed")
    assert told(environ=custom, client="curl") == {}


def test_the_option_outranks_a_variable() -> None:
    environment = seen({"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a"}, headers=(("x-team", "b"),))
    assert [(header.source, header.value.reveal()) for header in environment.headers] == [("--header", "b")]


def test_a_credential_among_them_is_a_credential() -> None:
    headers = (("X-Api-Key", KEY), ("Authorization", "Bearer " + "t" * 40))
    environment = seen({"ANTHROPIC_API_KEY": KEY[:-4] + "zzAA"}, headers=headers)
    first, second, *_ = environment.credentials
    assert (first.name, first.secret.reveal(), first.headers) == ("--header X-Api-Key", KEY, ("x-api-key",))
    assert (second.secret.reveal(), second.beside) == ("t" * 40, True)
    assert environment.headers == ()
    assert KEY not in repr(environment)
    assert environment.facts["config.key.along"] == ("--header Authorization",)


@pytest.mark.parametrize(
    ("headers", "problems"),
    [
        ([("x-api-key", KEY)], ("version_missing", "type_missing")),
        ([("content-type", "application/json")], ("version_missing",)),
        ([("x-team", "a")], ()),  # an addition, not all that is sent
    ],
)
def test_who_writes_all_headers_by_hand_writes_them_all(
    headers: list[tuple[str, str]], problems: tuple[str, ...]
) -> None:
    assert told(*headers, client="curl")["problems"] == problems
    assert "version_missing" not in told(*headers, client="claude-code").get("problems", ())


def test_a_value_that_is_another_vendors_key_is_known() -> None:
    assert told(("x-token", "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12))["key_of"] == "openai"
