"""What stops a connection on its way: filters, portals, dead ways, large packets, loss."""

from __future__ import annotations

from collections.abc import Callable

from diagnostics.lab import controls, tcp
from diagnostics.lab.api import api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.http import Response, Site
from diagnostics.lab.lines import flaky, narrow
from diagnostics.lab.proxy import proxy
from diagnostics.lab.serving import Service
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
    first_party,
)


def _hotel(port: int, chain: str = "private_ca") -> Service:
    return controls.captive_portal(tls=Tls(chain=chain) if port == 443 else None)


def _lone_hotel(port: int) -> Service:
    return _hotel(port, "self_signed")


def _terms(port: int) -> Service:
    page = Response.html(200, "Please accept our terms", "<form method=post><button>I agree</button></form>")
    return Site(lambda request: page, Tls(chain="self_signed") if port == 443 else None)


def _only_plain(port: int) -> Service:
    """A portal that answers what is not encrypted, and cuts the rest."""
    return controls.captive_portal(tls=tls(reset_after_hello=True) if port == 443 else None)


def _filtered(start: str) -> Site:
    """A filter that reads along, and has a rule for a part of the API's addresses."""
    inner, page = api(), controls.block_page().app
    return Site(lambda request: (page if request.path.startswith(start) else inner.app)(request), INSPECTED)


def _cut_bodies() -> Site:
    inner = api()
    return Site(lambda request: Response(200, then="reset") if request.body else inner.app(request), inner.tls)


def _resolvers(how: Service) -> dict[str, Service]:
    return {"1.1.1.1:53": how, "8.8.8.8:53": how}


def _through_a_tunnel(port: int) -> Service:
    """What everything is like behind a tunnel that loses large packets: short questions in the clear are answered."""
    return narrow(api()) if port == 443 else controls.success_txt()


def _both(how: Callable[[Service], Service]) -> Callable[[], dict[str, Service]]:
    """Both of Anthropic's hosts behind the same line."""
    return lambda: {API: how(api()), PLATFORM: how(api())}


_V6_FIRST = {API: ("2607:6bc0::10", "160.79.104.10")}

