"""Settings files and base URLs."""

from __future__ import annotations

from diagnostics.lab import vendors
from tests.scenarios.networks.declaring import Broken

NETWORKS = (
    Broken("a broken settings file that it stops at", "settings_broken", mode="interactive",
           files={"/.claude/settings.json": b'{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},}'}, below="healthy"),
    Broken("base URL with a blank in its host", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic .com"},
           below="dns_failure"),
    Broken("base URL with a path of another vendor's", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/anthropic"},
           below="base_url_other_provider"),
    Broken("base URL without scheme", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "api.anthropic.com"}, below="base_url_other_provider"),
    Broken("base URL with /v1", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/v1"}, below="model_unknown"),
    Broken("base URL of another vendor", "base_url_other_provider", lambda: {"api.openai.com": vendors.openai(status=403)},
           {"ANTHROPIC_BASE_URL": "https://api.openai.com"}, below="region_unsupported"),
)  # fmt: skip
