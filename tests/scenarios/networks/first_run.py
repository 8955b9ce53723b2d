"""Faults that only the client's first-run check meets: it asks a second host, whatever the rest of its way is like."""

from __future__ import annotations

from diagnostics.lab import controls, tcp
from diagnostics.lab.api import api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import tls
from tests.scenarios.networks.declaring import API, OFFICE, PLATFORM, THROUGH_OFFICE, Broken

_CORP = {"NODE_EXTRA_CA_CERTS": "/corp.pem"}
_FILE = {"/corp.pem": private_root().pem.encode()}
_NOT_FOR_THE_API = {**THROUGH_OFFICE, "NO_PROXY": API}

NETWORKS = (
    Broken("the platform's name leads to this machine", "dns_hijacked", lambda: {PLATFORM: tcp.refused()}, mode="interactive",
           lab={"resolver": {PLATFORM: ("127.0.0.1",)}}, below="firewall_blocked"),
    Broken("the platform's name leads to a page of the company's", "dns_hijacked", lambda: {PLATFORM: controls.block_page()},
           mode="interactive", lab={"resolver": {PLATFORM: ("10.1.2.3",)}}, below="tls_intercepted"),
    Broken("the platform's certificate is expired", "tls_certificate_invalid", lambda: {PLATFORM: api(tls=tls(chain="expired"))},
           mode="interactive", below="clock_skew"),
    Broken("the platform's certificate is another host's", "tls_certificate_invalid", lambda: {PLATFORM: api(tls=tls(chain="wrong_name"))},
           mode="interactive", below="tls_intercepted"),
    Broken("the platform's certificate signed itself", "tls_certificate_invalid", lambda: {PLATFORM: api(tls=tls(chain="self_signed"))},
           mode="interactive", below="tls_intercepted"),
    Broken("the platform does not speak TLS", "tls_handshake_failed", lambda: {PLATFORM: api(tls=tls(plain_http=True))}, mode="interactive",
           below="firewall_blocked"),
    Broken("a filter's page in place of the platform", "proxy_blocked", lambda: {PLATFORM: controls.block_page()}, _CORP, _FILE,
           mode="interactive", below="captive_portal"),
    Broken("a challenge in place of the platform", "edge_blocked", lambda: {PLATFORM: api("challenge")}, mode="interactive",
           below="region_unsupported"),
    Broken("the platform refuses the region", "region_unsupported", lambda: {PLATFORM: api("region")}, mode="interactive", below="edge_blocked"),
    Broken("the platform takes the connection and stays silent", "unknown", lambda: {PLATFORM: tcp.silent()}, mode="interactive"),
    Broken("the API is an exception of a proxy that is gone", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)}, _NOT_FOR_THE_API,
           mode="interactive", below="firewall_blocked"),
    Broken("the API is an exception of a proxy whose name is unknown", "proxy_unreachable",
           environ={"HTTPS_PROXY": "http://gone.office.example:3128", "NO_PROXY": API}, mode="interactive", below="dns_failure"),
    Broken("the API is an exception of what is no proxy", "proxy_unreachable", lambda: {OFFICE: proxy(connect="garbage")}, _NOT_FOR_THE_API,
           mode="interactive", below="proxy_blocked"),
    Broken("the API is an exception of a proxy that wants a password", "proxy_auth_required", lambda: {OFFICE: proxy(connect=407)},
           _NOT_FOR_THE_API, mode="interactive", below="proxy_blocked"),
    Broken("the API is an exception of a proxy that is gone, where nobody asks for the platform", "healthy",
           lambda: {OFFICE: tcp.refused(3128)}, _NOT_FOR_THE_API),
    Broken("the platform's name is unknown, where nobody asks for it", "healthy", lab={"resolver": {PLATFORM: "nxdomain"}}),
)  # fmt: skip
