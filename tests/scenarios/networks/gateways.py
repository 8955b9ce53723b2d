"""Gateways that a base URL names."""

from __future__ import annotations

from diagnostics.lab import tcp, vendors
from diagnostics.lab.api import api, error
from diagnostics.lab.certificates import private_root
from diagnostics.lab.http import Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import INSPECTED, Tls, tls
from tests.scenarios.networks.declaring import (
    API,
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    PLATFORM,
    REVOKED,
    THROUGH_OFFICE,
    Broken,
    everywhere,
    fails_once,
)

_HOST = "llm.corp.example"
_NO_RESOLVERS = {"1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53)}
_THERE = {"ANTHROPIC_BASE_URL": f"https://{_HOST}"}
_UPSTREAM = Response.json(
    502, {"error": {"message": "upstream connect error", "type": "bad_gateway"}}, {"server": "envoy"}
)
_SHOP = Response.html(200, "Welcome", headers={"server": "nginx/1.24.0"})
_SIGN_IN = Response(302, headers={"location": "https://sso.corp.example/authorize"})
_DOOR = Response.html(403, "Forbidden", headers={"server": "cloudflare"})
_WANTS_TLS = Response.html(400, "400 The plain HTTP request was sent to HTTPS port", headers={"server": "nginx/1.24.0"})
_ROUTE = Response.json(
    403, {"error": {"message": "Virtual key is not allowed to call this route.", "type": "auth_error"}}
)
_BASIC = Response.html(
    401, "401 Authorization Required", headers={"server": "nginx/1.24.0", "www-authenticate": 'Basic realm="internal"'}
)
_SSO = Response.json(401, {"error": {"message": "This workspace requires SSO.", "type": "authentication_error"}})
_NO_LIST = Response.json(501, {"error": "not implemented"})
_COUNTED = {**_THERE, "ANTHROPIC_MODEL": "claude-sonnet-5"}
_AT_CLOUDFLARE = {"ANTHROPIC_BASE_URL": "https://gateway.ai.cloudflare.com/v1/account/gateway/anthropic"}
_BUSY = Response.json(429, {"success": False, "error": [{"code": 2003, "message": "Rate limited"}]})
_NGINX = Response.html(504, "504 Gateway Time-out", headers={"server": "nginx/1.24.0"})
_REFUSED_BEHIND = '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}'
_UNKNOWN_BEHIND = '{"type":"error","error":{"type":"not_found_error","message":"model: claude-sonnet-5"}}'
_UPSTREAM_KEY = Response.json(
    401, {"error": {"message": f"litellm.AuthenticationError: AnthropicException - {_REFUSED_BEHIND}", "code": "401"}}
)
_UPSTREAM_MODEL = Response.json(
    404, {"error": {"message": f"litellm.NotFoundError: AnthropicException - {_UNKNOWN_BEHIND}", "code": "404"}}
)
_NO_VERSION = error(400, "invalid_request_error", "anthropic-version: header is required")
_NO_JSON = error(
    400, "invalid_request_error", "The request body is not valid JSON: unexpected end of data: line 1 column 21"
)
_NONE_LEFT = Response.json(
    429, {"error": {"message": "No deployments available for selected model, Try again in 60 seconds.", "code": "429"}}
)
_NO_KEY_CAME = Response.json(401, {"message": "No API key found in request"}, {"server": "kong/3.4"})
_UNAUTHORIZED = Response.text(401, "Unauthorized")
_DENIED = {"Message": "User is not authorized to access this resource with an explicit deny"}
_IN_JSON = Response.json(401, {"message": "Unauthorized"})
_BAD_TOKEN = Response(401, headers={"www-authenticate": 'Bearer realm="llm", error="invalid_token"'})
_WANTS_BEARER = Response(401, headers={"www-authenticate": "Bearer"})
_WANTS_PASSWORD = Response.text(401, "Unauthorized", {"www-authenticate": 'Basic realm="internal"'})


def _counts(refusal: Response) -> Site:
    """A gateway that lists its models for the right key alone, and answers ``refusal`` where tokens are counted or a message is sent."""
    inner = vendors.gateway(tls=Tls())
    return Site(lambda request: inner.app(request) if request.path == "/v1/models" else refusal, Tls())


def _lists(refusal: Response) -> Site:
    """A gateway that counts tokens, and answers ``refusal`` where its models are asked for."""
    counted = Response.json(200, {"input_tokens": 8})
    return Site(lambda request: counted if request.path.endswith("/count_tokens") else refusal, Tls())


def _answers(refusal: Response) -> dict[str, Site]:
    """The gateway, with the same answer for everybody."""
    return {_HOST: Site(lambda request: refusal, Tls())}


def _to_keys(refusal: Response, others: Response) -> dict[str, Site]:
    """A gateway of few words: a refusal of a key that it does not know, and another answer for who brings none."""
    return {_HOST: Site(lambda request: refusal if "x-api-key" in request.headers else others, Tls())}


NETWORKS = (
    Broken("gateway gone", "gateway_fault", environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, below="firewall_blocked", role=PLAIN),
    Broken("gateway without its upstream", "gateway_fault", lambda: {_HOST: Site(lambda request: _UPSTREAM, Tls())}, _THERE,
           below="service_outage"),
    Broken("gateway that times out", "gateway_fault", lambda: {_HOST: Site(lambda request: _NGINX, Tls())}, _THERE, below="service_outage"),
    Broken("gateway's port closed", "gateway_fault", lambda: {_HOST: tcp.refused()}, _THERE, below="firewall_blocked", role=NEIGHBOUR),
    Broken("gateway gone, first run", "gateway_fault", environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, mode="interactive",
           below="onboarding_check_blocked"),

    Broken("a website in a gateway's place", "gateway_fault", lambda: {_HOST: Site(lambda request: _SHOP, Tls())}, _THERE,
           below="captive_portal"),
    Broken("gateway behind a sign-in", "gateway_fault", lambda: {_HOST: Site(lambda request: _SIGN_IN, Tls())}, _THERE, below="captive_portal"),
    Broken("gateway behind a guarded door", "gateway_fault", lambda: {_HOST: Site(lambda request: _DOOR, Tls())}, _THERE, below="edge_blocked"),
    Broken("http:// to a gateway's TLS port", "base_url_malformed", lambda: {_HOST: Site(lambda request: _WANTS_TLS, None)},
           {"ANTHROPIC_BASE_URL": f"http://{_HOST}"}, below="gateway_fault"),
    Broken("gateway that lists for anybody and refuses the key", "key_rejected", below="healthy",
           hosts=lambda: {_HOST: vendors.open_list(tls=Tls())}, environ=_THERE),
    Broken("gateway refuses the key", "key_rejected", lambda: {_HOST: vendors.litellm(401, tls=Tls())}, _THERE,
           below="base_url_other_provider"),
    Broken("gateway behind a web server that asks who comes", "unknown", lambda: {_HOST: Site(lambda request: _BASIC, Tls())}, _THERE,
           role=NEIGHBOUR),
    Broken("gateway whose workspace wants single sign-on", "key_forbidden", lambda: {_HOST: Site(lambda request: _SSO, Tls())}, _THERE,
           below="key_rejected"),
    Broken("gateway whose own key is refused behind it", "gateway_fault", lambda: {_HOST: Site(lambda request: _UPSTREAM_KEY, Tls())}, _THERE,
           below="key_rejected"),
    Broken("gateway lists, and its own key is refused behind it", "gateway_fault", lambda: {_HOST: _counts(_UPSTREAM_KEY)}, _COUNTED,
           below="healthy"),
    Broken("the same, seen by a message", "gateway_fault", lambda: {_HOST: _counts(_UPSTREAM_KEY)}, _COUNTED, send_message=True,
           below="key_rejected"),
    Broken("gateway lists, and what stands behind it does not know the model", "model_unknown", lambda: {_HOST: _counts(_UPSTREAM_MODEL)},
           _COUNTED, below="healthy"),
    Broken("gateway that loses the version's header", "headers_invalid", lambda: _answers(_NO_VERSION), _THERE, below="gateway_fault"),
    Broken("gateway that loses the end of bodies", "unknown", lambda: {_HOST: _counts(_NO_JSON)}, _COUNTED),
    Broken("gateway of which all that stands behind it has failed", "gateway_fault", lambda: {_HOST: _counts(_NONE_LEFT)}, _COUNTED,
           below="rate_limited"),
    Broken("gateway lists for the key, and refuses it a count", "unknown", lambda: {_HOST: _counts(_UNAUTHORIZED)}, _COUNTED),
    Broken("gateway that looks for the key in another header", "unknown", lambda: {_HOST: Site(lambda request: _NO_KEY_CAME, Tls())}, _THERE),
    Broken("gateway that passes on no key", "unknown",
           lambda: {_HOST: Site(lambda request: error(401, "authentication_error", "x-api-key header is required"), Tls())}, _THERE),
    Broken("gateway that leads to another page of its own", "unknown",
           lambda: {_HOST: Site(lambda request: Response(307, headers={"location": f"https://{_HOST}{request.path}/"}), Tls())}, _THERE),
    Broken("http:// to a gateway that leads to https://", "base_url_malformed", below="gateway_fault",
           hosts=lambda: {f"{_HOST}:80": Site(lambda request: Response(301, headers={"location": f"https://{request.host}{request.path}"}), None)},
           environ={"ANTHROPIC_BASE_URL": f"http://{_HOST}"}),
    Broken("http:// to a gateway's port for TLS", "base_url_malformed", lambda: {f"{_HOST}:443": vendors.gateway(tls=Tls())},
           {"ANTHROPIC_BASE_URL": f"http://{_HOST}:443"}, below="gateway_fault"),
    Broken("gateway that fails once", "healthy", lambda: {_HOST: fails_once(_NGINX, vendors.gateway(tls=Tls()))}, _THERE,
           also=("gateway_fault",)),
    Broken("gateway that says 401 and no more, whoever asks", "unknown", lambda: _answers(Response(401)), _THERE),
    Broken("gateway that says Unauthorized, whoever asks", "unknown", lambda: _answers(_UNAUTHORIZED), _THERE),
    Broken("a door before the gateway that wants a password", "unknown", lambda: _answers(_WANTS_PASSWORD), _THERE),
    Broken("gateway that wants a bearer", "unknown", lambda: _answers(_WANTS_BEARER), _THERE),
    Broken("gateway that says Unauthorized in JSON", "key_rejected", lambda: _answers(_IN_JSON), _THERE, below="gateway_fault", least=0.6),
    Broken("gateway that calls the token invalid in a header alone", "key_rejected", lambda: _to_keys(_BAD_TOKEN, _WANTS_BEARER), _THERE,
           below="gateway_fault"),
    Broken("gateway that says 401 and no more to keys alone", "key_rejected", lambda: _to_keys(Response(401), _WANTS_PASSWORD), _THERE,
           below="gateway_fault"),
    Broken("gateway that lets certain addresses in alone", "unknown",
           lambda: _answers(Response.json(403, {"error": "Your IP address is not allowed to access this service"})), _THERE),
    Broken("gateway whose authorizer denies", "unknown", lambda: _answers(Response.json(403, _DENIED)), _THERE),
    Broken("gateway that calls the key invalid, as 400", "key_rejected",
           lambda: _answers(Response.json(400, {"error": {"message": "API key not valid. Please pass a valid API key."}})), _THERE,
           below="gateway_fault"),
    Broken("gateway that calls the key invalid, as 403", "key_rejected",
           lambda: _answers(Response.json(403, {"message": "Invalid API key"})), _THERE, below="key_forbidden"),
    Broken("a proxy's address in the base URL", "base_url_malformed", lambda: {OFFICE: proxy()}, {"ANTHROPIC_BASE_URL": f"http://{OFFICE}"},
           below="proxy_blocked", least=0.6, fixed=("other_make_of_proxy",)),  # without its marks nobody could tell
    Broken("gateway whose budget is spent", "credit_exhausted", below="gateway_fault",
           hosts=lambda: _answers(Response.json(400, {"error": {"message": "ExceededBudget: User over budget. Spend: 10.1, Budget: 10.0"}})),
           environ=_THERE),
    Broken("gateway forbids the model to the key", "key_forbidden", lambda: {_HOST: vendors.litellm(403, tls=Tls())}, _THERE,
           below="model_unknown"),
    Broken("gateway without a free call", "unknown", lambda: {_HOST: vendors.litellm(404, tls=Tls())}, _THERE, role=PLAIN),
    Broken("gateway without a free call, beside a blocked API", "unknown",
           lambda: {_HOST: vendors.litellm(404, tls=Tls()), API: tcp.refused(), PLATFORM: tcp.refused()}, _THERE, role=NEIGHBOUR),

    Broken("gateway that fails at its list alone", "healthy", lambda: {_HOST: _lists(Response.json(500, {"error": "boom"}))}, _COUNTED,
           below="gateway_fault"),
    Broken("gateway that limits its list alone", "healthy", lambda: {_HOST: _lists(Response.json(429, {"error": {"message": "slow down"}}))},
           _COUNTED, below="rate_limited"),
    Broken("gateway that keeps its list from the key", "healthy", lambda: {_HOST: _lists(_ROUTE)}, _COUNTED, below="key_forbidden"),
    Broken("gateway that has no list yet", "unknown", lambda: {_HOST: Site(lambda request: _NO_LIST, Tls())}, _THERE, below="gateway_fault"),
    Broken("a busy gateway that passes Anthropic's keys on", "rate_limited", environ=_AT_CLOUDFLARE, below="base_url_other_provider",
           hosts=lambda: {"gateway.ai.cloudflare.com": Site(lambda request: _BUSY, Tls())}),

    Broken("gateway works, first run does not", "onboarding_check_blocked", mode="interactive", below="region_unsupported", role=PLAIN,
           hosts=lambda: {_HOST: vendors.gateway(tls=Tls()), API: api("region"), PLATFORM: api("region")}, environ=_THERE),
    Broken("gateway works, and the first run's hosts are blocked", "onboarding_check_blocked", mode="interactive", below="firewall_blocked",
           hosts=lambda: {_HOST: vendors.gateway(tls=Tls()), API: tcp.refused(), PLATFORM: tcp.refused()}, environ=_THERE, role=NEIGHBOUR),
    Broken("gateway works, and one name of the first run is unknown", "onboarding_check_blocked", mode="interactive", below="dns_failure",
           hosts=lambda: {_HOST: vendors.gateway(tls=Tls())}, environ=_THERE, lab={"resolver": {PLATFORM: "nxdomain"}}),
    Broken("gateway works as an exception of a proxy that is gone, first run", "onboarding_check_blocked", mode="interactive",
           hosts=lambda: {_HOST: vendors.gateway(tls=Tls()), OFFICE: tcp.refused(3128)}, below="proxy_unreachable",
           environ={**_THERE, **THROUGH_OFFICE, "NO_PROXY": _HOST}),
    Broken("gateway refuses the key, and the first run's hosts are blocked", "firewall_blocked", mode="interactive",
           below="onboarding_check_blocked", also=("key_rejected",),
           hosts=lambda: {_HOST: vendors.gateway(tls=Tls()), API: tcp.refused(), PLATFORM: tcp.refused()},
           environ={**_THERE, "ANTHROPIC_API_KEY": REVOKED}),

    Broken("gateway that cuts at the first word", "gateway_fault", lambda: {_HOST: tcp.reset()}, _THERE, below="firewall_blocked"),
    Broken("gateway that takes the connection and is silent", "gateway_fault", lambda: {_HOST: tcp.silent()}, _THERE,
           below="network_unstable"),
    Broken("gateway with an authority of its own", "tls_intercepted", lambda: {_HOST: vendors.gateway(tls=INSPECTED)}, _THERE,
           below="gateway_fault"),
    Broken("gateway with an authority of its own, which is given", "healthy", lambda: {_HOST: vendors.gateway(tls=INSPECTED)},
           {**_THERE, "NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}),
    Broken("gateway on a port without TLS", "tls_handshake_failed", lambda: {_HOST: vendors.gateway(tls=tls(plain_http=True))}, _THERE,
           below="gateway_fault"),
    Broken("gateway's name known only inside", "dns_failure", lambda: {_HOST: vendors.gateway(tls=Tls())}, _THERE,
           lab={"resolver": {_HOST: "nxdomain"}}, below="gateway_fault"),
    Broken("gateway in this network, and no way out of it", "healthy",
           lambda: {**everywhere(tcp.blackhole), **_NO_RESOLVERS, _HOST: vendors.gateway(tls=Tls())}, _THERE),
    Broken("gateway in this network, no way out of it, first run", "onboarding_check_blocked",
           lambda: {**everywhere(tcp.blackhole), **_NO_RESOLVERS, _HOST: vendors.gateway(tls=Tls())}, _THERE, mode="interactive",
           below="no_internet"),
    Broken("gateway gone, and no way out, first run", "no_internet", lambda: {**everywhere(tcp.refused), **_NO_RESOLVERS},
           {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, mode="interactive", lab={"resolver": {"*": "refused"}},
           below="onboarding_check_blocked", also=("gateway_fault",)),
    Broken("gateway inside, and a proxy that cannot reach it", "proxy_blocked",
           lambda: {OFFICE: proxy(connect=502), _HOST: vendors.gateway(tls=Tls())}, {**_THERE, **THROUGH_OFFICE}, below="gateway_fault"),
)  # fmt: skip
