"""TLS and the certificates in it, and the clock that they are judged by."""

from __future__ import annotations

from datetime import timedelta

from diagnostics.lab import vendors
from diagnostics.lab.api import api
from diagnostics.lab.certificates import leaf, private_root
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import INSPECTED, tls
from tests.scenarios.networks.declaring import (
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    PLATFORM,
    THROUGH_OFFICE,
    Broken,
    first_party,
)

_CORP = private_root().pem
_CORP_FILE = {"/corp.pem": _CORP.encode()}

NETWORKS = (
    Broken("a CA file without a certificate, of a client that stops at it", "tls_ca_misconfigured", client="claude-code@2.1.197",
           environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": b"hello"}, below="healthy"),
    Broken("re-signed, and the CA file is not there", "tls_ca_misconfigured", first_party(INSPECTED), {"NODE_EXTRA_CA_CERTS": "/corp.pem"},
           below="tls_intercepted", role=NEIGHBOUR),
    Broken("a proxy re-signs, and the CA file is empty", "tls_ca_misconfigured", lambda: {OFFICE: proxy(inspects=True)},
           {**THROUGH_OFFICE, "NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": b""}, below="tls_intercepted"),
    Broken("the company's authority in place of all others", "tls_ca_misconfigured", client="anthropic-python",
           environ={"SSL_CERT_FILE": "/corp.pem"}, files=_CORP_FILE, below="tls_certificate_invalid", role=PLAIN),

    Broken("inspecting proxy", "tls_intercepted", lambda: {OFFICE: proxy(inspects=True)}, THROUGH_OFFICE, below="tls_certificate_invalid",
           role=PLAIN),
    Broken("inspected on the way", "tls_intercepted", first_party(INSPECTED), mode="interactive", below="tls_certificate_invalid"),
    Broken("inspected, and only the system's store knows it", "tls_intercepted", first_party(INSPECTED), client="anthropic-python@0.121.0",
           system_pem=_CORP, below="tls_ca_misconfigured", role=NEIGHBOUR),
    Broken("inspected, for an SDK with a list of its own", "tls_intercepted", first_party(INSPECTED), client="anthropic-python",
           below="tls_certificate_invalid"),
    Broken("only the platform is inspected, first run", "tls_intercepted", lambda: {PLATFORM: api(tls=INSPECTED)}, mode="interactive",
           below="firewall_blocked"),
    Broken("inspected, for a version without the system's store", "tls_intercepted", first_party(INSPECTED), client="claude-code@2.1.90",
           system_pem=_CORP, below="dns_hijacked"),

    Broken("clock behind", "clock_skew", lab={"ahead": timedelta(days=400)}, below="tls_certificate_invalid", role=PLAIN),
    Broken("clock ahead", "clock_skew", lab={"ahead": timedelta(days=-500)}, below="tls_certificate_invalid"),
    Broken("clock behind, through a proxy", "clock_skew", lambda: {OFFICE: proxy()}, THROUGH_OFFICE, lab={"ahead": timedelta(days=3000)},
           below="tls_intercepted"),
    Broken("clock behind, first run", "clock_skew", mode="interactive", lab={"ahead": timedelta(days=900)}, below="tls_certificate_invalid",
           role=NEIGHBOUR),

    Broken("expired certificate", "tls_certificate_invalid", first_party(tls(chain="expired")), below="clock_skew", role=PLAIN),
    Broken("certificate of another name", "tls_certificate_invalid", first_party(tls(chain="wrong_name")), below="tls_intercepted"),
    Broken("certificate that is not valid yet", "tls_certificate_invalid", first_party(tls(chain="not_yet_valid")), below="clock_skew",
           role=NEIGHBOUR),
    Broken("certificate that signed itself", "tls_certificate_invalid", first_party(tls(chain="self_signed")), below="tls_intercepted"),
    Broken("a gateway's expired certificate", "tls_certificate_invalid", lambda: {"llm.corp.example": vendors.gateway(tls=tls(chain="expired"))},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="gateway_fault"),

    Broken("not TLS", "tls_handshake_failed", first_party(tls(plain_http=True)), below="firewall_blocked", role=PLAIN),
    Broken("a version of TLS that is too old", "tls_handshake_failed", first_party(tls(version="1.0")), below="tls_certificate_invalid"),
    Broken("no cipher in common", "tls_handshake_failed", first_party(tls(rare_cipher=True)), below="tls_intercepted"),
    Broken("a gateway that wants a certificate of the client", "tls_handshake_failed",
           lambda: {"llm.corp.example": vendors.gateway(tls=tls(client_cert=True, version="1.2"))},
           {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="firewall_blocked", role=NEIGHBOUR),

    Broken("another company's CA file, and re-signed by ours", "tls_intercepted", first_party(INSPECTED), {"NODE_EXTRA_CA_CERTS": "/other.pem"},
           {"/other.pem": leaf("ca.acme.example", "self_signed").pem.encode()}, below="tls_ca_misconfigured"),
    Broken("clock years behind", "clock_skew", lab={"ahead": timedelta(days=9000)}, below="tls_certificate_invalid"),
    Broken("clock a day off, and every certificate is still in its dates", "healthy", lab={"ahead": timedelta(days=1)}, also=("clock_skew",)),
)  # fmt: skip
