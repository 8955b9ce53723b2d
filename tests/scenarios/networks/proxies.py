"""Proxies: unreachable, malformed, refusing."""

from __future__ import annotations

from diagnostics.lab import tcp
from diagnostics.lab.proxy import proxy
from tests.scenarios.networks.declaring import API, OFFICE, THROUGH_OFFICE, Broken

NETWORKS = (
    Broken("a proxy of a kind that it cannot use, beside an open way", "proxy_malformed",
           environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, below="healthy"),
    Broken("nothing at the proxy", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)}, THROUGH_OFFICE, below="no_internet"),
    Broken("proxy's name unknown", "proxy_unreachable", environ={"HTTPS_PROXY": "http://gone.office.example:3128"}, below="dns_failure"),
    Broken("NO_PROXY with a port that this version fits to nothing", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)},
           {**THROUGH_OFFICE, "NO_PROXY": f"{API}:443"}, client="claude-code@2.1.197", below="healthy"),
    Broken("a proxy it cannot use, for the first run", "proxy_malformed", mode="interactive", below="healthy",
           environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
    Broken("a proxy setting that is no URL, for other hosts", "proxy_malformed", environ={"HTTPS_PROXY": "127.0.0.1", "NO_PROXY": API},
           below="healthy"),
    Broken("https:// to a proxy without TLS", "proxy_malformed", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": f"https://{OFFICE}"},
           below="proxy_unreachable"),
    Broken("a password with a hash sign", "proxy_malformed", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": f"http://anna:p@ss#w@{OFFICE}"},
           below="proxy_unreachable"),
    Broken("proxy wants credentials", "proxy_auth_required", lambda: {OFFICE: proxy(connect=407, credentials=("anna", "s3cret-pw"))}, THROUGH_OFFICE,
           mode="interactive", below="proxy_blocked"),
    Broken("proxy refuses the credentials", "proxy_auth_required", lambda: {OFFICE: proxy(connect=407, credentials=("anna", "s3cret-pw"))},
           {"HTTPS_PROXY": f"http://anna:wrong-pw@{OFFICE}"}, below="proxy_blocked"),
    Broken("proxy forbids", "proxy_blocked", lambda: {OFFICE: proxy(connect=403, page="Access Denied")}, THROUGH_OFFICE, below="proxy_auth_required"),
    Broken("proxy passes only the first host", "proxy_blocked", lambda: {OFFICE: proxy(allowed=(API,))}, THROUGH_OFFICE, mode="interactive",
           below="firewall_blocked"),
)  # fmt: skip
