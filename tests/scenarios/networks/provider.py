"""The provider's own side: its edge, its limits, its failures."""

from __future__ import annotations

from diagnostics.lab import controls, vendors
from diagnostics.lab.api import UNSERVED, api, error
from diagnostics.lab.certificates import private_root
from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import INSPECTED, Tls
from tests.scenarios.networks.declaring import (
    API,
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    PLATFORM,
    THROUGH_OFFICE,
    Broken,
    both,
    fails_once,
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


def _silent_401(*, keys_alone: bool = False) -> Site:
    """An edge that answers the API's calls with 401 and no more; of ``keys_alone``: who brings none hears the API itself."""
    inner, bare = api(), Response(401, headers=_EDGE)

    def answer(request: Request) -> Response:
        if not request.path.startswith("/v1/m") or (keys_alone and "x-api-key" not in request.headers):
            return inner.app(request)
        return bare

    return Site(answer, inner.tls)


def _edge_says(status: int, unserved: frozenset[str] = UNSERVED) -> Site:
    """The edge's page of a status in place of the API's calls, and its greeting as ever."""
    inner, page = api(unserved=unserved), Response.html(status, f"{status} Error", headers=_EDGE)
    return Site(lambda request: page if request.path.startswith("/v1/m") else inner.app(request), inner.tls)


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
    Broken("the edge says 401 and no more, whoever asks", "unknown", lambda: {API: _silent_401()}),
    Broken("the edge says 401 and no more, to keys alone", "key_rejected", lambda: {API: _silent_401(keys_alone=True)}, below="edge_blocked"),
    Broken("a failure without words, re-signed by an authority that is trusted", "proxy_blocked", below="service_outage", least=0.7,
           hosts=lambda: {API: Site(lambda request: Response.text(500, "boom"), INSPECTED)},
           environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": private_root().pem.encode()}),
    Broken("the edge cannot read the request", "unknown", lambda: {API: _edge_says(400)}),
    Broken("the edge finds a question without a body too large", "unknown", lambda: {API: _edge_says(413)}),
    Broken("the edge gives legal reasons", "unknown", lambda: {API: _edge_says(451)}),
    Broken("the edge gives legal reasons, in a country on no list", "region_unsupported",
           lambda: {API: _edge_says(451, unserved=frozenset())}, lab={"country": "RU"}, below="edge_blocked", fixed=("country",)),
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
    Broken("a server error that is over at once", "healthy", lambda: {API: fails_once(error(500, "api_error", "Internal server error"), api())},
           also=("service_outage",)),
    Broken("the edge has nobody behind it", "service_outage", lambda: {one: Site(lambda request: _UNAVAILABLE) for one in (API, PLATFORM)},
           below="edge_blocked", role=NEIGHBOUR),
    Broken("the first run's service fails", "service_outage", lambda: {PLATFORM: api(hello=500)}, mode="interactive", below="firewall_blocked"),

    Broken("overdue at another vendor's door for Anthropic's protocol", "base_url_other_provider",
           lambda: {"api.deepseek.com": vendors.deepseek()}, {"ANTHROPIC_BASE_URL": "https://api.deepseek.com/anthropic"}, below="key_rejected"),

    Broken("the API never answers, and the status page tells of an outage", "service_outage", below="network_unstable",
           hosts=lambda: {API: api("silent"), _STATUS: controls.status_page("major", "major_outage", ("API down",))}),
    Broken("the API never answers", "unknown", both("silent")),
    Broken("the edge limits the address", "edge_blocked", lambda: {API: Site(lambda request: Response.text(429, "error code: 1015", _EDGE))},
           below="rate_limited"),
    Broken("429 and not a word", "rate_limited", lambda: {API: Site(lambda request: Response(429, headers=_EDGE))}, below="edge_blocked"),
    Broken("the edge says that the server behind it is down", "service_outage",
           lambda: {one: Site(lambda request: Response.html(521, "521: Web server is down", headers=_EDGE)) for one in (API, PLATFORM)},
           below="edge_blocked"),
)  # fmt: skip
