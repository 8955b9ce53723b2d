"""The base URL as each client would use it."""

from __future__ import annotations

import pytest

from tests.engine.environment.machines import KEY, USER_SETTINGS, fact, seen

API = "https://api.anthropic.com"


@pytest.mark.parametrize(
    ("client", "value", "origin", "problems"),
    [
        ("claude-code", API, API, ()),
        ("claude-code", f" {API}\n", API, ()),
        ("claude-code", f"\ufeff{API}", API, ()),
        ("claude-code", "", API, ()),
        ("claude-code", "http:/gw.example:8080", "http://gw.example:8080", ()),
        ("claude-code", "HTTPS://GW.Example/", "https://gw.example", ()),
        ("claude-code", f"https://{API}", "https://https", ("doubled_scheme",)),
        ("claude-code", "https://http.example", "https://http.example", ()),
        ("claude-code", f"{API}:8443", f"{API}:8443", ("foreign_port",)),
        ("claude-code", f"{API}:443", API, ()),
        ("claude-code", "https://gw.example:8443", "https://gw.example:8443", ()),
        ("claude-code", f"{API}/v1", API, ("doubled_version",)),
        ("claude-code", f"{API}/v1/", API, ("doubled_version",)),
        ("claude-code", f"{API}/v1/messages", API, ("endpoint_path",)),
        ("claude-code", "https://gw.example/v1/chat/completions", "https://gw.example", ("endpoint_path",)),
        ("claude-code", f"{API}?beta=true", API, ("query",)),
        ("claude-code", "https://console.anthropic.com", "https://console.anthropic.com", ("page_host",)),
        ("claude-code", "https://claude.ai/v1", "https://claude.ai", ("doubled_version", "page_host")),
        ("claude-code", "gw.example:8080", "http://gw.example:8080", ()),  # Bun takes this for a URL
        ("claude-code", "api.anthropic.com", None, ("no_scheme",)),
        ("claude-code", "127.0.0.1:8080", None, ("no_scheme",)),
        ("claude-code", "//gw.example", None, ("no_scheme",)),
        ("claude-code", f'"{API}"', None, ("quotes",)),
        ("claude-code", f"“{API}”", None, ("quotes",)),
        ("claude-code", "https://api anthropic.com", None, ("whitespace", "unparsable")),
        ("claude-code", "htp://api.anthropic.com", None, ("unknown_scheme",)),
        ("claude-code", f"{API}:99999", None, ("bad_port",)),
        ("claude-code", f"{API}:port", None, ("bad_port",)),
        ("claude-code", "https://", None, ("unparsable",)),
        ("claude-code", "http://[::1]:8080/x", "http://[::1]:8080", ()),
        ("claude-code", "https://bücher.example", "https://xn--bcher-kva.example", ()),
        ("anthropic-python", "", None, ("empty",)),
        ("anthropic-python", f"{API} ", None, ("whitespace",)),
        ("anthropic-python", f"{API}\n", None, ("whitespace",)),
        ("anthropic-python", "http:/gw.example", None, ("no_scheme",)),
        ("anthropic-python", "gw.example:8080", None, ("no_scheme",)),
        ("anthropic-python", f"{API}/v1", API, ("doubled_version",)),
        ("anthropic-python", f"{API}#x", API, ()),  # httpx writes the path before it, and sends it to nobody
        ("anthropic-python", f"{API}/#/v1", API, ()),
        ("anthropic-python", f"{API}?", API, ("query",)),
        ("anthropic-python", f"{API}?a=b#x", API, ("query",)),
        ("anthropic-typescript", f"{API}#x", API, ("query",)),
        ("claude-code", f"{API}#x", API, ("query",)),
        ("anthropic-typescript", f" {API}\n", API, ()),
        ("anthropic-typescript", "", API, ()),
    ],
)
def test_how_it_is_read(client: str, value: str, origin: str | None, problems: tuple[str, ...]) -> None:
    environment = seen({"ANTHROPIC_BASE_URL": value}, client=client)
    assert (str(environment.origin) if environment.origin else None) == origin
    assert environment.facts["config.base_url.problems"] == problems


