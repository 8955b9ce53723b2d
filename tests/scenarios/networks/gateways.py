"""Gateways that a base URL names."""

from __future__ import annotations

from diagnostics.lab import vendors
from diagnostics.lab.tls import Tls
from tests.scenarios.networks.declaring import Broken

NETWORKS = (
    Broken("gateway without a free call", "unknown", lambda: {"llm.corp.example": vendors.litellm(404, tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}),
    Broken("gateway refuses the key", "key_rejected", lambda: {"llm.corp.example": vendors.litellm(401, tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="base_url_other_provider"),
    Broken("gateway gone", "gateway_fault", environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, below="firewall_blocked"),
)  # fmt: skip
