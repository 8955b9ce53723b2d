"""TLS and the certificates in it, and the clock that they are judged by."""

from __future__ import annotations

from datetime import timedelta

from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import tls
from tests.scenarios.networks.declaring import OFFICE, THROUGH_OFFICE, Broken, first_party

NETWORKS = (
    Broken("a CA file without a certificate, of a client that stops at it", "tls_ca_misconfigured", client="claude-code@2.1.197",
           environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": b"hello"}, below="healthy"),
    Broken("inspecting proxy", "tls_intercepted", lambda: {OFFICE: proxy(inspects=True)}, THROUGH_OFFICE, below="tls_certificate_invalid"),
    Broken("inspected on the way", "tls_intercepted", first_party(tls(chain="private_ca")), mode="interactive", below="tls_certificate_invalid"),
    Broken("clock behind", "clock_skew", lab={"ahead": timedelta(days=400)}, below="tls_certificate_invalid"),
    Broken("expired certificate", "tls_certificate_invalid", first_party(tls(chain="expired")), below="clock_skew"),
    Broken("certificate of another name", "tls_certificate_invalid", first_party(tls(chain="wrong_name")), below="tls_intercepted"),
    Broken("not TLS", "tls_handshake_failed", first_party(tls(plain_http=True)), below="firewall_blocked"),
)  # fmt: skip
