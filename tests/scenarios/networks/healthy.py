"""Networks in which nothing stops the client, whatever stands beside."""

from __future__ import annotations

from diagnostics.lab import KEY, tcp, vendors
from diagnostics.lab.api import api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import Tls
from tests.scenarios.networks.declaring import (
    API,
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    PLATFORM,
    REVOKED,
    THROUGH_OFFICE,
    Broken,
    everywhere,
    first_party,
)

NETWORKS = (
    Broken("print", "healthy", role=PLAIN),
    Broken("first run", "healthy", mode="interactive"),
    Broken("python sdk", "healthy", client="anthropic-python"),
    Broken("through a proxy", "healthy", lambda: {OFFICE: proxy()}, THROUGH_OFFICE, mode="interactive"),
    Broken("a gateway", "healthy", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())}, {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}),
    Broken("an inspecting proxy that is trusted", "healthy", lambda: {OFFICE: proxy(inspects=True)},
           {**THROUGH_OFFICE, "NODE_EXTRA_CA_CERTS": "/corp.pem"}, {"/corp.pem": private_root().pem.encode()}),
    Broken("controls and status filtered", "healthy",
           lambda: {**everywhere(tcp.refused), API: api(), PLATFORM: api()}, role=NEIGHBOUR),
    Broken("a refused token beside a good key", "healthy", environ={"ANTHROPIC_AUTH_TOKEN": REVOKED, "ANTHROPIC_API_KEY": KEY}),
    Broken("ALL_PROXY of a kind that it passes over", "healthy", environ={"ALL_PROXY": "socks5://127.0.0.1:1080"}),
    Broken("a broken settings file that is skipped", "healthy", files={"/.claude/settings.json": b'{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},}'},
           also=("settings_broken",)),
    Broken("a CA file that it passes over", "healthy", environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": b"hello"},
           also=("tls_ca_misconfigured",)),
    Broken("re-signed by an authority in SSL_CERT_FILE", "healthy", first_party(Tls(chain="private_ca")), {"SSL_CERT_FILE": "/corp.pem"},
           {"/corp.pem": private_root().pem.encode()}, client="claude-code@2.1.197"),
    Broken("NO_PROXY with a port", "healthy", lambda: {OFFICE: tcp.refused(3128)}, {**THROUGH_OFFICE, "NO_PROXY": f"{API}:443"}),
    Broken("a proxy it cannot use, for other hosts", "healthy", environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
)  # fmt: skip
