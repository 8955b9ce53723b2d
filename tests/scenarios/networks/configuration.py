"""Settings files, base URLs, and the model that is configured."""

from __future__ import annotations

import json

from diagnostics.lab import KEY, tcp, vendors
from diagnostics.lab.api import api
from diagnostics.lab.http import Response, Site
from diagnostics.lab.tls import Tls, tls
from tests.scenarios.networks.declaring import HOME, NEIGHBOUR, PLAIN, SETTINGS, Broken

_COMMA_TOO_MUCH = b'{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},}'
_OPENAI = {"ANTHROPIC_BASE_URL": "https://api.openai.com"}
_OPENROUTER_KEY = "sk-or-v1-" + "0123456789abcdef" * 4
_SHOP = Response.html(200, "Welcome", headers={"server": "nginx/1.24.0"})
_LEADS_AWAY = Site(
    lambda request: Response(
        301, headers={"location": f"https://api.anthropic.com{request.path}", "server": "cloudflare"}
    ),
    None,
)


def _settings(**env: str) -> dict[str, bytes]:
    return {SETTINGS: json.dumps({"env": env}).encode()}


NETWORKS = (
    Broken("a broken settings file that it stops at", "settings_broken", mode="interactive",
           files={"/.claude/settings.json": _COMMA_TOO_MUCH}, below="healthy", role=PLAIN),
    Broken("a broken state file", "settings_broken", home=HOME, files={f"{HOME}/.claude.json": b'{"numStartups": 3'}, below="healthy"),
    Broken("broken managed settings", "settings_broken", files={"/etc/claude-code/managed-settings.json": b"{'env': {}}"}, below="healthy"),
    Broken("the only key stands in a file that cannot be read", "settings_broken", key=None, home=HOME,
           files={SETTINGS: b'{"env": {"ANTHROPIC_API_KEY": "' + KEY.encode() + b'"} // mine\n}'}, below="key_missing", role=NEIGHBOUR),

    Broken("base URL without scheme", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "api.anthropic.com"}, below="base_url_other_provider",
           role=PLAIN),
    Broken("base URL with a blank in its host", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic .com"},
           below="dns_failure"),
    Broken("base URL with a path of another vendor's", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/anthropic"},
           below="base_url_other_provider"),
    Broken("base URL with /v1", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/v1"}, below="model_unknown",
           role=NEIGHBOUR),
    Broken("base URL with a whole endpoint", "base_url_malformed", home=HOME, below="model_unknown",
           files=_settings(ANTHROPIC_BASE_URL="https://api.anthropic.com/v1/messages")),
    Broken("base URL in quotes", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": '"https://api.anthropic.com"'}, below="dns_failure"),
    Broken("base URL of a gateway with /v1", "base_url_malformed", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example/v1"}, below="gateway_fault"),
    Broken("base URL of a gateway with a query", "base_url_malformed", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example/?team=blue"}, below="healthy"),
    Broken("base URL of a vendor's other protocol, with that vendor's key", "base_url_malformed", lambda: {"openrouter.ai": vendors.openrouter()},
           {"ANTHROPIC_BASE_URL": "https://openrouter.ai/api/v1", "ANTHROPIC_AUTH_TOKEN": _OPENROUTER_KEY}, key=None,
           below="base_url_other_provider"),
    Broken("base URL of a vendor's pages, with that vendor's key", "base_url_malformed",
           lambda: {"openrouter.ai": Site(lambda request: _SHOP, Tls())},
           {"ANTHROPIC_BASE_URL": "https://openrouter.ai", "ANTHROPIC_AUTH_TOKEN": _OPENROUTER_KEY}, key=None, below="gateway_fault"),
    Broken("the console's address in the base URL", "base_url_malformed", lambda: {"console.anthropic.com": api("challenge")},
           {"ANTHROPIC_BASE_URL": "https://console.anthropic.com"}, below="edge_blocked"),
    Broken("the chat's address in the base URL", "base_url_malformed", lambda: {"claude.ai": Site(lambda request: _SHOP, Tls())},
           {"ANTHROPIC_BASE_URL": "https://claude.ai"}, below="gateway_fault"),
    Broken("base URL with a misspelt scheme", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "htps://api.anthropic.com"},
           below="dns_failure"),

    Broken("base URL with a port where nobody answers", "base_url_malformed", lambda: {"api.anthropic.com:8443": tcp.blackhole()},
           {"ANTHROPIC_BASE_URL": "https://api.anthropic.com:8443"}, below="firewall_blocked"),
    Broken("base URL with https:// and the port of http://", "base_url_malformed",
           lambda: {"api.anthropic.com:80": Site(lambda request: _SHOP, tls(plain_http=True))},
           {"ANTHROPIC_BASE_URL": "https://api.anthropic.com:80"}, below="tls_handshake_failed"),
    Broken("base URL with a port that is open, too", "healthy", lambda: {"api.anthropic.com:8443": api()},
           {"ANTHROPIC_BASE_URL": "https://api.anthropic.com:8443"}),
    Broken("base URL with https:// twice", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://https://api.anthropic.com"},
           below="dns_failure"),
    Broken("a cloud's resource named by its address", "base_url_malformed", key=None, below="dns_failure",
           environ={"CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_RESOURCE": "https://corp.services.ai.azure.com"}),
    Broken("base URL with http:// to Anthropic's own host", "base_url_malformed", lambda: {"api.anthropic.com:80": _LEADS_AWAY},
           {"ANTHROPIC_BASE_URL": "http://api.anthropic.com"}, below="base_url_other_provider"),
    Broken("a cloud's resource that nobody named", "base_url_malformed", environ={"CLAUDE_CODE_USE_FOUNDRY": "1"}, key=None, below="dns_failure"),
    Broken("a cloud's address without scheme", "base_url_malformed", key=None, below="dns_failure",
           environ={"CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_BEDROCK_BASE_URL": "llm.corp.example"}),

    Broken("base URL of another vendor", "base_url_other_provider", lambda: {"api.openai.com": vendors.openai(status=403)}, _OPENAI,
           below="region_unsupported", role=PLAIN),
    Broken("base URL of another vendor, in a settings file", "base_url_other_provider", lambda: {"api.deepseek.com": vendors.deepseek()},
           home=HOME, files=_settings(ANTHROPIC_BASE_URL="https://api.deepseek.com"), below="key_rejected"),
    Broken("an address for Anthropic's protocol, and Anthropic's key", "base_url_other_provider",
           lambda: {"api.moonshot.ai": vendors.moonshot()}, {"ANTHROPIC_BASE_URL": "https://api.moonshot.ai/anthropic"}, below="key_rejected",
           role=NEIGHBOUR),
    Broken("another vendor's page for what it does not know", "base_url_other_provider", lambda: {"openrouter.ai": vendors.openrouter()},
           {"ANTHROPIC_BASE_URL": "https://openrouter.ai"}, below="base_url_malformed"),
    Broken("base URL of another vendor, first run", "base_url_other_provider", lambda: {"api.openai.com": vendors.openai()}, _OPENAI,
           mode="interactive", below="key_rejected"),

    Broken("a retired model", "model_unknown", environ={"ANTHROPIC_MODEL": "claude-sonnet-4-20250514"}, below="base_url_malformed", role=PLAIN),
    Broken("a mistyped model in a settings file", "model_unknown", home=HOME, files={SETTINGS: b'{"model": "claude-sonnett-5-5"}'},
           below="key_forbidden"),
    Broken("another vendor's model", "model_unknown", environ={"ANTHROPIC_MODEL": "gpt-5.2-codex"}, below="base_url_other_provider",
           role=NEIGHBOUR),
    Broken("a model that the gateway does not have", "model_unknown", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example", "ANTHROPIC_MODEL": "claude-3-opus-20240229"}, below="gateway_fault"),
)  # fmt: skip
