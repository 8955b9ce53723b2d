"""What only some clients and versions meet."""

from __future__ import annotations

from diagnostics.lab import vendors
from diagnostics.lab.api import api
from diagnostics.lab.tls import Tls
from tests.scenarios.networks.declaring import API, PLATFORM, Broken

NETWORKS = (
    Broken("gateway works, first run does not", "onboarding_check_blocked",
           lambda: {"llm.corp.example": vendors.gateway(tls=Tls()), API: api("region"), PLATFORM: api("region")},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, mode="interactive", below="region_unsupported"),
)  # fmt: skip
