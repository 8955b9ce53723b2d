"""Claude Code's settings files: who wins, when they count, and what becomes of a broken one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.environment.machine import Unreadable
from tests.engine.environment.machines import (
    HOME,
    KEY,
    LOCAL_SETTINGS,
    MANAGED_SETTINGS,
    PROJECT,
    PROJECT_SETTINGS,
    STATE,
    USER_SETTINGS,
    fact,
    seen,
)


def base(name: str) -> dict[str, Any]:
    return {"env": {"ANTHROPIC_BASE_URL": f"https://{name}.example"}}


TRUSTED = {"hasCompletedOnboarding": True, "projects": {PROJECT: {"hasTrustDialogAccepted": True}}}
DROP_IN = "/etc/claude-code/managed-settings.d/{}.json"


@pytest.mark.parametrize(
    ("files", "host"),
    [
        ({}, "shell.example"),
        ({STATE: base("state")}, "state.example"),
        ({STATE: base("state"), USER_SETTINGS: base("user")}, "user.example"),
        ({USER_SETTINGS: base("user"), PROJECT_SETTINGS: base("project")}, "project.example"),
        ({PROJECT_SETTINGS: base("project"), LOCAL_SETTINGS: base("local")}, "local.example"),
        ({LOCAL_SETTINGS: base("local"), MANAGED_SETTINGS: base("managed")}, "managed.example"),
        ({MANAGED_SETTINGS: base("managed"), DROP_IN.format("10-a"): base("a")}, "a.example"),
        ({DROP_IN.format("10-a"): base("a"), DROP_IN.format("20-b"): base("b")}, "b.example"),
    ],
)
def test_who_wins(files: dict[str, Any], host: str) -> None:
    environ = {"ANTHROPIC_BASE_URL": "https://shell.example"}
    assert fact("config.base_url.host", environ, files, mode="print") == host


@pytest.mark.parametrize(
    ("platform", "path"),
    [
        ("darwin", "/Library/Application Support/ClaudeCode/managed-settings.json"),
        ("win32", "C:\\Program Files\\ClaudeCode\\managed-settings.json"),
    ],
)
def test_where_managed_settings_stand(platform: str, path: str) -> None:
    assert fact("config.base_url.host", {}, {path: base("managed")}, platform=platform) == "managed.example"


@pytest.mark.parametrize(
    ("state", "mode", "counts"),
    [
        ({}, "print", True),
        ({}, "interactive", False),
        ({"hasCompletedOnboarding": True}, "interactive", False),
        (TRUSTED, "interactive", True),
        ({**TRUSTED, "projects": {HOME: {"hasTrustDialogAccepted": True}}}, "interactive", True),  # a folder above
        ({"projects": {PROJECT: {"hasTrustDialogAccepted": True}}}, "interactive", False),
    ],
)
def test_project_settings_wait_for_the_first_run_and_for_trust(state: Any, mode: str, counts: bool) -> None:
    environment = seen({}, {STATE: state, PROJECT_SETTINGS: base("project")}, mode=mode)
    assert (environment.facts["config.base_url.host"] == "project.example") is counts
    (listed,) = [each for each in environment.settings if each.name == "ANTHROPIC_BASE_URL"]
    assert listed.effective is counts
    assert listed.source == "~/project/.claude/settings.json env"


def test_losers_are_listed_with_their_places() -> None:
    environment = seen({"ANTHROPIC_BASE_URL": "https://shell.example"}, {USER_SETTINGS: base("user")})
    listed = [
        (each.value, each.source, each.effective) for each in environment.settings if each.name == "ANTHROPIC_BASE_URL"
    ]
    assert listed == [
        ("https://user.example", "~/.claude/settings.json env", True),
        ("https://shell.example", "environment", False),
    ]


def test_another_folder_for_the_clients_files() -> None:
    files = {
        "/srv/cc/settings.json": base("moved"),
        USER_SETTINGS: base("user"),
        "/srv/cc/.claude.json": {"hasCompletedOnboarding": True},
    }
    environment = seen({"CLAUDE_CONFIG_DIR": "/srv/cc"}, files)
    assert environment.facts["config.base_url.host"] == "moved.example"
    assert environment.facts["config.onboarding_complete"] is True


def test_another_project() -> None:
    files = {"/srv/app/.claude/settings.json": base("app")}
    assert fact("config.base_url.host", {}, files, mode="print", project="/srv/app") == "app.example"


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"\xef\xbb\xbf" + json.dumps(base("user")).encode(), True),  # PowerShell's mark does no harm
        (json.dumps(base("user")).encode("utf-16"), True),
        (json.dumps({"env": {"ANTHROPIC_BASE_URL": "https://user.example", "A": 5, "B": True, "C": None}}), True),
        (b"", None),
        (b"  \n", None),
    ],
)
def test_forms_that_the_client_takes(content: Any, read: bool | None) -> None:
    facts = seen({}, {USER_SETTINGS: content}).facts
    assert facts["config.settings.broken"] == ()
    assert facts["config.base_url.host"] == ("user.example" if read else "api.anthropic.com")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"env": {}\n  "model": "x"}', "~/.claude/settings.json:2:3: Expecting ',' delimiter"),
        ('{"env": {},}', "~/.claude/settings.json:1:1"),
        ('{/* note */ "env": {}}', "~/.claude/settings.json:1:2: "),
        ('{"env": {"A": NaN}}', "~/.claude/settings.json: NaN is no JSON"),
        ("[1]", "~/.claude/settings.json:1:1: not an object"),
        ("[" * 100_000, "~/.claude/settings.json: nested too deeply"),
        ('{"env": []}', "~/.claude/settings.json: env must be of the type object"),
        ('{"env": null}', "~/.claude/settings.json: env must be of the type object"),
        ('{"env": {}, "model": 5}', "~/.claude/settings.json: model must be of the type string"),
        ('{"env": {}, "apiKeyHelper": ["x"]}', "~/.claude/settings.json: apiKeyHelper must be of the type string"),
        (b" " * (2 * 1024 * 1024 + 1), "~/.claude/settings.json: larger than 2 MiB"),
        (Unreadable("permission"), "~/.claude/settings.json: may not be read by this user"),
        (Unreadable("folder"), "~/.claude/settings.json: is a folder"),
    ],
)
def test_broken_files_name_their_place(content: Any, place: str) -> None:
    facts = seen({}, {USER_SETTINGS: content}).facts
    broken = facts["config.settings.broken"]
    assert isinstance(broken, tuple)
    assert len(broken) == 1
    assert str(broken[0]).startswith(place)
    assert facts["config.settings.broken_file"] == "~/.claude/settings.json"
    assert facts["config.settings.broken_matters"] is True


def test_a_wrong_type_loses_the_whole_file() -> None:
    content = {**base("user"), "model": 5}
    assert fact("config.base_url.host", {}, {USER_SETTINGS: content}) == "api.anthropic.com"
    assert fact("config.base_url.host", {}, {MANAGED_SETTINGS: content}) == "user.example"


@pytest.mark.parametrize(
    ("path", "text", "mode", "matters"),
    [
        (USER_SETTINGS, '{"statusLine": }', "interactive", True),  # the client stops and asks
        (USER_SETTINGS, '{"statusLine": }', "print", False),  # skipped, and nothing of the connection is lost
        (USER_SETTINGS, '{"env": {"ANTHROPIC_BASE_URL": "x"},}', "print", True),
        (USER_SETTINGS, '{"apiKeyHelper": "x",}', "print", True),
        (STATE, '{"theme": }', "print", True),  # starts in no mode
        (MANAGED_SETTINGS, '{"theme": }', "print", True),
    ],
)
def test_when_a_broken_file_matters(path: str, text: str, mode: str, matters: bool) -> None:
    facts = seen({}, {path: text}, mode=mode).facts
    assert len(facts["config.settings.broken"]) == 1  # type: ignore[arg-type]
    assert facts["config.settings.broken_matters"] is matters


@pytest.mark.parametrize(
    ("environ", "state", "asked", "mode", "counts"),
    [
        ({}, {}, "auto", "interactive", True),
        ({}, {"hasCompletedOnboarding": True}, "auto", "print", False),
        ({}, {"hasCompletedOnboarding": "true"}, "auto", "interactive", True),
        ({"CI": "1"}, {}, "auto", "print", False),
        ({"CI": ""}, {}, "auto", "interactive", True),
        ({"CI": "1"}, {}, "interactive", "interactive", True),
        ({}, {"hasCompletedOnboarding": True}, "interactive", "interactive", True),
        ({"ANTHROPIC_API_KEY": KEY}, {}, "auto", "interactive", True),
        ({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": "https://gw.example"}, {}, "auto", "interactive", True),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, {}, "auto", "interactive", False),  # the client makes no check with these
        ({"CLAUDE_CODE_USE_BEDROCK": "1"}, {}, "auto", "interactive", False),
    ],
)
def test_when_the_first_run_check_counts(
    environ: dict[str, str], state: Any, asked: str, mode: str, counts: bool
) -> None:
    environment = seen(environ, {STATE: state}, mode=asked)
    assert (environment.mode, environment.facts["config.first_run_counts"]) == (mode, counts)


def test_a_key_helper_ends_the_check_and_is_not_run() -> None:
    environment = seen({}, {USER_SETTINGS: {"apiKeyHelper": "touch /tmp/never"}})
    assert environment.facts["config.first_run_counts"] is False
    assert environment.facts["config.key.testable"] is False
    assert not environment.credentials[0].secret


def test_project_settings_cannot_spare_the_first_run() -> None:
    project = {PROJECT_SETTINGS: {"env": {"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": "https://gw.example"}}}
    assert fact("config.first_run_counts", {}, project) is True


@pytest.mark.parametrize(
    ("client", "urls"),
    [
        ("claude-code", ("https://api.anthropic.com/api/hello", "https://platform.claude.com/v1/oauth/hello")),
        ("claude-code@2.1.6", ("https://api.anthropic.com/api/hello", "https://console.anthropic.com/v1/oauth/hello")),
        ("anthropic-python", ()),
    ],
)
def test_what_the_check_asks(client: str, urls: tuple[str, ...]) -> None:
    assert seen({}, client=client).first_run_urls == urls


@pytest.mark.parametrize(
    ("environ", "files", "asked", "model"),
    [
        ({}, {}, None, None),
        ({"ANTHROPIC_MODEL": "claude-opus-5-5"}, {USER_SETTINGS: {"model": "sonnet"}}, None, "claude-opus-5-5"),
        ({}, {USER_SETTINGS: {"model": "sonnet"}}, None, "sonnet"),
        ({"ANTHROPIC_MODEL": "claude-opus-5-5"}, {}, "claude-haiku-5-5", "claude-haiku-5-5"),
    ],
)
def test_the_model(environ: dict[str, str], files: dict[str, Any], asked: str | None, model: str | None) -> None:
    environment = seen(environ, files, model=asked)
    assert (environment.model, environment.facts.get("config.model")) == (model, model)


@pytest.mark.parametrize(
    ("client", "value", "overflows"),
    [
        ("claude-code@2.1.197", "2147483648", True),
        ("claude-code@2.1.197", "2147483647", False),
        ("claude-code@2.1.197", "9" * 400, True),
        ("claude-code@2.1.197", "3e9", True),
        ("claude-code@2.1.197", "ten minutes", False),
        ("claude-code@2.1.241", "2147483648", True),
        ("claude-code@2.1.330", "2147483648", False),
    ],
)
def test_a_time_limit_over_what_a_timer_takes(client: str, value: str, overflows: bool) -> None:
    assert fact("config.timeout_overflow", {"API_TIMEOUT_MS": value}, client=client) is overflows


@pytest.mark.parametrize(
    ("client", "value", "word"),
    [
        ("claude-code@2.1.197", "ten minutes", "no_number"),
        ("claude-code@2.1.222", "ten minutes", None),
        ("claude-code@2.1.281", "0", "zero"),
        ("claude-code@2.1.281", "-5", "negative"),
        ("claude-code@2.1.330", "-5", None),
        ("claude-code@2.1.197", "600000", None),
        ("claude-code@2.1.197", "", None),
        ("curl", "0", None),
    ],
)
def test_a_time_limit_that_is_none(client: str, value: str, word: str | None) -> None:
    assert fact("config.timeout_unusable", {"API_TIMEOUT_MS": value}, client=client) == word


def test_settings_cannot_move_a_client_that_another_application_runs() -> None:
    environ = {"CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST": "1", "ANTHROPIC_BASE_URL": "https://host.example"}
    files = {USER_SETTINGS: {"env": {"ANTHROPIC_BASE_URL": "https://user.example", "HTTPS_PROXY": "http://proxy:1"}}}
    facts = seen(environ, files).facts
    assert facts["config.base_url.host"] == "host.example"
    assert facts["config.proxy.variable"] == "HTTPS_PROXY"


@pytest.mark.parametrize(
    ("path", "settings", "forced"),
    [
        (MANAGED_SETTINGS, {"forceLoginMethod": "console"}, True),
        (MANAGED_SETTINGS, {"forceLoginOrgUUID": "0f9d6f0e-0000-4000-8000-000000000000"}, True),
        (USER_SETTINGS, {"forceLoginMethod": "console"}, False),  # only the operator's settings can
        (MANAGED_SETTINGS, {}, False),
    ],
)
def test_an_operator_may_demand_a_login(path: str, settings: dict[str, Any], forced: bool) -> None:
    assert fact("config.key.login_forced", {"ANTHROPIC_API_KEY": KEY}, {path: settings}) is forced


@pytest.mark.parametrize(
    ("environ", "forced"),
    [
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, True),
        (
            {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-" + "a" * 80},
            False,
        ),  # measured with 2.1.197 and 2.1.330: it is a login
        ({}, None),
    ],
)
def test_a_token_of_a_login_is_one(environ: dict[str, str], forced: bool | None) -> None:
    files = {MANAGED_SETTINGS: {"forceLoginMethod": "claudeai"}}
    assert fact("config.key.login_forced", environ, files) is forced


def test_a_key_that_was_declined_is_told_of() -> None:
    state = {STATE: {"hasCompletedOnboarding": True, "customApiKeyResponses": {"rejected": [KEY[-20:]]}}}
    facts = seen({"ANTHROPIC_API_KEY": KEY}, state, mode="interactive").facts
    assert (facts["config.key.present"], facts["config.key.declined"]) == (False, ("ANTHROPIC_API_KEY",))
    assert "config.key.declined" not in seen({"ANTHROPIC_API_KEY": KEY}, state, mode="print").facts
    assert "config.key.declined" not in seen({"ANTHROPIC_API_KEY": KEY[:-1] + "B"}, state, mode="interactive").facts


def test_a_key_helper_of_a_project_waits_for_trust_too() -> None:
    files: dict[str, Any] = {PROJECT_SETTINGS: {"apiKeyHelper": "get-key"}}
    assert fact("config.key.present", {}, files, mode="interactive") is False
    assert fact("config.key.present", {}, {**files, STATE: TRUSTED}, mode="interactive") is True
