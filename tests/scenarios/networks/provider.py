"""The provider's own side: its edge, its limits, its failures."""

from __future__ import annotations

from diagnostics.lab import controls
from diagnostics.lab.api import api
from tests.scenarios.networks.declaring import API, PLATFORM, Broken

NETWORKS = (
    Broken("country not served", "region_unsupported", lambda: {API: api(), PLATFORM: api()}, mode="interactive",
           lab={"country": "HK"}, below="edge_blocked"),
    Broken("country not served, print", "region_unsupported", lambda: {API: api("region"), PLATFORM: api("region")}, below="edge_blocked"),
    Broken("challenge", "edge_blocked", lambda: {API: api("challenge"), PLATFORM: api("challenge")}, mode="interactive",
           below="region_unsupported"),
    Broken("banned client", "edge_blocked", lambda: {API: api("banned"), PLATFORM: api("banned")}, below="proxy_blocked"),
    Broken("too many requests", "rate_limited", lambda: {API: api("rate_limited")}, below="service_outage"),
    Broken("overloaded", "overloaded", lambda: {API: api("overloaded")}, below="service_outage"),
    Broken("server errors", "service_outage",
           lambda: {API: api("error"), "status.claude.com": controls.status_page("major", "major_outage", ("Elevated errors on the API",))},
           below="gateway_fault"),
)  # fmt: skip
