"""What else is set on a machine: proxies that are not used, other authorities, the default base URL, credentials that lose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.records import Environment, TrustSettings
from diagnostics.lab.certificates import private_root
from tests.engine.environment.machines import KEY, LOGIN, NOW, USER_SETTINGS, seen

PROXY = "http://anna:s3cret-pw@proxy.corp.example:3128"
PEM = private_root().pem.encode()
OTHER = KEY[:-6] + "OTHRAA"
OAUTH, HOUR = "sk-ant-oat01-" + "token" * 15 + "AA", 3600.0


def proxies(environment: Environment) -> list[tuple[str, str]]:
    """Where each unused proxy stands, and what named it."""
    return [(str(one.origin), one.variable) for one in environment.alternatives.proxies]


class TestProxies:
    def test_the_one_that_no_proxy_passes_over(self) -> None:
        found = seen({"HTTPS_PROXY": PROXY, "NO_PROXY": "api.anthropic.com"})
        assert proxies(found) == [("http://proxy.corp.example:3128", "HTTPS_PROXY")]
        assert found.alternatives.proxies[0].password is not None
        assert "s3cret" not in repr(found)

    def test_one_that_this_client_does_not_read(self) -> None:
        found = seen({"HTTP_PROXY": PROXY}, client="anthropic-python")
        assert proxies(found) == [("http://proxy.corp.example:3128", "HTTP_PROXY")]

    def test_the_same_one_is_told_once(self) -> None:
        found = seen({"HTTP_PROXY": PROXY, "http_proxy": PROXY}, client="anthropic-python")
        assert len(found.alternatives.proxies) == 1

    @pytest.mark.parametrize(
        "environ",
        [
            {"HTTPS_PROXY": PROXY},
            {"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other.corp.example:1"},
            {"HTTPS_PROXY": "socks5://127.0.0.1:1"},
            {},
        ],
        ids=["one is used", "another is used", "it stops at its setting", "none is set"],
    )
    def test_none_where_there_is_nothing_to_turn_to(self, environ: dict[str, str]) -> None:
        assert proxies(seen(environ)) == []

    def test_none_of_a_kind_that_this_client_cannot_use(self) -> None:
        assert proxies(seen({"ALL_PROXY": "socks5://127.0.0.1:1080"})) == []


class TestTrust:
    def named(self, environ: dict[str, str], client: str = "claude-code", **files: bytes) -> list[str]:
        return [name for name, _ in seen(environ, {"/a.pem": PEM, **files}, client=client).alternatives.trust]

    def test_a_file_of_another_clients_variable(self) -> None:
        assert self.named({"REQUESTS_CA_BUNDLE": "/a.pem"}) == ["REQUESTS_CA_BUNDLE"]

    def test_not_one_of_its_own(self) -> None:
        assert self.named({"NODE_EXTRA_CA_CERTS": "/a.pem", "SSL_CERT_FILE": "/a.pem"}) == []

    def test_not_one_that_gives_nothing_nor_the_same_one_twice(self) -> None:
        environ = {"REQUESTS_CA_BUNDLE": "/a.pem", "CURL_CA_BUNDLE": "/a.pem", "AWS_CA_BUNDLE": "/gone.pem"}
        assert self.named(environ) == ["REQUESTS_CA_BUNDLE"]

    def test_stores_that_it_does_not_look_into(self) -> None:
        assert self.named({}, "anthropic-python@0.121.0") == ["system"]
        assert self.named({"SSL_CERT_FILE": "/a.pem"}, "anthropic-python") == ["system", "public"]

    def test_the_file_alone(self) -> None:
        ((_, settings),) = seen({"REQUESTS_CA_BUNDLE": "/a.pem"}, {"/a.pem": PEM}).alternatives.trust
        assert settings == TrustSettings(stores=(), extra_pem=PEM.decode())


class TestBaseUrl:
    def test_the_default_where_another_one_is_set(self) -> None:
        found = seen({"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000", "HTTPS_PROXY": PROXY, "NO_PROXY": "127.0.0.1"})
        assert str(found.alternatives.base_url) == "https://api.anthropic.com"
        assert found.proxy is None
        assert found.proxy_for["api.anthropic.com"] is not None

    @pytest.mark.parametrize(
        "environ", [{}, {"CLAUDE_CODE_USE_BEDROCK": "1"}], ids=["it is used", "a cloud provider's"]
    )
    def test_none(self, environ: dict[str, str]) -> None:
        assert seen(environ).alternatives.base_url is None


def rivals(
    environ: dict[str, str], files: dict[str, Any] | None = None, client: str = "claude-code"
) -> tuple[str, ...]:
    """Names of those that lose and could have been meant."""
    told = seen(environ, files, client=client).facts["config.key.rivals"]
    return tuple(str(one).partition(" ")[0] for one in told) if isinstance(told, tuple) else ()


def login(ends: float, refresh_ends: float | None = None) -> dict[str, Any]:
    """A login file that is good until ``ends`` seconds from now."""
    entry = {
        "accessToken": OAUTH,
        "refreshToken": "x" * 40,
        "expiresAt": (NOW + ends) * 1000,
        "scopes": ["user:inference"],
    }
    return {
        "claudeAiOauth": entry
        if refresh_ends is None
        else {**entry, "refreshTokenExpiresAt": (NOW + refresh_ends) * 1000}
    }


class TestLosers:
    def test_a_login_that_a_key_wins_over(self) -> None:
        assert rivals({"ANTHROPIC_API_KEY": KEY}, {LOGIN: login(HOUR)}) == ("claudeAiOauth",)

    def test_one_that_is_to_be_renewed_first_could_be_meant_and_is_not_tried(self) -> None:
        files = {LOGIN: login(-HOUR)}
        assert rivals({"ANTHROPIC_API_KEY": KEY}, files) == ("claudeAiOauth",)
        assert seen({"ANTHROPIC_API_KEY": KEY}, files).credentials[1].stays == "untested"

    def test_one_that_is_over_is_no_rival(self) -> None:
        assert rivals({"ANTHROPIC_API_KEY": KEY}, {LOGIN: login(-HOUR, refresh_ends=-1)}) == ()

    def test_the_same_secret_is_no_rival(self) -> None:
        assert rivals({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": KEY}, client="anthropic-python") == ()

    @pytest.mark.parametrize(
        "value", ["your-api-key-here", f'"{OTHER}"', "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12]
    )
    def test_what_cannot_be_right_is_no_rival(self, value: str) -> None:
        assert rivals({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": value}, client="anthropic-python") == ()

    def test_a_login_is_no_rival_at_a_gateway(self) -> None:
        environ = {"ANTHROPIC_BASE_URL": "https://llm.corp.example", "ANTHROPIC_API_KEY": "corp-1"}
        assert rivals(environ, {LOGIN: login(HOUR)}) == ()

    def test_the_terminals_value_under_a_settings_files(self) -> None:
        files = {USER_SETTINGS: {"env": {"ANTHROPIC_API_KEY": KEY}}}
        found = seen({"ANTHROPIC_API_KEY": OTHER}, files)
        assert [one.source for one in found.credentials] == ["~/.claude/settings.json env", "environment"]
        assert not any(one.beside for one in found.credentials)
        assert rivals({"ANTHROPIC_API_KEY": OTHER}, files) == ("ANTHROPIC_API_KEY",)

    def test_a_blank_value_in_a_settings_file_takes_it_away(self) -> None:
        files = {USER_SETTINGS: {"env": {"ANTHROPIC_API_KEY": ""}}}
        assert seen({"ANTHROPIC_API_KEY": OTHER}, files).credentials == ()

    def test_a_vendors_key_is_tried_with_that_vendor_alone(self) -> None:
        environ = {"ANTHROPIC_API_KEY": "corp-1", "ANTHROPIC_AUTH_TOKEN": KEY}
        at_a_gateway = seen({**environ, "ANTHROPIC_BASE_URL": "https://llm.corp.example"}, client="anthropic-python")
        assert [one.stays for one in at_a_gateway.credentials] == [None, "other_vendor"]
        assert [one.stays for one in seen(environ, client="anthropic-python").credentials] == [None, None]

    def test_a_switch_wins_over_all_of_them(self) -> None:
        facts = seen({"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "true", "ANTHROPIC_API_KEY": KEY}).facts
        assert facts["config.key.outranked"] == ("ANTHROPIC_API_KEY",)
        assert facts["config.provider_switches_beside"] == ("CLAUDE_CODE_USE_VERTEX",)
        assert KEY not in json.dumps({name: str(value) for name, value in facts.items()})
