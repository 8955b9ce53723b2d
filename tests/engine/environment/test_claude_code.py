"""Claude Code's rules, each through ``capture()``: what is set in, what the facts say out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostics.engine import library
from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.records import Environment

KNOWLEDGE = library.load()
KEY = "sk-ant-api03-" + "Ab1_" * 23 + "xAA"


def captured(environ: Mapping[str, str], **machine: Any) -> Environment:
    return capture(Asked(), registered(environ, **machine), KNOWLEDGE)


def test_nothing_configured() -> None:
    environment = captured({})
    assert environment.client.name == "claude-code"
    assert environment.mode == "interactive"
    assert str(environment.origin) == "https://api.anthropic.com"
    assert environment.proxy is None
    assert environment.trust.stores == ("public", "system")
    assert environment.first_run_urls[0] == "https://api.anthropic.com/api/hello"
    assert environment.facts["config.base_url.default"] is True
    assert environment.facts["config.base_url.first_party"] is True
    assert environment.facts["config.key.present"] is False


def test_key_base_url_and_proxy() -> None:
    environment = captured(
        {
            "ANTHROPIC_API_KEY": KEY + "\n",
            "ANTHROPIC_BASE_URL": "https://gw.example/llm/ ",
            "HTTPS_PROXY": "http://u:p%40ss@proxy:8080",
        }
    )
    (credential,) = environment.credentials
    assert credential.kind == "api_key"
    assert credential.secret.reveal() == KEY
    assert environment.facts["config.key.problems"] == ()
    assert environment.base_url == "https://gw.example/llm/"
    assert environment.base_path == "/llm"
    assert environment.proxy is not None
    assert str(environment.proxy.origin) == "http://proxy:8080"
    assert environment.proxy.password is not None
    assert environment.proxy.password.reveal() == "p@ss"
    assert environment.facts["config.proxy.url"] == "http://proxy:8080"
