"""Every closed list of words the engine speaks: facts, failure words, layers, levels, answerers, credential kinds.

A probe may emit only the facts declared here and knowledge may test only these; tests hold both to it.
"""

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
    "config", "control.hosts", "dns.system", "dns.independent", "proxy.dns", "proxy.tcp", "proxy.connect", "tcp.v4", "tcp.v6",
    "tls.handshake", "tls.client", "tls.public", "tls.system", "clock", "hello.api", "hello.platform", "edge.trace",
    "api.models", "api.count_tokens", "api.message", "service.status", "network",
)  # fmt: skip
"""Every probe that an attempt, a cause's decider or a playbook step may name. ``api.message`` is billed and runs only on request."""

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

_HTTP_FACTS = {
    "status": ("int", "HTTP status of the answer"),
    "failure": ("failure", "why no answer came"),
    "answerer": ("answerer", "who spoke, computed from headers, body shape and certificate"),
    "vendor": ("str", "vendor whose error shape or headers the answer has"),
    "error_type": ("str", "error.type of a JSON error body"),
    "error_code": ("str", "error.code or error.details.error_code of a JSON error body"),
    "error_message": ("str", "message of a JSON error body, scrubbed, at most 300 characters"),
    "content_type": ("str", "media type of the answer"),
    "title": ("str", "title of an HTML answer, at most 120 characters"),
    "server": ("str", "Server header"),
    "via": ("str", "Via header"),
    "request_id": ("str", "request-id header, or request_id of the body"),
    "edge_id": ("str", "cf-ray or the like"),
    "edge_code": ("str", "number of an 'error code: 10xx' answer"),
    "challenge": ("bool", "the edge answered with a challenge"),
    "retry_after": ("float", "Retry-After in seconds"),
    "location": ("str", "host that a redirect leads to"),
    "first_byte_seconds": ("float", "from the request sent to the first byte of the answer"),
}

_HTTP_PROBES = {
    "hello.api": "GET /api/hello of the first-party API host",
    "hello.platform": "GET /v1/oauth/hello of the platform host",
    "api.models": "GET {base}/v1/models?limit=1 with the credential that wins",
    "api.count_tokens": "POST {base}/v1/messages/count_tokens with the credential that wins",
    "edge.trace": "GET /cdn-cgi/trace of the effective host",
    "service.status": "GET summary.json of the provider's status page",
}

_FAMILY = {
    "connected": ("bool", "TCP handshake completed"),
    "failure": ("failure", "why it did not"),
    "address": ("str", "address tried last"),
    "seconds": ("float", "time to connect"),
}

