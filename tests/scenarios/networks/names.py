"""Names that do not resolve, or lead elsewhere."""

from __future__ import annotations

from diagnostics.lab import tcp
from tests.scenarios.networks.declaring import API, Broken

NETWORKS = (
    Broken("name unknown here", "dns_failure", lab={"resolver": {API: "nxdomain"}}, below="no_internet"),
    Broken("resolver fails for all", "dns_failure", lab={"resolver": {"*": "servfail"}}, below="no_internet"),
    Broken("name led to this machine", "dns_hijacked", lambda: {API: tcp.refused()}, lab={"resolver": {API: ("127.0.0.1",)}},
           below="firewall_blocked"),
)  # fmt: skip
