"""Every closed list of words the engine speaks but the facts: failure words, layers, levels, answerers, credential kinds."""

from __future__ import annotations

SCHEMA = "troubleshooter.report/1"
ENGINE_VERSION = "0.1.0"

LAYERS = (
    "config",
    "network",
    "dns",
    "proxy",
    "tcp",
    "tls",
    "http",
    "geo",
    "gateway",
    "auth",
    "quota",
    "service",
    "request",
    "client",
)
"""Layers in the order in which a client meets them; the path drawing and "met first wins" follow it."""

SIDES = ("client", "network", "provider", "request")
HIDDEN_KINDS = ("key", "token", "password", "user name", "header", "cookie", "query", "path", "secret")
"""What was left out of a report, as far as its place tells."""

LEVELS = ("problem", "warning", "info")
STATUSES = ("done", "failed", "skipped")
NOT_NEEDED = "not needed"
"""Begins the reason of an attempt skipped because there was nothing to try: nobody is told of it as of a check that is missing."""
HEALTHY = "healthy"
UNKNOWN = "unknown"

CAUSES = (
    "healthy", "key_missing", "key_malformed", "key_rejected", "login_expired", "key_forbidden", "org_disabled",
    "credential_conflict", "settings_broken", "base_url_malformed", "base_url_other_provider", "model_unknown",
    "no_internet", "dns_failure", "dns_hijacked", "ipv6_broken", "firewall_blocked", "captive_portal",
    "proxy_unreachable", "proxy_malformed", "proxy_auth_required", "proxy_blocked", "proxy_bypassed",
    "tls_intercepted", "tls_ca_misconfigured", "tls_certificate_invalid", "tls_handshake_failed", "clock_skew",
    "mtu_blackhole", "network_unstable", "region_unsupported", "edge_blocked", "rate_limited", "credit_exhausted",
    "overloaded", "service_outage", "payload_invalid", "headers_invalid", "request_too_large", "gateway_fault",
    "stream_interrupted", "client_outdated", "onboarding_check_blocked", "unknown",
)  # fmt: skip
"""The one vocabulary of root causes. A code exists only where the remedy differs from its neighbours'."""

PROBE_NAMES = (
    "config", "request", "control.hosts", "dns.system", "dns.independent", "proxy.dns", "proxy.tcp", "proxy.connect", "tcp.v4", "tcp.v6",
    "tcp.samples", "tcp.trace", "tls.handshake", "tls.large", "tls.small", "tls.nameless", "tls.completed", "tls.client", "tls.public", "tls.system", "clock", "hello.api", "hello.platform", "edge.trace",
    "api.models", "api.small", "api.count_tokens", "api.message", "service.status", "network", "client.running",
)  # fmt: skip
"""Every probe that an attempt, a cause's decider or a playbook step may name. ``api.message`` is billed and runs only on request."""

CALLS = ("api.models", "api.count_tokens", "api.message")
"""The calls of the API that carry the credential, in the order in which they are made: ``answer.*`` stands for any of them."""

FACTORS = ("proxy", "family", "trust", "resolver", "base_url", "credential", "nothing")
"""What an experiment may change, one at a time; ``nothing`` is the control, the same question once more."""

CONTROL = "nothing"

CREDENTIAL_KINDS = ("api_key", "auth_token", "oauth_token", "key_helper", "login", "profile")

ANSWERERS = (
    "provider",  # the API itself: its own JSON, success or error
    "edge",  # the provider's CDN or WAF: HTML, a challenge, "error code: 10xx"
    "edge_region",  # the edge's JSON refusal of a region: type "forbidden" without the outer error type
    "proxy",  # the configured proxy, on CONNECT or in place of the target
    "gateway",  # something Anthropic-compatible that is not the provider
    "portal",  # a sign-in page in place of the internet
    "other_vendor",  # another vendor's error shape
    "middlebox",  # a block page or an answer after a re-signed handshake
    "unknown",
)

FAILURES = (
    # names
    "dns_nxdomain", "dns_servfail", "dns_refused", "dns_timeout", "dns_no_data", "dns_unreachable", "dns_error",
    # connections
    "connect_refused", "connect_timeout", "connect_reset", "host_unreachable", "network_unreachable", "connect_prohibited", "address_unavailable",
    # proxies
    "proxy_refused_tunnel", "proxy_garbled", "proxy_closed", "proxy_timeout",
    # TLS
    "tls_unknown_authority", "tls_self_signed", "tls_expired", "tls_not_yet_valid", "tls_wrong_name", "tls_bad_certificate",
    "tls_reset", "tls_closed", "tls_timeout", "tls_not_tls", "tls_version", "tls_no_cipher", "tls_client_certificate_required", "tls_alert", "tls_trust_unusable",
    # HTTP
    "http_timeout", "http_reset", "http_closed", "http_garbled", "http_too_large", "http_redirect_loop",
    # ours
    "guard", "deadline", "ended_early", "cancelled", "internal_error", "io_error",
)  # fmt: skip
"""Failure words. ``net/failures.py`` maps exception types and numbers to them, never message text."""

ADDRESS_KINDS = (
    "public",
    "loopback",
    "private",
    "zero",
    "link_local",
    "metadata",
    "fake_ip",
    "sinkhole",
    "documentation",
    "multicast",
)

OUTLOOKS = ("passes", "fails", "unknown")
"""What is to be expected of another client on the same machine."""
DIFFERENCES = ("base_url", "proxy", "no_proxy", "trust", "credential", "settings_file", "addresses")
"""In what another client on the same machine can differ from the one that hurts."""
