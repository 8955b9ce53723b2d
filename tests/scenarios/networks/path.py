"""What stops a connection on its way: filters, portals, dead ways, large packets, loss."""

from __future__ import annotations

from diagnostics.lab import controls, tcp
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import Tls, tls
from tests.scenarios.networks.declaring import API, PLATFORM, Broken, everywhere, first_party


def _hotel(port: int) -> Service:
    return controls.captive_portal(tls=Tls(chain="private_ca") if port == 443 else None)


NETWORKS = (
    Broken("connections refused", "firewall_blocked", lambda: {API: tcp.refused(), PLATFORM: tcp.refused()}, below="no_internet"),
    Broken("hello cut", "firewall_blocked", first_party(tls(reset_after_hello=True)), below="tls_intercepted"),
    Broken("platform blocked, first run", "firewall_blocked", lambda: {PLATFORM: tcp.refused()}, mode="interactive", below="no_internet"),
    Broken("hotel", "captive_portal", lambda: {**everywhere(_hotel), "1.1.1.1:53": tcp.silent(53), "8.8.8.8:53": tcp.silent(53)},
           below="tls_intercepted"),
)  # fmt: skip
