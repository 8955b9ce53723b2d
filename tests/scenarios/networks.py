"""Broken networks, each in a few lines: what answers there, how the machine is set up, and the cause that must be named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from diagnostics.lab import controls, tcp, vendors
from diagnostics.lab.api import KEY, api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.proxy import proxy
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import Tls, tls

API, PLATFORM = "api.anthropic.com", "platform.claude.com"
OFFICE = "proxy.office.example:3128"
THROUGH_OFFICE = {"HTTPS_PROXY": f"http://{OFFICE}", "HTTP_PROXY": f"http://{OFFICE}"}
REVOKED = KEY[:-8] + "REVOKEAA"


@dataclass(frozen=True)
class Broken:
    """``hosts`` is made per test. ``below``: the nearest wrong cause. ``also``: causes beside the verdict, exactly."""

    name: str
    cause: str
    hosts: Callable[[], Mapping[str, Service]] = dict
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    client: str = "claude-code"
    mode: str = "print"
    lab: Mapping[str, Any] = field(default_factory=dict)
    below: str | None = None
    also: tuple[str, ...] = ()


def everywhere(how: Callable[[int], Service]) -> dict[str, Service]:
    """Every host that a run visits, broken in the same way."""
    ports = {API: 443, PLATFORM: 443, "status.claude.com": 443, "www.cloudflare.com": 443, "1.1.1.1": 443}
    ports |= {"connectivitycheck.gstatic.com": 80, "detectportal.firefox.com": 80}
    return {host: how(port) for host, port in ports.items()}


def _first_party(how: Tls) -> Callable[[], Mapping[str, Service]]:
    return lambda: {API: api(tls=how), PLATFORM: api(tls=how), "status.claude.com": controls.status_page(tls=how)}


def _hotel(port: int) -> Service:
    return controls.captive_portal(tls=Tls(chain="private_ca") if port == 443 else None)


NETWORKS = (
    Broken("print", "healthy"),
    Broken("first run", "healthy", mode="interactive"),
    Broken("python sdk", "healthy", client="anthropic-python"),
    Broken("through a proxy", "healthy", lambda: {OFFICE: proxy()}, THROUGH_OFFICE, mode="interactive"),
    Broken("a gateway", "healthy", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())}, {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}),
    Broken("an inspecting proxy that is trusted", "healthy", lambda: {OFFICE: proxy(inspects=True)},
           {**THROUGH_OFFICE, "NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}),
    Broken("controls and status filtered", "healthy",
           lambda: {**everywhere(tcp.refused), API: api(), PLATFORM: api()}),
    Broken("no key", "key_missing", environ={"ANTHROPIC_API_KEY": ""}, below="key_rejected"),
    Broken("near-miss name", "key_missing", environ={"ANTHROPIC_API_KEY": "", "CLAUDE_API_KEY": KEY}, below="key_malformed"),
    Broken("key in quotes", "key_malformed", environ={"ANTHROPIC_API_KEY": f'"{KEY}"'}, below="key_rejected"),
    Broken("another vendor's key", "key_malformed", environ={"ANTHROPIC_API_KEY": "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12},
           below="key_rejected"),
    Broken("revoked key", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, below="key_malformed"),
    Broken("revoked key, first run", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, mode="interactive", below="edge_blocked"),
    Broken("a good token beside a refused key", "key_rejected", environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": REVOKED},
           below="healthy"),
    Broken("a refused token beside a good key", "healthy", environ={"ANTHROPIC_AUTH_TOKEN": REVOKED, "ANTHROPIC_API_KEY": KEY}),
    Broken("a proxy of a kind that it cannot use, beside an open way", "proxy_malformed",
           environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, below="healthy"),
    Broken("ALL_PROXY of a kind that it passes over", "healthy", environ={"ALL_PROXY": "socks5://127.0.0.1:1080"}),
    Broken("a broken settings file that is skipped", "healthy", files={"/.claude/settings.json": b'{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},}'},
           also=("settings_broken",)),
    Broken("a broken settings file that it stops at", "settings_broken", mode="interactive",
           files={"/.claude/settings.json": b'{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},}'}, below="healthy"),
    Broken("base URL with a blank in its host", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic .com"},
           below="dns_failure"),
    Broken("base URL with a path of another vendor's", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/anthropic"},
           below="base_url_other_provider"),
    Broken("a CA file without a certificate, of a client that stops at it", "tls_ca_misconfigured", client="claude-code@2.1.197",
           environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": b"hello"}, below="healthy"),
    Broken("the same, of one that does not", "healthy", environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": b"hello"},
           also=("tls_ca_misconfigured",)),
    Broken("re-signed by an authority in SSL_CERT_FILE", "healthy", _first_party(Tls(chain="private_ca")), {"SSL_CERT_FILE": "/corp.pem"},
           {"/corp.pem": private_root().pem.encode()}, client="claude-code@2.1.197"),
    Broken("base URL without scheme", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "api.anthropic.com"}, below="base_url_other_provider"),
    Broken("base URL with /v1", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/v1"}, below="model_unknown"),
    Broken("base URL of another vendor", "base_url_other_provider", lambda: {"api.openai.com": vendors.openai(status=403)},
           {"ANTHROPIC_BASE_URL": "https://api.openai.com"}, below="region_unsupported"),
    Broken("name unknown here", "dns_failure", lab={"resolver": {API: "nxdomain"}}, below="no_internet"),
    Broken("resolver fails for all", "dns_failure", lab={"resolver": {"*": "servfail"}}, below="no_internet"),
    Broken("name led to this machine", "dns_hijacked", lambda: {API: tcp.refused()}, lab={"resolver": {API: ("127.0.0.1",)}},
           below="firewall_blocked"),
    Broken("connections refused", "firewall_blocked", lambda: {API: tcp.refused(), PLATFORM: tcp.refused()}, below="no_internet"),
    Broken("hello cut", "firewall_blocked", _first_party(tls(reset_after_hello=True)), below="tls_intercepted"),
    Broken("platform blocked, first run", "firewall_blocked", lambda: {PLATFORM: tcp.refused()}, mode="interactive", below="no_internet"),
    Broken("nothing at the proxy", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)}, THROUGH_OFFICE, below="no_internet"),
    Broken("proxy's name unknown", "proxy_unreachable", environ={"HTTPS_PROXY": "http://gone.office.example:3128"}, below="dns_failure"),
    Broken("NO_PROXY with a port that this version fits to nothing", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)},
           {**THROUGH_OFFICE, "NO_PROXY": f"{API}:443"}, client="claude-code@2.1.197", below="healthy"),
    Broken("NO_PROXY with a port", "healthy", lambda: {OFFICE: tcp.refused(3128)}, {**THROUGH_OFFICE, "NO_PROXY": f"{API}:443"}),
    Broken("a token beside a key that cannot be sent", "key_malformed",
           environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": f"{KEY[:50]}\n{KEY[50:]}"}, below="key_rejected"),
    Broken("a token beside another vendor's key", "unknown",
           environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12}, also=("key_malformed",)),
    Broken("a proxy it cannot use, for other hosts", "healthy", environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
    Broken("a revoked key beside a proxy for other hosts", "key_rejected", below="proxy_malformed",
           environ={"ANTHROPIC_API_KEY": REVOKED, "HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
    Broken("a proxy it cannot use, for the first run", "proxy_malformed", mode="interactive", below="healthy",
           environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
    Broken("a proxy setting that is no URL, for other hosts", "proxy_malformed", environ={"HTTPS_PROXY": "127.0.0.1", "NO_PROXY": API},
           below="healthy"),
    Broken("proxy wants credentials", "proxy_auth_required", lambda: {OFFICE: proxy(connect=407, credentials=("anna", "s3cret-pw"))}, THROUGH_OFFICE,
           mode="interactive", below="proxy_blocked"),
    Broken("proxy refuses the credentials", "proxy_auth_required", lambda: {OFFICE: proxy(connect=407, credentials=("anna", "s3cret-pw"))},
           {"HTTPS_PROXY": f"http://anna:wrong-pw@{OFFICE}"}, below="proxy_blocked"),
    Broken("proxy forbids", "proxy_blocked", lambda: {OFFICE: proxy(connect=403, page="Access Denied")}, THROUGH_OFFICE, below="proxy_auth_required"),
    Broken("proxy passes only the first host", "proxy_blocked", lambda: {OFFICE: proxy(allowed=(API,))}, THROUGH_OFFICE, mode="interactive",
           below="firewall_blocked"),
    Broken("inspecting proxy", "tls_intercepted", lambda: {OFFICE: proxy(inspects=True)}, THROUGH_OFFICE, below="tls_certificate_invalid"),
    Broken("inspected on the way", "tls_intercepted", _first_party(tls(chain="private_ca")), mode="interactive", below="tls_certificate_invalid"),
    Broken("clock behind", "clock_skew", lab={"ahead": timedelta(days=400)}, below="tls_certificate_invalid"),
    Broken("expired certificate", "tls_certificate_invalid", _first_party(tls(chain="expired")), below="clock_skew"),
    Broken("certificate of another name", "tls_certificate_invalid", _first_party(tls(chain="wrong_name")), below="tls_intercepted"),
    Broken("not TLS", "tls_handshake_failed", _first_party(tls(plain_http=True)), below="firewall_blocked"),
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
    Broken("gateway without a free call", "unknown", lambda: {"llm.corp.example": vendors.litellm(404, tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}),
    Broken("gateway refuses the key", "key_rejected", lambda: {"llm.corp.example": vendors.litellm(401, tls=Tls())},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="base_url_other_provider"),
    Broken("gateway gone", "gateway_fault", environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, below="firewall_blocked"),
    Broken("hotel", "captive_portal", lambda: {**everywhere(_hotel), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53)},
           below="tls_intercepted"),
    Broken("gateway works, first run does not", "onboarding_check_blocked",
           lambda: {"llm.corp.example": vendors.gateway(tls=Tls()), API: api("region"), PLATFORM: api("region")},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, mode="interactive", below="region_unsupported"),
)  # fmt: skip