NETWORKS = (
    Broken("everything is refused", "no_internet", lambda: {**everywhere(tcp.refused), **_resolvers(tcp.silent(53))}, below="firewall_blocked",
           lab={"resolver": {"*": "refused"}}),
    Broken("everything is dropped", "no_internet", lambda: {**everywhere(tcp.blackhole), **_resolvers(tcp.silent(53))}, below="firewall_blocked",
           role=PLAIN),
    Broken("the resolver is silent, and so is everything else", "no_internet",
           lambda: {**everywhere(tcp.blackhole), **_resolvers(tcp.silent(53))}, lab={"resolver": {"*": "silent"}}, below="dns_failure",
           role=NEIGHBOUR),

    Broken("everything is refused at once, and names resolve", "unknown", lambda: {**everywhere(tcp.refused), **_resolvers(tcp.silent(53))}),
    Broken("a network that lets out through a proxy alone, which nothing names", "unknown", lambda: {OFFICE: proxy()},
           lab={"direct": {"*": tcp.refused()}}),

    Broken("IPv6 refused, and a client that tries one address", "ipv6_broken", client="node@18.20.4", below="firewall_blocked", role=PLAIN,
           lab={"v6": {API: tcp.refused()}, "resolver": _V6_FIRST}),
    Broken("IPv6 refused, and a client that goes on", "healthy", lab={"v6": {API: tcp.refused()}, "resolver": _V6_FIRST}),
    Broken("IPv6 connects and carries nothing", "ipv6_broken", below="network_unstable", role=NEIGHBOUR,
           lab={"v6": {API: tcp.silent()}, "resolver": _V6_FIRST}),
    Broken("IPv6 cuts every greeting", "ipv6_broken", below="firewall_blocked",
           lab={"v6": {API: api(tls=tls(reset_after_hello=True))}, "resolver": _V6_FIRST}),
    Broken("both families refused, and a client that tries one address", "firewall_blocked", lambda: {API: tcp.refused(), PLATFORM: tcp.refused()},
           client="node@18.20.4", below="ipv6_broken", lab={"v6": {API: tcp.refused()}, "resolver": _V6_FIRST}),

    Broken("connections refused", "firewall_blocked", lambda: {API: tcp.refused(), PLATFORM: tcp.refused()}, below="no_internet", role=PLAIN),
    Broken("connections dropped", "firewall_blocked", lambda: {API: tcp.blackhole(), PLATFORM: tcp.blackhole()}, below="no_internet"),
    Broken("connections dropped, and two control hosts with them", "firewall_blocked", role=NEIGHBOUR, below="no_internet",
           hosts=lambda: {**everywhere(tcp.blackhole), "detectportal.firefox.com": controls.success_txt()}),
    Broken("hello cut", "firewall_blocked", first_party(tls(reset_after_hello=True)), below="tls_intercepted"),
    Broken("hello closed", "firewall_blocked", first_party(tls(close_after_hello=True)), below="tls_handshake_failed"),
    Broken("connections reset", "firewall_blocked", lambda: {API: tcp.reset(), PLATFORM: tcp.reset()}, below="tls_handshake_failed"),
    Broken("platform blocked, first run", "firewall_blocked", lambda: {PLATFORM: tcp.refused()}, mode="interactive", below="no_internet"),
    Broken("platform's hello cut, first run", "firewall_blocked", lambda: {PLATFORM: api(tls=tls(reset_after_hello=True))}, mode="interactive",
           below="tls_intercepted"),
    Broken("hotel with a certificate of its own making", "captive_portal",
           lambda: {**everywhere(_lone_hotel), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53)}, below="tls_certificate_invalid"),
    Broken("a filter's page for the API alone, where the filter is trusted", "proxy_blocked", lambda: {API: _hotel(443)},
           {"NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}, below="captive_portal"),

    Broken("a filter that lets the greeting pass and the questions not", "proxy_blocked", lambda: {API: _filtered("/v1/")},
           {"NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}, below="captive_portal"),

    Broken("a filter that lets questions pass and answers whatever carries something", "proxy_blocked",
           lambda: {API: _filtered("/v1/messages")}, {"NODE_EXTRA_CA_CERTS": "/corp.pem", "ANTHROPIC_MODEL": "claude-sonnet-5"},
           {"/corp.pem": private_root().pem.encode()}, below="healthy"),
    Broken("whatever carries something is cut", "unknown", lambda: {API: _cut_bodies()}, {"ANTHROPIC_MODEL": "claude-sonnet-5"}),

    Broken("hotel", "captive_portal", lambda: {**everywhere(_hotel), **_resolvers(tcp.silent(53))}, below="tls_intercepted", role=PLAIN),
    Broken("a page in place of everything", "captive_portal", lambda: {**everywhere(_terms), **_resolvers(tcp.silent(53))},
           below="tls_certificate_invalid"),
    Broken("a portal that cuts what is encrypted", "captive_portal", lambda: {**everywhere(_only_plain), **_resolvers(tcp.silent(53))},
           below="firewall_blocked", role=NEIGHBOUR),
    Broken("hotel that leads every name to itself", "captive_portal", lambda: {**everywhere(_lone_hotel), **_resolvers(tcp.silent(53))},
           lab={"resolver": {"*": ("10.0.0.1",)}}, below="dns_hijacked"),
    Broken("hotel, first run", "captive_portal", lambda: {**everywhere(_hotel), **_resolvers(tcp.silent(53))}, mode="interactive",
           below="proxy_blocked"),

    Broken("large packets vanish on the way to the API", "mtu_blackhole", _both(narrow), below="network_unstable", role=PLAIN),
    Broken("a tunnel that loses large packets, for everything", "mtu_blackhole",
           lambda: {**everywhere(_through_a_tunnel), "connectivitycheck.gstatic.com": controls.generate_204()}, below="firewall_blocked",
           role=NEIGHBOUR),
    Broken("a narrow tunnel before the proxy", "mtu_blackhole", lambda: {OFFICE: narrow(proxy())}, THROUGH_OFFICE, below="proxy_unreachable"),
    Broken("large packets vanish, first run", "mtu_blackhole", _both(narrow), mode="interactive", below="network_unstable"),

    Broken("some connections are never answered", "network_unstable", _both(flaky), below="firewall_blocked", role=PLAIN),
    Broken("every connection is taken, and none answered", "network_unstable", first_party(tls(silent=True)), below="mtu_blackhole",
           role=NEIGHBOUR),
    Broken("most connections are never answered", "network_unstable",
           _both(lambda service: flaky(service, (False, False, False, True, False))), below="firewall_blocked"),

    Broken("a line that takes seconds for everything, and a refused key", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED},
           below="network_unstable", also=("network_unstable",), lab={"delay": lambda: 3.2}),
    Broken("a line that takes seconds for everything, and a re-signed certificate", "tls_intercepted", first_party(INSPECTED),
           below="network_unstable", also=("network_unstable",), lab={"delay": lambda: 3.2}),

    Broken("IPv6 is cut above the connection, first run", "ipv6_broken", mode="interactive", below="firewall_blocked",
           lab={"resolver": _V6_FIRST, "v6": {API: api(tls=tls(reset_after_hello=True))}}),
    Broken("IPv6 is dropped, and the client goes on with IPv4", "healthy", lab={"resolver": _V6_FIRST, "v6": {API: tcp.blackhole()}},
           also=("ipv6_broken",)),

    Broken("a filter drops every greeting that names the API", "firewall_blocked", first_party(tls(silent=True, only_named=True)),
           below="network_unstable"),
    Broken("a filter's page in place of everything, and it is trusted", "proxy_blocked",
           lambda: everywhere(lambda port: controls.block_page(tls=INSPECTED if port == 443 else None)), {"NODE_EXTRA_CA_CERTS": "/corp.pem"},
           {"/corp.pem": private_root().pem.encode()}, below="captive_portal", fixed=("status_down",)),
    Broken("a portal that leads every name to itself", "captive_portal",
           lambda: {**everywhere(lambda port: _hotel(port, "self_signed")), **_resolvers(tcp.silent(53))},
           lab={"resolver": {"*": ("192.168.1.1",)}}, below="dns_hijacked"),
    Broken("a portal that drops what is encrypted", "captive_portal",
           lambda: {**everywhere(lambda port: tcp.blackhole() if port == 443 else controls.captive_portal()), **_resolvers(tcp.silent(53))},
           below="firewall_blocked"),
    Broken("a portal that lets one control host through", "captive_portal", below="tls_intercepted",
           hosts=lambda: {**everywhere(_hotel), **_resolvers(tcp.silent(53)), "connectivitycheck.gstatic.com": controls.generate_204()}),
    Broken("an address that a local proxy program made up, and all works", "healthy",
           lab={"resolver": {API: ("198.18.0.7",), PLATFORM: ("198.18.0.8",)}}),
    Broken("IPv6 dropped for both hosts", "healthy", lab={"v6": {API: tcp.blackhole(), PLATFORM: tcp.blackhole()}}, also=("ipv6_broken",)),
)  # fmt: skip
