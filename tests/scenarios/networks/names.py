"""Names that do not resolve, or lead elsewhere."""

from __future__ import annotations

from diagnostics.lab import controls, tcp
from diagnostics.lab.api import api
from diagnostics.lab.tls import INSPECTED
from tests.scenarios.networks.declaring import API, NEIGHBOUR, PLAIN, PLATFORM, Broken

NETWORKS = (
    Broken("name unknown here", "dns_failure", lab={"resolver": {API: "nxdomain"}}, below="dns_hijacked", role=PLAIN),
    Broken("resolver fails for all", "dns_failure", lab={"resolver": {"*": "servfail"}}, below="no_internet", role=NEIGHBOUR,
           fixed=("controls_filtered",)),
    Broken("resolver refuses", "dns_failure", lab={"resolver": {API: "refused"}}, below="firewall_blocked"),
    Broken("resolver never answers for this name", "dns_failure", lab={"resolver": {API: "silent", PLATFORM: "silent"}}, below="firewall_blocked"),
    Broken("platform's name unknown, first run", "dns_failure", mode="interactive", lab={"resolver": {PLATFORM: "nxdomain"}},
           below="firewall_blocked"),
    Broken("a gateway's name that nobody knows", "dns_failure", environ={"ANTHROPIC_BASE_URL": "https://llm.corp.example"}, below="gateway_fault"),
    Broken("a cloud's region that is none", "dns_failure", environ={"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_REGION": "us-est-1"}, key=None,
           below="base_url_malformed"),
    Broken("a cloud's gateway whose name nobody knows", "dns_failure", key=None, below="gateway_fault",
           environ={"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_BASE_URL": "https://vertex.corp.example"}),

    Broken("name led to this machine", "dns_hijacked", lambda: {API: tcp.refused()}, lab={"resolver": {API: ("127.0.0.1",)}},
           below="firewall_blocked", role=PLAIN),
    Broken("name led to nowhere", "dns_hijacked", lambda: {API: tcp.refused()}, lab={"resolver": {API: ("0.0.0.0",)}},
           below="firewall_blocked"),
    Broken("name led to a page of the company's", "dns_hijacked", lambda: {API: controls.block_page(tls=INSPECTED)},
           lab={"resolver": {API: ("10.20.30.40",)}}, below="tls_intercepted"),
    Broken("name led to a stranger's server", "dns_hijacked", lambda: {"185.199.108.153": api()},
           lab={"resolver": {API: ("185.199.108.153",)}}, below="tls_certificate_invalid", role=NEIGHBOUR),
    Broken("both names led to a sinkhole that is silent", "dns_hijacked", lambda: {API: tcp.blackhole(), PLATFORM: tcp.blackhole()},
           lab={"resolver": {API: ("146.112.61.104",), PLATFORM: ("146.112.61.104",)}}, below="firewall_blocked"),
)  # fmt: skip
