"""Two faults at once: the one that the client meets first on its path is the verdict, the other is listed beside it."""

from __future__ import annotations

from datetime import timedelta

from diagnostics.lab import KEY, tcp
from diagnostics.lab.api import api
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import INSPECTED, tls
from tests.scenarios.networks.declaring import (
    API,
    COMPOUND,
    OFFICE,
    PLATFORM,
    REVOKED,
    THROUGH_OFFICE,
    Broken,
    both,
    first_party,
)

_QUOTED = {"ANTHROPIC_API_KEY": f'"{KEY}"'}
_PLACEHOLDER = {"ANTHROPIC_API_KEY": "<your-api-key>"}
_UNSENDABLE = {"ANTHROPIC_API_KEY": f"{KEY[:40]}\n{KEY[40:]}"}
_NO_KEY = {"ANTHROPIC_API_KEY": ""}
_REFUSED = {"ANTHROPIC_API_KEY": REVOKED}
_BROKEN_SETTINGS = {"/.claude/settings.json": b'{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},}'}
_NO_CA = {"NODE_EXTRA_CA_CERTS": "/gone.pem"}
_LOCKED = {OFFICE: proxy(connect=407, credentials=("anna", "s3cret-pw"))}
_BLOCKED = {API: tcp.refused(), PLATFORM: tcp.refused()}

NETWORKS = (
    Broken("a locked proxy, and a key in quotes", "proxy_auth_required", lambda: _LOCKED, {**THROUGH_OFFICE, **_QUOTED},
           also=("key_malformed",), role=COMPOUND),
    Broken("a locked proxy, and a key with a line break", "key_malformed", lambda: _LOCKED, {**THROUGH_OFFICE, **_UNSENDABLE},
           also=("proxy_auth_required",), role=COMPOUND),
    Broken("a dead proxy, and another vendor's base URL", "proxy_unreachable", lambda: {OFFICE: tcp.refused(3128)},
           {**THROUGH_OFFICE, "ANTHROPIC_BASE_URL": "https://api.openai.com"}, also=("base_url_other_provider",), role=COMPOUND),
    Broken("a proxy it cannot use, and a placeholder", "proxy_malformed", environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080", **_PLACEHOLDER},
           also=("key_malformed",), role=COMPOUND),
    Broken("a proxy that passes the first host alone, and a refused key", "proxy_blocked", lambda: {OFFICE: proxy(allowed=(API,))},
           {**THROUGH_OFFICE, **_REFUSED}, mode="interactive", also=("key_rejected",), role=COMPOUND),
    Broken("a filter, and a placeholder", "firewall_blocked", lambda: _BLOCKED, _PLACEHOLDER, also=("key_malformed",), role=COMPOUND),
    Broken("a filter before the platform, and a refused key", "firewall_blocked", lambda: {PLATFORM: tcp.refused()}, _REFUSED,
           mode="interactive", also=("key_rejected",), role=COMPOUND),
    Broken("a filter before the platform, and an API that fails", "firewall_blocked", lambda: {PLATFORM: tcp.refused(), API: api("error")},
           mode="interactive", also=("service_outage",), role=COMPOUND),
    Broken("settings that cannot be read, and a filter", "settings_broken", lambda: _BLOCKED, files=_BROKEN_SETTINGS, mode="interactive",
           also=("firewall_blocked",), role=COMPOUND),
    Broken("settings that cannot be read, and a key in quotes", "settings_broken", environ=_QUOTED, files=_BROKEN_SETTINGS, mode="interactive",
           also=("key_malformed",), role=COMPOUND),
    Broken("a base URL without scheme, and a key in quotes", "base_url_malformed", environ={"ANTHROPIC_BASE_URL": "api.anthropic.com", **_QUOTED},
           also=("key_malformed",), role=COMPOUND),
    Broken("a base URL with /v1, and a placeholder", "base_url_malformed",
           environ={"ANTHROPIC_BASE_URL": "https://api.anthropic.com/v1", **_PLACEHOLDER}, also=("key_malformed",), role=COMPOUND),
    Broken("re-signed, and a key in quotes", "tls_intercepted", first_party(INSPECTED), _QUOTED, also=("key_malformed",), role=COMPOUND),
    Broken("an expired certificate, and no key", "key_missing", first_party(tls(chain="expired")), _NO_KEY,
           also=("tls_certificate_invalid",), role=COMPOUND),
    Broken("a wrong clock, and a placeholder", "clock_skew", environ=_PLACEHOLDER, lab={"ahead": timedelta(days=500)},
           also=("key_malformed",), role=COMPOUND),
    Broken("a region, and no key", "key_missing", both("region"), _NO_KEY, also=("region_unsupported",), role=COMPOUND),
    Broken("a region at the first run, and no key", "region_unsupported", both("region"), _NO_KEY, mode="interactive",
           also=("key_missing",), role=COMPOUND),
    Broken("a region, and a CA file that is not there", "region_unsupported", both("region"), _NO_CA, also=("tls_ca_misconfigured",),
           role=COMPOUND),
    Broken("a name that leads here, and a placeholder", "dns_hijacked", lambda: {API: tcp.refused()}, _PLACEHOLDER,
           lab={"resolver": {API: ("127.0.0.1",)}}, also=("key_malformed",), role=COMPOUND),
    Broken("a name that is unknown, and no key", "key_missing", environ=_NO_KEY, lab={"resolver": {API: "nxdomain"}},
           also=("dns_failure",), role=COMPOUND),
    Broken("a refused key, and settings that are skipped", "key_rejected", environ=_REFUSED, files={"/.claude/settings.json": b'{"theme": "dark",}'},
           also=("settings_broken",), role=COMPOUND),
    Broken("too many requests, and a CA file that is not there", "rate_limited", lambda: {API: api("rate_limited")}, _NO_CA,
           also=("tls_ca_misconfigured",), role=COMPOUND),
    Broken("a dead gateway, and a key in quotes", "gateway_fault", environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", **_QUOTED},
           also=("key_malformed",), role=COMPOUND),
)  # fmt: skip
