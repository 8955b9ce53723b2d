"""Which credential wins, by each client's own order, and what its form tells."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from tests.engine.environment.machines import KEY, LOGIN, NOW, STATE, USER_SETTINGS, fact, seen

OAUTH = "sk-ant-oat01-" + "Cd2-" * 20
REFRESH = "sk-ant-ort01-" + "Ef3-" * 20
HOUR = 3600.0


def login(*, ends: float, refresh_ends: float | None = None, refresh: bool = True) -> dict[str, Any]:
    entry: dict[str, Any] = {"accessToken": OAUTH, "expiresAt": (NOW + ends) * 1000, "scopes": ["user:inference"]}
    if refresh:
        entry["refreshToken"] = REFRESH
    if refresh_ends is not None:
        entry["refreshTokenExpiresAt"] = (NOW + refresh_ends) * 1000
    return {"claudeAiOauth": entry}


@pytest.mark.parametrize(
    ("environ", "files", "kind", "headers"),
    [
        ({"ANTHROPIC_API_KEY": KEY}, {}, "api_key", ("x-api-key",)),
        ({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": "t"}, {}, "auth_token", ("authorization",)),
        ({"CLAUDE_CODE_OAUTH_TOKEN": OAUTH, "ANTHROPIC_API_KEY": KEY}, {}, "api_key", ("x-api-key",)),
        ({"CLAUDE_CODE_OAUTH_TOKEN": OAUTH}, {LOGIN: login(ends=HOUR)}, "oauth_token", ("authorization",)),
        (
            {"CLAUDE_CODE_OAUTH_TOKEN": OAUTH},
            {USER_SETTINGS: {"apiKeyHelper": "get-key"}},
            "key_helper",
            ("x-api-key", "authorization"),
        ),
        ({"ANTHROPIC_API_KEY": KEY}, {USER_SETTINGS: {"apiKeyHelper": "get-key"}}, "api_key", ("x-api-key",)),
        ({}, {LOGIN: login(ends=HOUR), STATE: {"primaryApiKey": KEY}}, "login", ("authorization",)),
        ({}, {STATE: {"primaryApiKey": KEY}}, "api_key", ("x-api-key",)),
        ({"ANTHROPIC_CUSTOM_HEADERS": f"X-Api-Key: {KEY}"}, {}, "api_key", ("x-api-key",)),
        ({"ANTHROPIC_PROFILE": "work"}, {LOGIN: login(ends=HOUR)}, "profile", ("authorization",)),
    ],
)
def test_claude_code_order(
    environ: Mapping[str, str], files: Mapping[str, Any], kind: str, headers: tuple[str, ...]
) -> None:
    environment = seen(environ, files)
    assert (environment.credentials[0].kind, environment.credentials[0].headers) == (kind, headers)
    assert environment.facts["config.key.kind"] == kind
    assert environment.facts["config.key.present"] is True


def test_claude_code_sends_the_key_beside_the_token() -> None:
    token, key = seen({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": "t"}).credentials
    assert (token.beside, key.beside) == (False, True)


@pytest.mark.parametrize(
    ("client", "winner", "headers", "beside"),
    [
        ("anthropic-python@1.1.0", "ANTHROPIC_API_KEY", ("x-api-key",), True),
        ("anthropic-python@2.12.0", "ANTHROPIC_API_KEY", ("authorization",), False),
        ("anthropic-typescript@0.120.0", "ANTHROPIC_API_KEY", ("x-api-key",), True),
        ("anthropic-typescript@1.12.0", "ANTHROPIC_API_KEY", ("authorization",), False),
    ],
)
def test_sdks_take_the_key_first(client: str, winner: str, headers: tuple[str, ...], beside: bool) -> None:
    first, second = seen({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": "t"}, client=client).credentials
    assert (first.name, first.headers, second.name, second.beside) == (winner, headers, "ANTHROPIC_AUTH_TOKEN", beside)


def test_sdk_does_not_read_claude_codes_places() -> None:
    environment = seen({"CLAUDE_CODE_OAUTH_TOKEN": OAUTH}, {LOGIN: login(ends=HOUR)}, client="anthropic-python@2.12.0")
    assert environment.facts["config.key.present"] is False
    assert environment.facts["config.key.near_misses"] == ("CLAUDE_CODE_OAUTH_TOKEN",)


@pytest.mark.parametrize(
    ("entry", "expired", "testable"),
    [
        (login(ends=HOUR), False, True),
        (login(ends=-HOUR), None, False),  # renewed at the next start: nothing is wrong with it
        (login(ends=-HOUR, refresh_ends=HOUR), False, False),
        (login(ends=-HOUR, refresh_ends=-1), True, False),
        (login(ends=-HOUR, refresh=False), True, True),
        (
            login(ends=-29 * 24 * HOUR),
            True,
            False,
        ),  # a login ends 28 days after the sign-in, however often it was renewed
    ],
)
def test_a_login_is_over_only_with_both_tokens(entry: dict[str, Any], expired: bool | None, testable: bool) -> None:
    facts = seen({}, {LOGIN: entry}).facts
    assert facts.get("config.key.login_expired") == expired
    assert facts["config.key.testable"] is testable


def test_a_token_to_be_renewed_first_is_never_sent() -> None:
    (credential,) = seen({}, {LOGIN: login(ends=-HOUR)}).credentials
    assert not credential.secret


def test_a_login_without_the_right_scope_is_none() -> None:
    entry = {"claudeAiOauth": {"accessToken": OAUTH, "expiresAt": (NOW + HOUR) * 1000}}
    assert fact("config.key.present", {}, {LOGIN: entry}) is False


def test_a_keychain_is_not_opened_and_nothing_is_claimed() -> None:
    facts = seen({}, {STATE: {"oauthAccount": {"emailAddress": "dev@example.org"}}}, platform="darwin").facts
    assert "config.key.present" not in facts
    assert fact("config.key.present", {}, {STATE: {}}, platform="darwin") is False


def test_a_declined_key_is_passed_over_in_interactive_use_only() -> None:
    state = {STATE: {"customApiKeyResponses": {"approved": [], "rejected": [KEY[-20:]]}}}
    assert fact("config.key.present", {"ANTHROPIC_API_KEY": KEY}, state, mode="interactive") is False
    assert fact("config.key.present", {"ANTHROPIC_API_KEY": KEY}, state, mode="print") is True


FIRST_PARTY_FORMS = [
    (KEY, ()),
    (KEY + "\n", ()),  # trimmed by the client
    (f'"{KEY}"', ("quotes",)),
    (f"“{KEY}”", ("smart_quotes",)),
    (KEY[:50] + " " + KEY[50:], ("whitespace",)),
    (KEY[:50] + "\n" + KEY[50:], ("newline",)),
    (KEY[:50] + "\u200b" + KEY[50:], ("bom",)),
    (KEY[:50] + "é", ("non_ascii",)),
    (KEY[:50] + "\x01", ("control_character",)),
    ("your-api-key", ("placeholder",)),
    ("YOUR_API_KEY_HERE", ("placeholder",)),
    ("<your key>", ("whitespace", "placeholder")),
    ("sk-ant-...", ("placeholder",)),
    ("sk-ant-api03-xxxxx", ("placeholder",)),
    ("xxxxxxxx", ("placeholder",)),
    ("changeme", ("placeholder",)),
    ("sk-ant-api03-Ab1…xAAA", ("truncated",)),
    ("sk-ant-api03-Ab1_Ab1_****", ("truncated",)),
    ("${ANTHROPIC_API_KEY}", ("variable_not_expanded",)),
    ("$ANTHROPIC_API_KEY", ("variable_not_expanded",)),
    ("%ANTHROPIC_API_KEY%", ("variable_not_expanded",)),
    ("{{ secrets.KEY }}", ("whitespace", "variable_not_expanded")),
    (f"ANTHROPIC_API_KEY={KEY}", ("extra_text",)),
    (KEY + KEY, ("extra_text",)),
    (KEY + ",", ("extra_text",)),
    (KEY + "\\n", ("extra_text",)),
    (base64.b64encode(KEY.encode()).decode(), ("encoded",)),
    (KEY.replace("-", "%2D"), ("encoded",)),
    (KEY.upper(), ("wrong_case",)),
    (KEY.capitalize(), ("wrong_case",)),
    (KEY.lower(), ("wrong_case",)),
    ("SK-PROJ-" + "A" * 100, ("wrong_case",)),
    ("op://vault/anthropic/key", ("secret_reference",)),
    ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:anthropic", ("secret_reference",)),
    ("/run/secrets/anthropic", ("secret_reference",)),
    ("sk-ant-admin01-" + "a" * 95, ("admin_key",)),
    (OAUTH, ("oauth_in_key_slot",)),
    (REFRESH, ("refresh_token",)),
    ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl", ("oauth_in_key_slot",)),
    ("sk-ant-sid01-" + "a" * 60, ("session_cookie",)),
    ("sk-proj-" + "a" * 100, ("wrong_vendor",)),
    ("gsk_" + "a" * 52, ("wrong_vendor",)),
    ("sk-" + "0f" * 16, ("wrong_vendor",)),
    ("sk-ant-api07-new-and-short", ()),  # a prefix nobody knows yet, and another length: no verdict
    ("some-other-token-of-tomorrow", ()),
]


@pytest.mark.parametrize(("value", "problems"), FIRST_PARTY_FORMS)
def test_the_form_of_a_key_for_the_first_party(value: str, problems: tuple[str, ...]) -> None:
    assert fact("config.key.problems", {"ANTHROPIC_API_KEY": value}) == problems


@pytest.mark.parametrize("value", ["dummy", "sk-1234", "sk-" + "0f" * 16, "xxx", "ollama", "your-key"])
def test_a_gateway_may_take_any_word_for_a_key(value: str) -> None:
    environ = {"ANTHROPIC_AUTH_TOKEN": value, "ANTHROPIC_BASE_URL": "http://localhost:4000"}
    assert fact("config.key.problems", environ) == ()


@pytest.mark.parametrize(
    ("client", "value", "illegal"),
    [
        ("claude-code@2.1.330", KEY + "\n", False),
        ("claude-code@2.1.330", "\ufeff" + KEY, False),  # trim() takes the mark away
        ("claude-code@2.1.197", "\ufeff" + KEY, True),
        ("claude-code@2.1.330", KEY + "é", False),
        ("claude-code@2.1.197", KEY + "é", True),
        ("claude-code", KEY[:9] + "\n" + KEY[9:], True),
        ("claude-code", f"“{KEY}”", True),
        ("anthropic-python", KEY + "\n", True),
        ("anthropic-python", KEY + " ", True),
        ("anthropic-python", " " + KEY, False),  # behind "Bearer " a leading blank is legal
        ("anthropic-python@1.1.0", " " + KEY, True),
        ("anthropic-typescript", KEY + "\n", False),
    ],
)
def test_a_header_that_cannot_be_sent(client: str, value: str, illegal: bool) -> None:
    assert fact("config.key.header_illegal", {"ANTHROPIC_API_KEY": value}, client=client) is illegal


@pytest.mark.parametrize(
    ("value", "vendor", "kind"),
    [
        (KEY, "anthropic", "api_key"),
        ("sk-or-v1-" + "0f" * 32, "openrouter", "api_key"),
        ("sk-proj-" + "a" * 100, "openai", "api_key"),
        ("AIza" + "a" * 35, "google", "api_key"),
        ("0f" * 16 + "." + "a" * 16, "zai", "api_key"),
        ("sk-" + "0f" * 16, None, "api_key"),
        ("whatever", None, None),
    ],
)
def test_the_vendor_of_a_key(value: str, vendor: str | None, kind: str | None) -> None:
    facts = seen({"ANTHROPIC_API_KEY": value}).facts
    assert (facts.get("config.key.vendor"), facts.get("config.key.type")) == (vendor, kind)


@pytest.mark.parametrize(
    ("name", "missed"),
    [
        ("anthropic_api_key", True),
        ("ANTHROPIC_API_KEY ", True),
        ("ANTHROPIC_APIKEY", True),
        ("ANTROPIC_API_KEY", True),
        ("ANTHROPIC_AIP_KEY", True),
        ("AUTHROPIC_API_KEY", True),
        ("ANTHROPIC_KEY", True),
        ("CLAUDE_API_KEY", True),
        ("OPENAI_API_KEY", True),
        ("DEEPSEEK_API_KEY", True),
        ("ANTHROPIC_AWS_API_KEY", False),  # read with a provider switch
        ("ANTHROPIC_MODEL", False),
        ("GITHUB_TOKEN", False),
        ("PATH", False),
    ],
)
def test_near_misses(name: str, missed: bool) -> None:
    environment = seen({name: "some-value"})
    assert environment.facts["config.key.present"] is False
    assert environment.facts["config.key.near_misses"] == ((name,) if missed else ())


def test_other_vendors_names_are_no_near_miss_once_there_is_a_credential() -> None:
    assert fact("config.key.near_misses", {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": "sk-x"}) == ()


def test_a_blank_variable_is_no_near_miss_and_no_credential() -> None:
    facts = seen({"ANTHROPIC_API_KEY": " ", "ANTHROPIC_KEY": ""}).facts
    assert facts["config.key.present"] is False
    assert facts["config.key.near_misses"] == ()


def test_windows_does_not_tell_cases_apart() -> None:
    assert fact("config.key.present", {"anthropic_api_key": KEY}, platform="win32") is True


def test_a_key_beside_env_in_a_settings_file() -> None:
    facts = seen({}, {USER_SETTINGS: {"ANTHROPIC_API_KEY": KEY}}).facts
    assert facts["config.key.present"] is False
    assert facts["config.key.near_misses"] == ("ANTHROPIC_API_KEY in ~/.claude/settings.json, outside env",)


def test_those_that_lose_are_named() -> None:
    others = fact("config.key.others", {"ANTHROPIC_API_KEY": KEY}, {LOGIN: login(ends=HOUR)})
    assert others == ("claudeAiOauth (~/.claude/.credentials.json)",)


def test_the_active_profile_of_the_sdk() -> None:
    files: dict[str, Any] = {
        "/home/dev/.config/anthropic/active_config": "work",
        "/home/dev/.config/anthropic/configs/work.json": {},
    }
    facts = seen({}, files, client="anthropic-python").facts
    assert (facts["config.key.kind"], facts["config.key.name"]) == ("profile", "profile work")
    assert facts["config.key.testable"] is False


def test_another_vendors_key_never_goes_along() -> None:
    foreign = "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12
    environment = seen({"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": foreign})
    assert environment.facts["config.key.along_stays"] == "other_vendor"
    both = seen({"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": KEY})
    assert [each.beside for each in both.credentials] == [False, True]
    assert "config.key.along_stays" not in both.facts
    broken = seen({"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": KEY[:50] + "\n" + KEY[50:]})
    assert broken.facts["config.key.along_stays"] == "malformed"


def test_one_that_has_no_header_of_its_own_loses() -> None:
    environ = {"ANTHROPIC_CUSTOM_HEADERS": f"X-Api-Key: {KEY}", "ANTHROPIC_API_KEY": KEY}
    environment = seen(environ)
    assert [each.beside for each in environment.credentials] == [False, False]
    assert environment.facts["config.key.along"] == ()
