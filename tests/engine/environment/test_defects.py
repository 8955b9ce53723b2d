"""Which known defects a configuration meets, and what is not one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from diagnostics.condition_schema import faults
from diagnostics.engine.environment.clients.rules import CONDITIONS, parse_version
from tests.engine.environment.machines import HOME, KNOWLEDGE, USER_SETTINGS, seen

PROXY = "http://proxy.corp:8080"
EXACT = {"HTTPS_PROXY": PROXY, "NO_PROXY": "api.anthropic.com"}
SITE = f"{HOME}/project/.venv/lib/python3.11/site-packages"
BREAKS = ("start", "first_run", "around", "through")
KEYS = {*CONDITIONS, "beside", "needs", "code", "breaks", "mended_in", "says", "source"}


def met(environ: dict[str, str], client: str, files: dict[str, Any] | None = None, **asked: Any) -> tuple[Any, ...]:
    """Codes, what they break, and where that is mended."""
    facts = seen(environ, files, client=client, **asked).facts
    return (
        facts.get("config.client.known_bad", ()),
        facts.get("config.client.breaks", ()),
        facts.get("config.client.mended_in"),
    )


@pytest.mark.parametrize(
    ("client", "environ", "expected"),
    [
        ("claude-code@2.1.30", EXACT, (("no_proxy_unread",), ("through",), "2.1.38")),
        ("claude-code@2.1.22", EXACT, ((), (), None)),
        ("claude-code@2.1.38", EXACT, ((), (), None)),
        ("claude-code@2.1.83", EXACT, (("no_proxy_unread",), ("through",), "2.1.117")),
        ("claude-code@1.0.92", EXACT, (("no_proxy_unread",), ("through",), "1.0.93")),
        ("claude-code@1.0.92", {"HTTPS_PROXY": PROXY, "NO_PROXY": "elsewhere.example"}, ((), (), None)),
        ("claude-code@1.0.92", {"HTTPS_PROXY": PROXY}, ((), (), None)),
        ("claude-code@1.0.17", {"https_proxy": PROXY}, (("lower_case_proxy_unread",), ("around",), "1.0.21")),
        ("claude-code@2.1.20", {"HTTP_PROXY": PROXY}, (("settings_proxy_unread",), ("around",), "2.1.23")),
        # Read otherwise by newer versions, and no defect: only told.
        ("claude-code@2.1.197", {"HTTPS_PROXY": PROXY, "NO_PROXY": "api.anthropic.com:443"}, ((), (), "2.1.271")),
        ("claude-code@2.1.197", {"ALL_PROXY": PROXY}, ((), (), "2.1.271")),
        ("claude-code@2.1.200", {"HTTPS_PROXY": "http://anna@proxy.corp:8080"}, (("proxy_user_without_password",), ("start",), "2.1.281")),
        ("claude-code@2.1.200", {"HTTPS_PROXY": "http://anna:pw@proxy.corp:8080"}, ((), (), None)),
        ("claude-code@2.1.330", {"HTTPS_PROXY": "http://anna@proxy.corp:8080"}, ((), (), None)),
        ("claude-code", EXACT, ((), (), None)),
        ("anthropic-python@0.50.0", {"HTTPS_PROXY": PROXY}, (("proxies_unread",), ("around",), "0.54.0")),
        ("anthropic-python@0.50.0", {}, ((), (), None)),
        ("anthropic-python@0.50.0", EXACT, ((), (), None)),
    ],
)  # fmt: skip
def test_a_version_and_its_settings(client: str, environ: dict[str, str], expected: tuple[Any, ...]) -> None:
    assert met(environ, client) == expected


@pytest.mark.parametrize(
    ("mode", "client", "proxy", "expected"),
    [
        ("interactive", "claude-code@2.1.200", "https://proxy.corp:8443", ("check_hangs_at_tls_proxy",)),
        ("interactive", "claude-code@2.1.200", PROXY, ()),
        ("interactive", "claude-code@2.1.222", "https://proxy.corp:8443", ()),
        ("print", "claude-code@2.1.200", "https://proxy.corp:8443", ()),
        ("interactive", "claude-code@1.0.5", PROXY, ("check_without_tunnel",)),
    ],
)
def test_the_first_runs_check(mode: str, client: str, proxy: str, expected: tuple[str, ...]) -> None:
    assert met({"HTTPS_PROXY": proxy}, client, mode=mode)[0] == expected


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        (("anthropic-0.39.0", "httpx-0.28.1"), (("httpx_without_proxies",), ("start",), "0.40.0")),
        (("anthropic-0.39.0", "httpx-0.27.2"), ((), (), None)),
        (("anthropic-0.39.0",), ((), (), None)),
        (("anthropic-0.40.0", "httpx-0.28.1"), ((), (), None)),
    ],
)
def test_a_package_beside_it(packages: tuple[str, ...], expected: tuple[Any, ...]) -> None:
    files = {f"{SITE}/{package}.dist-info/METADATA": b"" for package in packages}
    assert met({}, "anthropic-python", files) == expected


def test_the_way_of_a_settings_file() -> None:
    user = {USER_SETTINGS: {"env": {"HTTPS_PROXY": PROXY}}}
    assert met({}, "claude-code@2.1.20", {**user, f"{HOME}/.local/share/claude/versions/2.1.20": b""})[1] == ("around",)
    assert met({}, "claude-code@2.1.23", {**user, f"{HOME}/.local/share/claude/versions/2.1.23": b""})[1] == ()


@pytest.mark.parametrize("name", KNOWLEDGE.clients)
def test_the_form_of_the_entries(name: str) -> None:
    for entry in KNOWLEDGE.clients[name].get("known_bad", ()):
        assert set(entry) <= KEYS
        assert {"code", "mended_in", "says", "source"} <= set(entry)
        assert entry.get("breaks", "start") in BREAKS
        assert not list(faults(entry["needs"])) if "needs" in entry else True
        assert re.match(r"(Node )?\d", entry["mended_in"])
        assert ("variable" in entry) is ("matches" in entry)
        assert {"before", "runtime_before"} & set(entry), "an entry ends with some version"
        if "since" in entry and "before" in entry:
            assert parse_version(entry["since"]) < parse_version(entry["before"])