@pytest.mark.parametrize("client", ["curl", "python-requests", "node"])
def test_an_address_written_into_each_call_stands_in_no_variable(client: str) -> None:
    environment = seen({"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, client=client)
    assert str(environment.origin) == API
    assert environment.facts["config.base_url.unread"] == "ANTHROPIC_BASE_URL"
    asked = seen({"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, client=client, base_url="https://gw.example")
    assert str(asked.origin) == "https://gw.example"
    assert "config.base_url.unread" not in asked.facts


def test_curl_takes_an_address_without_scheme_for_plain_http() -> None:
    assert str(seen(client="curl", base_url="api.anthropic.com").origin) == "http://api.anthropic.com"


@pytest.mark.parametrize(
    ("value", "vendor", "first_party", "compatible"),
    [
        (API, "anthropic", True, False),
        ("https://api.openai.com", "openai", False, False),
        ("https://api.deepseek.com", "deepseek", False, False),
        ("https://api.deepseek.com/anthropic", "deepseek", False, True),
        ("https://api.deepseek.com/anthropic/", "deepseek", False, True),
        ("https://openrouter.ai/api", "openrouter", False, True),
        ("https://openrouter.ai/api/v1", "openrouter", False, False),
        ("https://api.z.ai/api/anthropic", "zai", False, True),
        ("https://api.kimi.com/coding/", "moonshot", False, True),
        ("https://me.services.ai.azure.com/anthropic", "azure", False, True),
        ("https://api.anthropic.com.evil.example", None, False, None),
        ("https://gw.corp.example", None, False, None),
    ],
)
def test_whose_it_is(value: str, vendor: str | None, first_party: bool, compatible: bool | None) -> None:
    facts = seen({"ANTHROPIC_BASE_URL": value}).facts
    assert facts.get("config.base_url.vendor") == vendor
    assert facts["config.base_url.first_party"] is first_party
    assert facts.get("config.base_url.compatible") == compatible


@pytest.mark.parametrize(
    ("value", "loopback", "plain"),
    [
        ("http://127.0.0.1:4000", True, True),
        ("http://localhost:4000", True, True),
        ("http://[::1]:4000", True, True),
        ("https://10.0.0.8", False, False),
        (API, False, False),
    ],
)
def test_loopback_and_plain_http(value: str, loopback: bool, plain: bool) -> None:
    facts = seen({"ANTHROPIC_BASE_URL": value}).facts
    assert (facts["config.base_url.loopback"], facts["config.base_url.plain_http"]) == (loopback, plain)


def test_nothing_can_be_told_of_the_host_of_an_unreadable_url() -> None:
    facts = seen({"ANTHROPIC_BASE_URL": "not a url"}).facts
    for name in ("host", "vendor", "first_party", "compatible", "loopback"):
        assert f"config.base_url.{name}" not in facts


def test_where_it_comes_from() -> None:
    settings = {USER_SETTINGS: {"env": {"ANTHROPIC_BASE_URL": "https://gw.example"}}}
    assert fact("config.base_url.source") == "default"
    assert fact("config.base_url.source", {"ANTHROPIC_BASE_URL": API}) == "environment"
    assert fact("config.base_url.source", {"ANTHROPIC_BASE_URL": API}, settings) == "~/.claude/settings.json env"
    assert fact("config.base_url.source", {}, settings, base_url=API) == "--base-url"
    assert fact("config.base_url.default", {"ANTHROPIC_BASE_URL": f"{API}/"}) is True


@pytest.mark.parametrize(
    ("environ", "provider", "origin"),
    [
        ({"CLAUDE_CODE_USE_BEDROCK": "1"}, "bedrock", "https://bedrock-runtime.us-east-1.amazonaws.com"),
        (
            {"CLAUDE_CODE_USE_BEDROCK": "true", "AWS_REGION": "eu-west-1"},
            "bedrock",
            "https://bedrock-runtime.eu-west-1.amazonaws.com",
        ),
        ({"CLAUDE_CODE_USE_BEDROCK": "0"}, None, API),
        ({"CLAUDE_CODE_USE_BEDROCK": "false"}, None, API),
        (
            {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "global"},
            "vertex",
            "https://aiplatform.googleapis.com",
        ),
        (
            {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "us-east5"},
            "vertex",
            "https://us-east5-aiplatform.googleapis.com",
        ),
        ({"CLAUDE_CODE_USE_FOUNDRY": "1"}, "foundry", None),
        (
            {"CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_RESOURCE": "me"},
            "foundry",
            "https://me.services.ai.azure.com",
        ),
    ],
)
def test_provider_switches(environ: dict[str, str], provider: str | None, origin: str | None) -> None:
    environment = seen({**environ, "ANTHROPIC_API_KEY": KEY})
    assert environment.facts.get("config.provider_switch") == provider
    assert (str(environment.origin) if environment.origin else None) == origin
    if provider is not None:
        assert environment.credentials == ()  # a switch outranks every credential of Anthropic's own API
        assert environment.first_run_urls == ()
        assert "config.base_url.vendor" not in environment.facts
        assert "config.key.present" not in environment.facts


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api"),
        ("https://api.deepseek.com", "https://api.deepseek.com/anthropic"),
        ("https://openrouter.ai/api", None),  # it is that one
        ("https://api.openai.com/v1", None),  # has none
        ("https://ark.cn-beijing.volces.com/v1", None),  # has several
        ("https://gw.example/v1", None),
        (f"{API}/v1", None),
    ],
)
def test_the_address_that_a_vendor_documents_for_this_client(value: str, meant: str | None) -> None:
    assert seen({"ANTHROPIC_BASE_URL": value}).facts.get("config.base_url.vendor_address") == meant
