"""The provider's own side: its edge, its limits, its failures."""

from __future__ import annotations

from diagnostics.lab import controls, vendors
from diagnostics.lab.api import api, error
from diagnostics.lab.http import Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import Tls
from tests.scenarios.networks.declaring import (
    API,
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    PLATFORM,
    THROUGH_OFFICE,
    Broken,
    both,
)

_EDGE = {"server": "cloudflare", "cf-ray": "9a20000000000004-FRA"}
_STATUS = "status.claude.com"
_BALANCE = error(
    400,
    "invalid_request_error",
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
)
_BILLING = error(402, "billing_error", "Your account has an outstanding balance.")
_SPEND = error(
    429, "rate_limit_error", "You have reached your specified API usage limits. You will regain access on 2026-12-01."
)
_UNAVAILABLE = Response.html(502, "502 Bad Gateway", headers={"server": "cloudflare", "cf-ray": "9a20000000000003-FRA"})

NETWORKS = (
    Broken("country not served", "region_unsupported", both("healthy"), mode="interactive", lab={"country": "HK"}, below="edge_blocked",
           role=PLAIN),
    Broken("country not served, print", "region_unsupported", both("region"), below="edge_blocked"),
    Broken("refused as a region, from a served country", "region_unsupported", both("region"), lab={"country": "SG"}, mode="interactive",
           below="key_forbidden", role=NEIGHBOUR),
    Broken("a proxy that leaves in a country not served", "region_unsupported", lambda: {OFFICE: proxy(exit_country="RU")}, THROUGH_OFFICE,
           below="proxy_blocked", fixed=("country",)),

    Broken("challenge", "edge_blocked", both("challenge"), mode="interactive", below="region_unsupported", role=PLAIN),
    Broken("banned client", "edge_blocked", both("banned"), below="proxy_blocked"),
    Broken("challenge, through a proxy", "edge_blocked", lambda: {OFFICE: proxy(), API: api("challenge"), PLATFORM: api("challenge")},
           THROUGH_OFFICE, below="proxy_blocked"),
    Broken("banned, from a country on no list", "edge_blocked", lambda: {one: api("banned", unserved=frozenset()) for one in (API, PLATFORM)},
           lab={"country": "RU"}, below="region_unsupported", role=NEIGHBOUR, also=("region_unsupported",), fixed=("country",)),

    Broken("too many requests", "rate_limited", lambda: {API: api("rate_limited")}, below="credit_exhausted", role=PLAIN),
    Broken("too many requests, first run", "rate_limited", lambda: {API: api("rate_limited")}, mode="interactive", below="overloaded"),
    Broken("a gateway's limit", "rate_limited",
           lambda: {"llm.corp.example": Site(lambda request: error(429, "rate_limit_error", "Too many requests"), Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="gateway_fault"),
    Broken("too many requests, while the service has an incident", "rate_limited", below="service_outage", role=NEIGHBOUR,
           hosts=lambda: {API: api("rate_limited"), _STATUS: controls.status_page("minor", "degraded_performance", ("Elevated errors",))},
           also=("service_outage",)),

    Broken("credit used up", "credit_exhausted", lambda: {API: api(refuses=_BALANCE)}, below="payload_invalid", role=PLAIN),
    Broken("credit used up, as 402", "credit_exhausted", lambda: {API: api(refuses=_BILLING)}, below="key_forbidden"),
    Broken("a spend limit, told as a rate limit is", "credit_exhausted", lambda: {API: api(refuses=_SPEND)}, below="rate_limited",
           role=NEIGHBOUR),

    Broken("overloaded", "overloaded", lambda: {API: api("overloaded")}, below="service_outage", role=PLAIN),
    Broken("overloaded, first run", "overloaded", lambda: {API: api("overloaded")}, mode="interactive", below="rate_limited"),
    Broken("overloaded, with an incident open", "overloaded", below="service_outage", role=NEIGHBOUR,
           hosts=lambda: {API: api("overloaded"), _STATUS: controls.status_page("major", "partial_outage", ("Elevated errors on the API",))}),
    Broken("overloaded, told by a gateway", "overloaded", below="gateway_fault",
           hosts=lambda: {"llm.corp.example": Site(lambda request: error(529, "overloaded_error", "Overloaded"), Tls())},
           environ={"ANTHROPIC_BASE_URL": "https://llm.corp.example"}),

    Broken("server errors", "service_outage", role=PLAIN, below="gateway_fault",
           hosts=lambda: {API: api("error"), _STATUS: controls.status_page("major", "major_outage", ("Elevated errors on the API",))}),
    Broken("server errors, and nothing on the status page yet", "service_outage", lambda: {API: api("error")}, below="overloaded"),
    Broken("the edge has nobody behind it", "service_outage", lambda: {one: Site(lambda request: _UNAVAILABLE) for one in (API, PLATFORM)},
           below="edge_blocked", role=NEIGHBOUR),
    Broken("the first run's service fails", "service_outage", lambda: {PLATFORM: api(hello=500)}, mode="interactive", below="firewall_blocked"),

    Broken("overdue at another vendor's door for Anthropic's protocol", "base_url_other_provider",
           lambda: {"api.deepseek.com": vendors.deepseek()}, {"ANTHROPIC_BASE_URL": "https://api.deepseek.com/anthropic"}, below="key_rejected"),

    Broken("the API never answers, and the status page tells of an outage", "service_outage", below="network_unstable",
           hosts=lambda: {API: api("silent"), _STATUS: controls.status_page("major", "major_outage", ("API down",))}),
    Broken("the API never answers", "unknown", both("silent")),
    Broken("429 and not a word", "rate_limited", lambda: {API: Site(lambda request: Response(429, headers=_EDGE))}, below="edge_blocked"),
    Broken("the edge says that the server behind it is down", "service_outage",
           lambda: {one: Site(lambda request: Response.html(521, "521: Web server is down", headers=_EDGE)) for one in (API, PLATFORM)},
           below="edge_blocked"),
)  # fmt: skip
