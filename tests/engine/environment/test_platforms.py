"""Windows and macOS: paths, case-blind variables, the system's proxies, and the keychain that stays shut."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from diagnostics.engine.environment import Asked, Machine, capture, registered, summarise
from diagnostics.engine.records import Environment
from tests.engine.environment.machines import KEY, KNOWLEDGE

WINDOWS_HOME, MAC_HOME = "C:\\Users\\dev", "/Users/dev"
PROXY, OTHER = "http://proxy.corp:8080", "http://other.corp:8080"


def windows(environ: dict[str, str] | None = None, files: dict[str, Any] | None = None) -> Machine:
    contents = {
        path: json.dumps(value).encode() if isinstance(value, dict) else value for path, value in (files or {}).items()
    }
    return registered(environ or {}, contents, home=WINDOWS_HOME, cwd=f"{WINDOWS_HOME}\\work", platform="win32")


def on(machine: Machine, client: str = "claude-code", **asked: Any) -> Environment:
    return capture(Asked(client=client, **asked), machine, KNOWLEDGE)


def test_windows_settings_lie_below_the_profile_and_override_the_shell() -> None:
    settings = {f"{WINDOWS_HOME}\\.claude\\settings.json": {"env": {"HTTPS_PROXY": PROXY, "ANTHROPIC_API_KEY": KEY}}}
    environment = on(windows({"https_proxy": OTHER}, settings))
    assert environment.proxy is not None
    assert str(environment.proxy.origin) == PROXY  # one variable there, whatever its case
    assert environment.facts["config.key.source"] == "~/.claude/settings.json env"


def test_windows_managed_settings_win() -> None:
    files = {
        "C:\\Program Files\\ClaudeCode\\managed-settings.json": {
            "forceLoginMethod": "claudeai",
            "env": {"HTTPS_PROXY": PROXY},
        },
        f"{WINDOWS_HOME}\\.claude\\settings.json": {"env": {"HTTPS_PROXY": OTHER}},
    }
    environment = on(windows({"ANTHROPIC_API_KEY": KEY}, files))
    assert (str(environment.proxy.origin) if environment.proxy else "") == PROXY
    assert environment.facts["config.key.login_forced"] is True
    old = on(
        windows({"ANTHROPIC_API_KEY": KEY}, {"C:\\ProgramData\\ClaudeCode\\managed-settings.json": files.popitem()[1]})
    )
    assert old.proxy is None


def test_windows_login_and_installed_versions() -> None:
    token = "sk-ant-oat01-" + "a" * 80
    login = {"claudeAiOauth": {"accessToken": token, "scopes": ["user:inference"], "expiresAt": 4_000_000_000_000}}
    files = {
        f"{WINDOWS_HOME}\\.claude\\.credentials.json": login,
        "C:\\npm\\npm\\node_modules\\@anthropic-ai/claude-code\\package.json": {"version": "2.1.112"},
    }
    environment = on(windows({"APPDATA": "C:\\npm"}, files))
    assert environment.credentials[0].name == "claudeAiOauth"
    assert (environment.client.version, environment.facts["config.client.build"]) == ("2.1.112", "npm")


@pytest.mark.parametrize(
    ("client", "variable"),
    [
        ("anthropic-python", "https"),
        ("python-requests", "https"),
        ("claude-code", None),
        ("node", None),
        ("curl", None),
    ],
)
@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_who_falls_back_on_the_systems_proxy(client: str, variable: str | None, platform: str) -> None:
    home = WINDOWS_HOME if platform == "win32" else MAC_HOME
    machine = replace(registered({}, home=home, platform=platform), system_proxies={"https": PROXY})
    environment = on(machine, client)
    assert (environment.proxy.variable if environment.proxy else None) == variable


def test_a_macs_keychain_stays_shut_and_its_managed_settings_count() -> None:
    files = {
        f"{MAC_HOME}/.claude.json": b'{"oauthAccount": {"emailAddress": "dev@example.org"}}',
        "/Library/Application Support/ClaudeCode/managed-settings.json": b'{"env": {"HTTPS_PROXY": "http://proxy.corp:8080"}}',
    }
    environment = on(registered({}, files, home=MAC_HOME, cwd=MAC_HOME, platform="darwin"))
    assert "config.key.present" not in environment.facts  # a login may be there; it is not looked at
    assert (str(environment.proxy.origin) if environment.proxy else "") == PROXY


def test_a_report_tells_the_system_of_a_machine_that_was_looked_at() -> None:
    machine = windows()
    assert summarise(on(machine))["system"] is None  # registered: whoever wrote the settings down may have any system
    assert summarise(on(replace(machine, in_memory=False)))["system"] == "windows"
    assert on(replace(machine, in_memory=False, platform="freebsd14")).system is None
