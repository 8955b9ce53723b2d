"""Secrets planted in every place a client reads from come out nowhere: no fact, no summary, no text of any record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.environment import registered, summarise
from diagnostics.engine.facts import FACTS
from diagnostics.engine.records import Environment
from diagnostics.engine.secrets import Secret
from tests.engine.environment.machines import (
    HOME,
    KEY,
    LOGIN,
    MANAGED_SETTINGS,
    NOW,
    PROJECT_SETTINGS,
    STATE,
    USER_SETTINGS,
    seen,
)

CANARY = "CANARYsecretCANARYsecretCANARY"
MARK = "CANARY"
KEYS = tuple(f"{prefix}{CANARY}{'x' * 60}" for prefix in ("sk-ant-api03-", "sk-ant-oat01-", "sk-proj-", "plain-"))
PLACES: list[dict[str, str]] = [
    {name: value}
    for name in (
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "ANTHROPIC_FOUNDRY_API_KEY",
        "AWS_BEARER_TOKEN_BEDROCK",
        "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE",
        "CLAUDE_CODE_OAUTH_REFRESH_TOKEN",
        "ANTHROPIC_KEY",
        "OPENAI_API_KEY",
    )
    for value in (*KEYS, f"Authorization: Bearer {CANARY}", f'"{KEYS[0]}"', CANARY[:9], f"{CANARY}\nX")
] + [
    {"HTTPS_PROXY": f"http://user:{CANARY}@proxy.corp:8080"},
    {"HTTPS_PROXY": f"http://user:{CANARY}#p@proxy.corp:8080"},
    {"HTTPS_PROXY": f"http://{CANARY}:p/ss@proxy.corp:8080"},
    {"HTTPS_PROXY": f"user:{CANARY}@proxy.corp:8080"},
    {"HTTPS_PROXY": f"http://proxy.corp:8080/?token={CANARY}"},
    {"ANTHROPIC_BASE_URL": f"https://user:{CANARY}@gw.example"},
    {"ANTHROPIC_BASE_URL": f"https://gw.example/v1?key={CANARY}"},
    {"ANTHROPIC_BASE_URL": KEYS[0]},
    {"ANTHROPIC_BASE_URL": f"https://gw.example/{KEYS[0]}/v1"},
    {"ANTHROPIC_MODEL": KEYS[0]},
    {"NO_PROXY": KEYS[0]},
]
FILES: list[dict[str, Any]] = [
    {USER_SETTINGS: {"env": {"ANTHROPIC_API_KEY": KEYS[0]}}},
    {USER_SETTINGS: {"env": {"HTTPS_PROXY": f"http://u:{CANARY}@proxy:1"}}},
    {USER_SETTINGS: {"apiKeyHelper": f"echo {KEYS[0]}"}},
    {USER_SETTINGS: {"ANTHROPIC_API_KEY": KEYS[0]}},
    {USER_SETTINGS: f'{{"env": {{"ANTHROPIC_API_KEY": "{KEYS[0]}"}},}}'},
    {USER_SETTINGS: {"env": KEYS[0]}},
    {PROJECT_SETTINGS: {"env": {"ANTHROPIC_API_KEY": KEYS[0]}}},
    {MANAGED_SETTINGS: {"env": {"ANTHROPIC_AUTH_TOKEN": KEYS[1]}}},
    {STATE: {"primaryApiKey": KEYS[0], "customApiKeyResponses": {"rejected": [CANARY]}}},
    {STATE: f'{{"primaryApiKey": "{KEYS[0]}" "x"}}'},
    {
        LOGIN: {
            "claudeAiOauth": {
                "accessToken": KEYS[1],
                "refreshToken": f"sk-ant-ort01-{CANARY}",
                "expiresAt": (NOW + 9) * 1000,
                "scopes": ["user:inference"],
            }
        }
    },
]
CLIENTS = ("claude-code", "claude-code@2.1.197", "anthropic-python", "anthropic-typescript@0.120.0", "curl")


def texts(environment: Environment) -> list[str]:
    return [
        repr(environment),
        json.dumps(dict(environment.facts), ensure_ascii=False),
        json.dumps(summarise(environment), ensure_ascii=False),
        repr(environment.credentials),
        repr(environment.proxy),
        repr(environment.settings),
    ]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("environ", PLACES)
def test_no_variable_leaks(environ: dict[str, str], client: str) -> None:
    for text in texts(seen(environ, client=client)):
        assert MARK not in text


@pytest.mark.parametrize("mode", ["interactive", "print"])
@pytest.mark.parametrize("files", FILES)
def test_no_file_leaks(files: dict[str, Any], mode: str) -> None:
    for text in texts(seen({"ANTHROPIC_CONFIG_DIR": HOME}, files, mode=mode)):
        assert MARK not in text


def test_a_machine_shows_nothing_it_holds() -> None:
    machine = registered({"ANTHROPIC_API_KEY": CANARY}, {USER_SETTINGS: CANARY.encode()})
    assert MARK not in repr(machine)


def test_a_fingerprint_is_the_same_for_the_same_secret_and_made_once() -> None:
    ours, theirs = Secret("sk-ant-api03-the-same"), Secret(" sk-ant-api03-the-same\n")
    assert ours.fingerprint == theirs.fingerprint != Secret("sk-ant-api03-another").fingerprint
    assert ours.fingerprint is ours.fingerprint


def test_the_summary_is_json_and_tells_shape_source_and_fingerprint() -> None:
    summary = json.loads(
        json.dumps(summarise(seen({"ANTHROPIC_API_KEY": KEY, "HTTPS_PROXY": "http://u:p@proxy:8080"})))
    )
    (credential,) = summary["credentials"]
    assert credential["shape"] == "sk-ant-api03-…"
    assert len(credential["fingerprint"]) == 16
    assert credential["source"] == "environment"
    assert summary["proxy"] == {"url": "http://proxy:8080", "variable": "HTTPS_PROXY", "used": True}
    assert summary["base_url"]["origin"] == "https://api.anthropic.com"
    assert {
        "name": "ANTHROPIC_API_KEY",
        "value": credential["shape"],
        "source": "environment",
        "effective": True,
    } in summary["settings"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("environ", PLACES[::3])
def test_only_declared_facts_of_declared_types(environ: dict[str, str], client: str) -> None:
    types = {"bool": bool, "int": int, "str": str, "words": tuple}
    for name, value in seen(environ, client=client).facts.items():
        assert type(value) is types[FACTS[name][0]], name
