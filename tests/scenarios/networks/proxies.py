"""Proxies: unreachable, malformed, refusing, gone around."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from diagnostics.lab import controls, tcp, vendors
from diagnostics.lab.api import MODELS, api, error
from diagnostics.lab.certificates import private_root
from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import INSPECTED, Tls, tls
from tests.scenarios.networks.conflicts import LOGIN
from tests.scenarios.networks.declaring import (
    API,
    HOME,
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    PLATFORM,
    SETTINGS,
    THROUGH_OFFICE,
    Broken,
    everywhere,
    first_party,
)

_SOCKS = {"HTTPS_PROXY": "socks5://127.0.0.1:1080"}
_FENCED = {"direct": {"*": tcp.refused()}}
_DROPPED = {"direct": {"*": tcp.blackhole()}}
_ASKS = Response.html(
    407, "Proxy Authentication Required", headers={"proxy-authenticate": 'Basic realm="Initech"', "via": "1.1 px"}
)
_NO_PROXYS_MARKS = ("other_make_of_proxy",)  # as a proxy of some make says it, it would be a proxy's refusal
_CORP = {"NODE_EXTRA_CA_CERTS": "/corp.pem"}
_CORP_PEM = {"/corp.pem": private_root().pem.encode()}
_RULES = Response.text(200, 'function FindProxyForURL(url, host) { return "PROXY proxy.office.example:3128"; }')
_MODEL = {**_CORP, "ANTHROPIC_MODEL": MODELS[0]}
_NO_OAUTH = error(401, "authentication_error", "OAuth authentication is currently not supported.")
_KEPT = error(
    401, "authentication_error", "API key is invalid.", known=False, headers={"age": "1812", "x-cache": "HIT"}
)
_LOCKED = {OFFICE: proxy(connect=407, credentials=("anna", "s3cret-pw"))}


def _asks(port: int) -> Site:
    """A proxy that nobody is told of and all pass through: it wants a sign-in."""
    return Site(lambda request: _ASKS, INSPECTED if port == 443 else None)


def _keyless() -> Site:
    """The API behind an inspection that lets no key through."""
    inner = api()

    def answer(request: Request) -> Response:
        kept = {name: value for name, value in request.headers.items() if name not in ("x-api-key", "authorization")}
        return inner.app(replace(request, headers=kept))

    return Site(answer, INSPECTED)


def _in_settings(*names: str, host: str = "gone.office.example:3128") -> dict[str, bytes]:
    return {SETTINGS: json.dumps({"env": dict.fromkeys(names, f"http://{host}")}).encode()}


def _inspected(changed: Callable[[Request], Request], answers: Site | None = None) -> dict[str, Site]:
    """The API behind an inspection that hands requests on as ``changed``."""
    inner = answers or api()
    return {API: Site(lambda request: inner.app(changed(request)), INSPECTED)}


def _without(name: str) -> Callable[[Request], Request]:
    return lambda request: replace(
        request, headers={one: value for one, value in request.headers.items() if one != name}
    )


def _as_text(request: Request) -> Request:
    return replace(request, headers={**request.headers, "content-type": "text/plain"})


def _answers_what_carries(response: Response) -> dict[str, Site]:
    """An inspection that lets questions pass and answers whatever carries something."""
    inner = api()
    return {API: Site(lambda request: response if request.body else inner.app(request), INSPECTED)}


NETWORKS = (
    Broken("a proxy of a kind that it cannot use, beside an open way", "proxy_malformed", environ=_SOCKS, below="healthy", role=PLAIN),
    Broken("a proxy it cannot use, for the first run", "proxy_malformed", mode="interactive", below="healthy",
           environ={**_SOCKS, "NO_PROXY": API}),
    Broken("a proxy setting that is no URL, for other hosts", "proxy_malformed", environ={"HTTPS_PROXY": "127.0.0.1", "NO_PROXY": API},
           below="healthy"),
    Broken("a proxy with a password that is not escaped", "proxy_malformed", lambda: {OFFICE: proxy()},
           {"HTTPS_PROXY": f"http://anna:pa/ss#1@{OFFICE}"}, below="proxy_unreachable", role=NEIGHBOUR),
    Broken("a proxy with a port that is none", "proxy_malformed", environ={"HTTPS_PROXY": "http://proxy.office.example:port"},
           below="proxy_unreachable"),
    Broken("a browser's file of rules in a proxy's place", "proxy_malformed",
           lambda: {"wpad.office.example:80": Site(lambda request: _RULES if request.method == "GET" else Response(405), None)},
           {"HTTPS_PROXY": "http://wpad.office.example/proxy.pac"}, below="proxy_blocked"),
    Broken("a proxy with a misspelt scheme", "proxy_malformed", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": f"htpp://{OFFICE}"},
           below="proxy_unreachable"),
    Broken("a proxy in quotes", "proxy_malformed", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": f"'http://{OFFICE}'"}, below="proxy_unreachable"),
    Broken("https:// to a proxy without TLS", "proxy_malformed", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": f"https://{OFFICE}"},
           below="proxy_unreachable"),
    Broken("a password with a hash sign", "proxy_malformed", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": f"http://anna:p@ss#w@{OFFICE}"},
           below="proxy_unreachable"),

    Broken("nothing at the proxy", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)}, THROUGH_OFFICE, below="no_internet", role=PLAIN),
    Broken("proxy's name unknown", "proxy_unreachable", environ={"HTTPS_PROXY": "http://gone.office.example:3128"}, below="dns_failure"),
    Broken("proxies of a settings file and of the shell, all gone", "proxy_unreachable", home=HOME, below="dns_failure",
           environ={"HTTPS_PROXY": "http://old.office.example:3128"}, files=_in_settings("HTTPS_PROXY", "https_proxy")),
    Broken("NO_PROXY with a port that this version fits to nothing", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)},
           {**THROUGH_OFFICE, "NO_PROXY": f"{API}:443"}, client="claude-code@2.1.197", below="healthy"),
    Broken("the proxy drops, and the direct way is fenced", "proxy_unreachable", lambda: {OFFICE: tcp.blackhole(3128)}, THROUGH_OFFICE,
           lab=_FENCED, below="no_internet", role=NEIGHBOUR),
    Broken("the proxy takes the connection and is silent", "proxy_unreachable", lambda: {OFFICE: proxy(connect="hang")}, THROUGH_OFFICE,
           below="proxy_blocked"),
    Broken("something else listens at the proxy's port", "proxy_unreachable", lambda: {OFFICE: proxy(connect="garbage")}, THROUGH_OFFICE,
           below="proxy_blocked"),
    Broken("a web server at the proxy's address", "proxy_unreachable", lambda: {OFFICE: proxy(connect=405, make="wordless")}, THROUGH_OFFICE,
           below="proxy_blocked", least=0.7, fixed=_NO_PROXYS_MARKS),
    Broken("an API at the proxy's address", "proxy_unreachable", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())},
           {"HTTPS_PROXY": "https://llm.corp.example"}, below="proxy_auth_required"),
    Broken("a program at the proxy's address that knows no tunnels", "proxy_unreachable",
           lambda: {OFFICE: proxy(connect=501, make="wordless")}, THROUGH_OFFICE, below="proxy_blocked", fixed=_NO_PROXYS_MARKS),
    Broken("a proxy that passes other hosts and calls the API's unknown", "proxy_blocked",
           lambda: {OFFICE: proxy(allowed=("www.cloudflare.com",), make="wordless")}, THROUGH_OFFICE, below="proxy_unreachable"),
    Broken("a local proxy program that was ended", "proxy_unreachable", environ={"HTTPS_PROXY": "http://127.0.0.1:9"}, below="no_internet"),

    Broken("proxy wants credentials", "proxy_auth_required", lambda: _LOCKED, THROUGH_OFFICE, mode="interactive", below="proxy_blocked", role=PLAIN),
    Broken("proxy of a settings file wants credentials", "proxy_auth_required", lambda: _LOCKED, home=HOME, below="proxy_blocked",
           files=_in_settings("HTTPS_PROXY", host=OFFICE)),
    Broken("proxy refuses the credentials", "proxy_auth_required", lambda: _LOCKED, {"HTTPS_PROXY": f"http://anna:wrong-pw@{OFFICE}"},
           below="proxy_blocked"),
    Broken("proxy wants a way to sign in that no client has", "proxy_auth_required",
           lambda: {OFFICE: proxy(connect=407, schemes=("Negotiate", "NTLM"))}, THROUGH_OFFICE, below="proxy_blocked", role=NEIGHBOUR),
    Broken("proxy wants credentials, and the direct way is fenced", "proxy_auth_required", lambda: _LOCKED, THROUGH_OFFICE, lab=_FENCED,
           below="firewall_blocked"),

    Broken("a proxy that no setting names wants credentials", "proxy_auth_required", lambda: everywhere(_asks), _CORP, _CORP_PEM,
           below="proxy_blocked"),
    Broken("a proxy that no setting names wants credentials for the API alone", "proxy_auth_required",
           lambda: {API: _asks(443), PLATFORM: _asks(443)}, _CORP, _CORP_PEM, mode="interactive", below="captive_portal"),
    Broken("a gateway without TLS, behind a proxy that wants credentials", "proxy_auth_required", lambda: _LOCKED,
           {"ANTHROPIC_BASE_URL": "http://llm.corp.example", **THROUGH_OFFICE}, below="gateway_fault"),
    Broken("a gateway whose own proxy wants credentials", "gateway_fault", lambda: {"llm.corp.example": Site(lambda request: _ASKS, Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="proxy_auth_required"),

    Broken("an inspection that takes the key's header out", "unknown", lambda: {API: _keyless()}, _CORP, _CORP_PEM),
    Broken("an inspection that takes the version out", "headers_invalid", lambda: _inspected(_without("anthropic-version")), _CORP,
           _CORP_PEM, below="payload_invalid"),
    Broken("an inspection that calls every body text", "headers_invalid", lambda: _inspected(_as_text), _MODEL, _CORP_PEM,
           below="payload_invalid"),
    Broken("an inspection that takes a login's beta out", "headers_invalid", lambda: {API: Site(lambda request: _NO_OAUTH, INSPECTED)},
           {**_CORP, "CLAUDE_CODE_OAUTH_TOKEN": LOGIN}, _CORP_PEM, key=None, below="login_expired"),
    Broken("an inspection that loses bodies", "unknown", lambda: _inspected(lambda request: replace(request, body=b"")), _CORP, _CORP_PEM),
    Broken("an inspection that loses the end of bodies", "unknown", lambda: _inspected(lambda request: replace(request, body=request.body[:20])),
           _MODEL, _CORP_PEM),
    Broken("an inspection that keeps whatever carries something, and no model is named", "proxy_blocked",
           lambda: _answers_what_carries(Response.json(403, {"error": "DLP policy violation", "policy": "genai"})), _CORP, _CORP_PEM,
           below="healthy"),
    Broken("an inspection that repeats what another key was told", "unknown", lambda: {API: Site(lambda request: _KEPT, INSPECTED)}, _CORP,
           _CORP_PEM),

    Broken("proxy forbids", "proxy_blocked", lambda: {OFFICE: proxy(connect=403, page="Access Denied")}, THROUGH_OFFICE,
           below="proxy_auth_required", role=PLAIN),
    Broken("proxy passes only the first host", "proxy_blocked", lambda: {OFFICE: proxy(allowed=(API,))}, THROUGH_OFFICE, mode="interactive",
           below="firewall_blocked"),
    Broken("proxy passes everything but the API", "proxy_blocked", lambda: {OFFICE: proxy(allowed=("www.cloudflare.com",))}, THROUGH_OFFICE,
           below="edge_blocked"),
    Broken("proxy forbids in the words of a country's filter", "proxy_blocked", lambda: {OFFICE: proxy(connect=451)}, THROUGH_OFFICE,
           below="region_unsupported", role=NEIGHBOUR),
    Broken("proxy cannot reach anything behind it", "proxy_blocked", lambda: {OFFICE: proxy(connect=503)}, THROUGH_OFFICE,
           below="service_outage"),

    Broken("NO_PROXY sends it around the only way", "proxy_bypassed", lambda: {OFFICE: proxy()}, {**THROUGH_OFFICE, "NO_PROXY": API}, lab=_FENCED,
           below="firewall_blocked", role=PLAIN),
    Broken("NO_PROXY with a whole domain, and the rest is dropped", "proxy_bypassed", lambda: {OFFICE: proxy()},
           {**THROUGH_OFFICE, "NO_PROXY": "localhost,.anthropic.com"}, lab=_DROPPED, below="no_internet", role=NEIGHBOUR),
    Broken("NO_PROXY for this host, and the direct way drops only it", "proxy_bypassed", lambda: {OFFICE: proxy()},
           {**THROUGH_OFFICE, "NO_PROXY": API}, lab={"direct": {API: tcp.blackhole()}}, below="firewall_blocked"),
    Broken("NO_PROXY for this host, and a filter cuts the direct way", "proxy_bypassed", lambda: {OFFICE: proxy()},
           {**THROUGH_OFFICE, "NO_PROXY": API}, lab={"direct": {API: api(tls=tls(reset_after_hello=True))}}, below="firewall_blocked"),
    Broken("a proxy in a variable that the SDK does not read", "proxy_bypassed", lambda: {OFFICE: proxy()}, {"HTTP_PROXY": f"http://{OFFICE}"},
           client="anthropic-python", lab=_FENCED, below="firewall_blocked"),
    Broken("a proxy of curl's own file that is gone", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)}, client="curl", home=HOME,
           below="healthy", files={f"{HOME}/.curlrc": f'proxy = "http://{OFFICE}"\n'.encode()}),
    Broken("a proxy that only npm was told of", "proxy_bypassed", lambda: {OFFICE: proxy()}, home=HOME, lab=_DROPPED, below="no_internet",
           files={f"{HOME}/.npmrc": f"//registry.example/:_authToken=0123456789abcdef\nhttps-proxy=http://{OFFICE}\n".encode()}),
    Broken("a proxy that only git was told of, and it wants a password", "proxy_bypassed", lambda: dict(_LOCKED), home=HOME, lab=_DROPPED,
           below="no_internet", least=0.7, files={f"{HOME}/.gitconfig": f"[user]\n\tname = Anna\n[http]\n\tproxy = {OFFICE}\n".encode()}),
    Broken("no way out, and a proxy of npm's that is gone, too", "no_internet", home=HOME, below="proxy_bypassed",
           hosts=lambda: {**everywhere(tcp.refused), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53), OFFICE: proxy()},
           lab={"resolver": {"*": "refused"}},
           files={f"{HOME}/.npmrc": f"proxy={OFFICE}\n".encode()}),
    Broken("a gateway of this machine, asked through a proxy that refuses", "proxy_blocked", below="gateway_fault",
           hosts=lambda: {OFFICE: proxy(connect=403), "127.0.0.1:4000": vendors.gateway(tls=None)},
           environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000", **THROUGH_OFFICE}),
    Broken("a gateway of this machine, asked through a proxy of few words", "proxy_blocked", below="gateway_fault",
           hosts=lambda: {OFFICE: proxy(connect=403, make="wordless"), "127.0.0.1:4000": vendors.gateway(tls=None)},
           environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000", **THROUGH_OFFICE}),
    Broken("a gateway of this machine, asked through a proxy that cannot reach it", "proxy_blocked", below="gateway_fault",
           hosts=lambda: {OFFICE: proxy(connect=502, make="wordless"), "127.0.0.1:4000": vendors.gateway(tls=None)},
           environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000", **THROUGH_OFFICE}),
    Broken("a gateway in the clear, and a proxy of few words that cannot reach it", "unknown", fixed=_NO_PROXYS_MARKS,
           hosts=lambda: {OFFICE: proxy(connect=502, make="wordless"), "llm.corp.example:80": vendors.gateway(tls=None)},
           environ={"ANTHROPIC_BASE_URL": "http://llm.corp.example", **THROUGH_OFFICE}),
    Broken("an open gateway in the clear, and a proxy of few words that cannot reach it", "proxy_blocked", below="gateway_fault",
           hosts=lambda: {OFFICE: proxy(connect=502, make="wordless"), "llm.corp.example:80": vendors.open_list(tls=None)},
           environ={"ANTHROPIC_BASE_URL": "http://llm.corp.example", **THROUGH_OFFICE}),

    Broken("a proxy over TLS with an authority that nobody was given", "tls_intercepted", lambda: {OFFICE: proxy(tls=Tls(chain="private_ca"))},
           {"HTTPS_PROXY": f"https://{OFFICE}"}, below="proxy_unreachable"),
    Broken("a proxy over TLS with an expired certificate", "tls_certificate_invalid", lambda: {OFFICE: proxy(tls=Tls(chain="expired"))},
           {"HTTPS_PROXY": f"https://{OFFICE}"}, below="proxy_unreachable"),
    Broken("proxy opens the tunnel and cuts it at the name", "proxy_blocked",
           lambda: {OFFICE: proxy(), **first_party(tls(reset_after_hello=True))()}, THROUGH_OFFICE, below="firewall_blocked"),
    Broken("proxy leads to a page of its own", "proxy_blocked", lambda: {OFFICE: proxy(connect=302)}, THROUGH_OFFICE,
           below="proxy_auth_required"),
    Broken("proxy opens everything, and shows its page for the API", "proxy_blocked",
           lambda: {OFFICE: proxy(inspects=True), API: controls.block_page(), PLATFORM: controls.block_page()},
           {**THROUGH_OFFICE, "NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}, below="edge_blocked"),
    Broken("neither the proxy nor anything else gives a sign of life", "unknown",
           lambda: {**everywhere(tcp.blackhole), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53), OFFICE: tcp.blackhole(3128)},
           THROUGH_OFFICE),
    Broken("proxy wants to know who asks, by 401", "proxy_auth_required", lambda: {OFFICE: proxy(connect=401)}, THROUGH_OFFICE,
           below="proxy_blocked"),
)  # fmt: skip
