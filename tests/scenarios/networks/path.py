"""What stops a connection on its way: filters, portals, dead ways, large packets, loss."""

from __future__ import annotations

from diagnostics.lab import controls, tcp
from diagnostics.lab.certificates import private_root
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import Tls, tls
from tests.scenarios.networks.declaring import API, PLATFORM, Broken, everywhere, first_party


def _hotel(port: int, chain: str = "private_ca") -> Service:
    return controls.captive_portal(tls=Tls(chain=chain) if port == 443 else None)


def _lone_hotel(port: int) -> Service:
    return _hotel(port, "self_signed")


NETWORKS = (
    Broken("connections refused", "firewall_blocked", lambda: {API: tcp.refused(), PLATFORM: tcp.refused()}, below="no_internet"),
    Broken("hello cut", "firewall_blocked", first_party(tls(reset_after_hello=True)), below="tls_intercepted"),
    Broken("platform blocked, first run", "firewall_blocked", lambda: {PLATFORM: tcp.refused()}, mode="interactive", below="no_internet"),
    Broken("hotel", "captive_portal", lambda: {**everywhere(_hotel), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53)},
           below="tls_intercepted"),
    Broken("hotel with a certificate of its own making", "captive_portal",
           lambda: {**everywhere(_lone_hotel), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53)}, below="tls_certificate_invalid"),
    Broken("a filter's page for the API alone, where the filter is trusted", "proxy_blocked", lambda: {API: _hotel(443)},
           {"NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}, below="captive_portal"),
)  # fmt: skip