FACTS: dict[str, tuple[str, str]] = {
    # -- what is configured ----------------------------------------------------------------------------------------
    "config.client.name": ("str", "client whose rules count"),
    "config.client.version": ("str", "its version"),
    "config.mode": ("str", "interactive or print"),
    "config.first_run_counts": ("bool", "this client, in this mode, makes its first-run check"),
    "config.onboarding_complete": ("bool", "the client's state file says its first run is over"),
    "config.provider_switch": ("str", "cloud provider the client is switched to (bedrock, vertex, foundry, ...)"),
    "config.base_url.value": ("str", "base URL as written, without credentials"),
    "config.base_url.source": ("str", "where it was found"),
    "config.base_url.default": ("bool", "it is the client's own default"),
    "config.base_url.problems": (
        "words",
        "no_scheme unknown_scheme whitespace quotes doubled_version endpoint_path unparsable bad_port empty query",
    ),
    "config.base_url.host": ("str", "host of the base URL"),
    "config.base_url.vendor": (
        "str",
        "vendor that owns the host (anthropic, openai, deepseek, ...), absent when unknown",
    ),
    "config.base_url.first_party": ("bool", "the host belongs to the credential's first-party provider, Anthropic"),
    "config.base_url.compatible": ("bool", "another vendor's documented Anthropic-compatible base URL"),
    "config.base_url.plain_http": ("bool", "the API is spoken to without TLS"),
    "config.base_url.loopback": ("bool", "the base URL points at this machine"),
    "config.key.present": ("bool", "a credential reaches the client"),
    "config.key.kind": ("str", "kind of the credential that wins"),
    "config.key.name": ("str", "variable, setting or file entry that holds it"),
    "config.key.source": ("str", "where it was found"),
    "config.key.shape": ("str", "its printable shape"),
    "config.key.fingerprint": ("str", "its fingerprint"),
    "config.key.length": ("int", "its length in characters"),
    "config.key.vendor": ("str", "vendor its shape belongs to, absent when the shape tells none"),
    "config.key.type": ("str", "api_key admin_key oauth_access oauth_refresh session_cookie by its shape"),
    "config.key.problems": (
        "words",
        "whitespace newline quotes bom smart_quotes control_character non_ascii placeholder truncated empty wrong_vendor admin_key oauth_in_key_slot refresh_token session_cookie variable_not_expanded extra_text",
    ),
    "config.key.header_illegal": ("bool", "no HTTP header can carry it, so the client stops before sending"),
    "config.key.testable": (
        "bool",
        "it can be tried as it stands: no helper's output, no profile, no token that is to be renewed first",
    ),
    "config.key.login_forced": (
        "bool",
        "the operator's managed settings demand a login, so the client stops at this credential",
    ),
    "config.key.near_misses": ("words", "names set that look like the right one (case, typo, another vendor's)"),
    "config.key.along": (
        "words",
        "names of credentials that the client sends along with the winner, in their own header",
    ),
    "config.key.along_stays": ("str", "why one of those must stay here: malformed, other_vendor; then none is sent"),
    "config.key.others": ("words", "credentials that are set and lose"),
    "config.key.login_expired": ("bool", "a login's access and refresh tokens are both past their end"),
    "config.proxy.present": ("bool", "a proxy is configured for the target's scheme"),
    "config.proxy.url": ("str", "proxy URL without credentials"),
    "config.proxy.variable": ("str", "variable it comes from"),
    "config.proxy.scheme": ("str", "scheme of the proxy URL"),
    "config.proxy.address": ("str", "host and port of the proxy, as a command writes them"),
    "config.proxy.has_credentials": ("bool", "user name or password is written in the URL"),
    "config.proxy.problems": (
        "words",
        "no_scheme unknown_scheme bad_port unescaped_credentials socks_unsupported cases_differ unparsable whitespace quotes",
    ),
    "config.proxy.stops": (
        "bool",
        "the client stops at the setting and asks its target nothing, by no other way either",
    ),
    "config.proxy.bypassed": ("bool", "NO_PROXY takes the target out of the proxy"),
    "config.proxy.ignored": ("words", "proxy variables that are set and that this client does not read"),
    "config.ca.files": ("words", "CA files the client's settings name"),
    "config.ca.problems": ("words", "missing empty not_pem unreadable"),
    "config.ca.variable": ("str", "variable that names the broken file"),
    "config.tls.verification_off": ("bool", "certificate checks are switched off"),
    "config.settings.broken": ("words", "file:line:column of settings files that cannot be read"),
    "config.settings.broken_matters": (
        "bool",
        "a broken file is one this client reads and stops at, or loses settings from",
    ),
    "config.settings.broken_stops": ("bool", "the client does not start, or stops and asks, because of a broken file"),
    "config.model": ("str", "model name as configured"),
    "config.timeout_overflow": ("bool", "API_TIMEOUT_MS is over 2147483647, which fails every request at once"),
    # -- control hosts ---------------------------------------------------------------------------------------------
    "control.total": ("int", "control hosts asked"),
    "control.reached": ("int", "that gave the expected answer, directly or through the proxy"),
    "control.foreign": ("int", "that answered with something else: a redirect, a page"),
    "control.resolved": ("int", "whose names resolved"),
    "control.connected": ("int", "to which a connection was made"),
    "control.failures": ("words", "failure words of the others, without repeats"),
    "control.location": ("str", "host that a foreign redirect leads to"),
    "control.via_proxy": ("bool", "they were asked through the configured proxy"),
    "network.route": ("bool", "the machine has a default route, where the system tells"),
    "network.outside_answered": (
        "bool",
        "some answer authenticated by its content came from beyond the first hop, by any probe",
    ),
    # -- names -----------------------------------------------------------------------------------------------------
    "dns.system.failure": ("failure", "why the system's resolver gave no address for the target"),
    "dns.system.addresses": ("words", "addresses it gave"),
    "dns.system.kinds": ("words", "kinds of those addresses"),
    "dns.system.v4": ("bool", "it gave IPv4"),
    "dns.system.v6": ("bool", "it gave IPv6"),
    "dns.system.seconds": ("float", "time it took"),
    "dns.system.from_hosts_file": ("bool", "the name stands in the hosts file"),
    "dns.system.in_provider_range": (
        "bool",
        "an address lies in the provider's published ranges (first-party hosts only)",
    ),
    "dns.system.servers": ("words", "configured name servers"),
    "dns.system.control_resolves": ("bool", "the same resolver answers for a control host's name"),
    "dns.independent.addresses": ("words", "addresses that independent resolvers gave"),
    "dns.independent.answered": ("int", "how many of them answered"),
    "dns.independent.total": ("int", "how many were asked"),
    "dns.independent.exists": ("bool", "they say that the name exists"),
    "dns.independent.failures": ("words", "failure words of the others"),
    "dns.agrees": ("bool", "system and independent answers share an address or the provider's range"),
    "dns.literal": ("bool", "the target is an address, nothing to resolve"),
    # -- proxy -----------------------------------------------------------------------------------------------------
    "proxy.dns.failure": ("failure", "why the proxy's name did not resolve"),
    "proxy.tcp.connected": ("bool", "a connection to the proxy was made"),
    "proxy.tcp.failure": ("failure", "why not"),
    "proxy.tcp.address": ("str", "address tried"),
    "proxy.connect.status": ("int", "status of the proxy's answer to CONNECT"),
    "proxy.connect.failure": ("failure", "why the proxy gave no readable answer"),
    "proxy.connect.schemes": ("words", "authentication schemes a 407 offers, lower case"),
    "proxy.connect.server": ("str", "Server, Via or Proxy-Agent of its answer"),
    "proxy.connect.title": ("str", "title or first line of its page"),
    "proxy.connect.reason": ("str", "reason phrase or X-Squid-Error, X-Deny-Reason and the like"),
    # -- connections -----------------------------------------------------------------------------------------------
    **{f"tcp.v4.{k}": v for k, v in _FAMILY.items()},
    **{f"tcp.v6.{k}": v for k, v in _FAMILY.items()},
    "tcp.connected": ("bool", "a connection to the target was made as this client would"),
    "tcp.failure": ("failure", "why not"),
    # -- TLS -------------------------------------------------------------------------------------------------------
    "tls.handshake.completed": ("bool", "a handshake without verification completed"),
    "tls.handshake.failure": ("failure", "why not"),
    "tls.handshake.version": ("str", "protocol version"),
    "tls.handshake.seconds": ("float", "time it took"),
    "tls.client.trusted": ("bool", "the client's trust set accepts the chain and the name"),
    "tls.client.failure": ("failure", "why not"),
    "tls.client.roots": ("int", "certificates in the client's trust set"),
    "tls.public.trusted": ("bool", "the public roots accept it"),
    "tls.public.failure": ("failure", "why not"),
    "tls.system.trusted": ("bool", "the operating system's store accepts it"),
    "tls.system.failure": ("failure", "why not"),
    "tls.chain.length": ("int", "certificates sent"),
    "tls.chain.subject": ("str", "subject of the end entity"),
    "tls.chain.issuer": ("str", "issuer of the end entity"),
    "tls.chain.root": ("str", "issuer of the last certificate sent"),
    "tls.chain.names": ("words", "DNS names of the end entity"),
    "tls.chain.not_before": ("str", "RFC 3339"),
    "tls.chain.not_after": ("str", "RFC 3339"),
    "tls.chain.self_signed": ("bool", "the end entity signed itself"),
    "tls.chain.fingerprint": ("str", "sha256 of the end entity"),
    "tls.chain.name_matches": ("bool", "the end entity names the target"),
    "tls.chain.valid_now": ("bool", "local time lies within its dates"),
    "tls.chain.valid_at_remote_time": ("bool", "the time that other servers tell lies within its dates"),
    # -- clock -----------------------------------------------------------------------------------------------------
    "clock.offset_seconds": ("float", "local time minus the median of the HTTP dates seen"),
    "clock.samples": ("int", "how many dates"),
    "clock.agreed": ("bool", "they agree within a minute"),
    # -- HTTP ------------------------------------------------------------------------------------------------------
    **{f"{probe}.{k}": v for probe in _HTTP_PROBES for k, v in _HTTP_FACTS.items()},
    "hello.ok": ("bool", "both first-run addresses answered 200 with their own body"),
    "edge.trace.country": ("str", "exit country as the edge sees it, ISO 3166"),
    "edge.trace.listed": (
        "bool",
        "that country stands on a list of supported ones; absent for territories that no list decides",
    ),
    "edge.trace.ip": ("str", "exit address"),
    "edge.trace.colo": ("str", "the edge's site"),
    "api.models.accepted": ("bool", "200 with the API's own list"),
    "api.models.credential_sent": ("bool", "the credential went with the request"),
    "api.models.withheld": ("str", "why it did not: none, unverified_tls, other_vendor, malformed, guard"),
    "api.models.organization": ("str", "anthropic-organization-id of the answer"),
    "api.model.listed": ("bool", "the configured model stands in the list"),
    "api.count_tokens.accepted": ("bool", "200 with a token count"),
    "service.status.indicator": ("str", "none minor major critical"),
    "service.status.api": ("str", "state of the API's component"),
    "service.status.incidents": ("words", "titles of open incidents that concern the API"),
}
