"""What only some clients and versions meet."""

from __future__ import annotations

from diagnostics.lab import KEY, tcp, vendors
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import Tls, tls
from tests.scenarios.networks.declaring import (
    HOME,
    NEIGHBOUR,
    OFFICE,
    PLAIN,
    SETTINGS,
    THROUGH_OFFICE,
    Broken,
    first_party,
)

_GATEWAY = "llm.corp.example"
_INSIDE = {**THROUGH_OFFICE, "ANTHROPIC_BASE_URL": f"https://{_GATEWAY}", "NO_PROXY": f"localhost,{_GATEWAY}"}
_REFUSING = {OFFICE: proxy(connect=403, page="Access Denied")}
_FENCED = {"direct": {"*": tcp.refused()}}
_SITE = f"{HOME}/.local/lib/python3.11/site-packages"
_NODE = f"{HOME}/.nvm/versions/node"


_DECLINED = {
    f"{HOME}/.claude.json": f'{{"hasCompletedOnboarding": true, "customApiKeyResponses": {{"rejected": ["{KEY[-20:]}"]}}}}'.encode()
}


def _python(*packages: str) -> dict[str, bytes]:
    """Packages that lie together where the person's Python finds them."""
    return {f"{_SITE}/{package}.dist-info/METADATA": b"" for package in packages}


def _node(version: str) -> dict[str, str]:
    return {"PATH": f"{_NODE}/v{version}/bin"}


def _native(version: str) -> dict[str, bytes]:
    return {f"{HOME}/.local/share/claude/versions/{version}": b""}


NETWORKS = (
    Broken("NO_PROXY is not read, and the proxy refuses the gateway", "client_outdated",
           lambda: {_GATEWAY: vendors.gateway(tls=Tls()), **_REFUSING}, _INSIDE, client="claude-code@2.1.30", below="proxy_blocked", role=PLAIN),
    Broken("NO_PROXY is not read, and the proxy is gone", "client_outdated",
           lambda: {_GATEWAY: vendors.gateway(tls=Tls()), OFFICE: tcp.refused(3128)}, _INSIDE, client="claude-code@2.1.83",
           below="proxy_unreachable"),
    Broken("a proxy in lower case, which this version does not read", "client_outdated", lambda: {OFFICE: proxy()},
           {"https_proxy": f"http://{OFFICE}"}, client="claude-code@1.0.15", lab=_FENCED, below="proxy_bypassed", role=NEIGHBOUR),
    Broken("a settings file's proxy, which the native build does not read", "client_outdated", lambda: {OFFICE: proxy()},
           files={SETTINGS: f'{{"env": {{"HTTPS_PROXY": "http://{OFFICE}"}}}}'.encode(), **_native("2.1.20")}, home=HOME, lab=_FENCED,
           below="firewall_blocked", fixed=("out_of_settings", "newer_version")),
    Broken("an SDK that knows no proxies", "client_outdated", lambda: {OFFICE: proxy()}, THROUGH_OFFICE, client="anthropic-python@0.50.0",
           lab=_FENCED, below="proxy_bypassed"),
    Broken("the httpx beside it is too new", "client_outdated", files=_python("anthropic-0.39.0", "httpx-0.28.1"), home=HOME,
           client="anthropic-python", below="healthy"),
    Broken("the Node is too old for the SDK", "client_outdated", environ=_node("16.20.2"), files={f"{_NODE}/v16.20.2/bin/node": b""}, home=HOME,
           client="anthropic-typescript@1.12.0", below="healthy"),
    Broken("an option that this Node does not know", "client_outdated", files={f"{_NODE}/v20.20.2/bin/node": b""}, home=HOME,
           environ={**_node("20.20.2"), "NODE_OPTIONS": "--use-system-ca"}, client="node", below="healthy"),
    Broken("the first run's check hangs at a proxy over TLS", "client_outdated", lambda: {OFFICE: proxy(tls=Tls())},
           {"HTTPS_PROXY": f"https://{OFFICE}"}, client="claude-code@2.1.205", mode="interactive", below="onboarding_check_blocked"),

    Broken("an old version whose fault does no harm", "healthy", lambda: {_GATEWAY: vendors.gateway(tls=Tls()), OFFICE: proxy()}, _INSIDE,
           client="claude-code@2.1.30", also=("client_outdated",)),
    Broken("a check that would hang, where no check is made", "healthy", lambda: {OFFICE: proxy(tls=Tls())},
           {"HTTPS_PROXY": f"https://{OFFICE}"}, client="claude-code@2.1.205"),
    Broken("an old version, and no way around the proxy that refuses", "proxy_blocked",
           lambda: {_GATEWAY: vendors.gateway(tls=Tls()), **_REFUSING}, _INSIDE, client="claude-code@2.1.30", lab=_FENCED,
           below="client_outdated", also=("client_outdated",)),

    Broken("an entry of NO_PROXY at which the SDK ends", "proxy_malformed", environ={"NO_PROXY": "localhost,127.0.0.1,[::1]"},
           client="anthropic-python", below="healthy"),
    Broken("a SOCKS proxy for everything, beside one for https", "proxy_malformed", lambda: {OFFICE: proxy()},
           {**THROUGH_OFFICE, "all_proxy": "socks://127.0.0.1:7891/"}, client="anthropic-python", below="healthy"),
    Broken("SOCKS without the package for it", "proxy_malformed", files=_python("requests-2.34.2"), home=HOME,
           environ={"HTTPS_PROXY": "socks5://127.0.0.1:1080"}, client="python-requests", below="proxy_unreachable"),
    Broken("a proxy without scheme, and a version that starts with none such", "proxy_malformed", lambda: {OFFICE: proxy()},
           {"HTTPS_PROXY": OFFICE}, client="claude-code@2.1.240", below="proxy_unreachable"),
    Broken("a proxy without scheme, and a version that reads it", "healthy", lambda: {OFFICE: proxy()}, {"HTTPS_PROXY": OFFICE},
           client="claude-code@2.1.330"),
    Broken("a bundle for requests that is not there", "tls_ca_misconfigured", environ={"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"},
           client="python-requests", below="tls_intercepted"),
    Broken("Node that is told of no proxy, behind a fence", "proxy_bypassed", lambda: {OFFICE: proxy()}, {**THROUGH_OFFICE, **_node("24.21.0")},
           files={f"{_NODE}/v24.21.0/bin/node": b""}, home=HOME, client="node", lab=_FENCED, below="firewall_blocked"),
    Broken("Node that is told of its proxy", "healthy", lambda: {OFFICE: proxy()},
           {**THROUGH_OFFICE, **_node("24.21.0"), "NODE_USE_ENV_PROXY": "1"}, files={f"{_NODE}/v24.21.0/bin/node": b""}, home=HOME, client="node",
           lab=_FENCED),
    Broken("a bundle that the SDK ends at, although nothing is secured", "tls_ca_misconfigured",
           lambda: {f"{_GATEWAY}:80": vendors.gateway()}, {"ANTHROPIC_BASE_URL": f"http://{_GATEWAY}", "SSL_CERT_FILE": "/nowhere/ca.pem"},
           client="anthropic-python", below="gateway_fault"),
    Broken("a broken bundle before a gateway without TLS", "healthy", lambda: {f"{_GATEWAY}:80": vendors.gateway()},
           {"ANTHROPIC_BASE_URL": f"http://{_GATEWAY}", "NODE_EXTRA_CA_CERTS": "/ca.pem"}, files={"/ca.pem": b"hello"},
           client="claude-code@2.1.197", also=("tls_ca_misconfigured",)),
    Broken("a broken bundle before a gateway without TLS, first run", "tls_ca_misconfigured", lambda: {f"{_GATEWAY}:80": vendors.gateway()},
           {"ANTHROPIC_BASE_URL": f"http://{_GATEWAY}", "NODE_EXTRA_CA_CERTS": "/ca.pem"}, files={"/ca.pem": b"hello"}, mode="interactive",
           client="claude-code@2.1.197", below="onboarding_check_blocked"),
    Broken("a client certificate that is none", "tls_ca_misconfigured", files={"/own.pem": b"hello", "/own.key": b"hello"},
           environ={"CLAUDE_CODE_CLIENT_CERT": "/own.pem", "CLAUDE_CODE_CLIENT_KEY": "/own.key"}, client="claude-code@2.1.197", below="healthy"),
    Broken("a client certificate that is not there", "healthy", environ={"CLAUDE_CODE_CLIENT_CERT": "/own.pem", "CLAUDE_CODE_CLIENT_KEY": "/own.key"},
           client="claude-code@2.1.197"),
    Broken("a client certificate that is none, and a version that goes on without", "healthy", files={"/own.pem": b"hello", "/own.key": b"hello"},
           environ={"CLAUDE_CODE_CLIENT_CERT": "/own.pem", "CLAUDE_CODE_CLIENT_KEY": "/own.key"}, client="claude-code@2.1.330"),
    Broken("a time limit that overflows", "client_outdated", environ={"API_TIMEOUT_MS": "9999999999"}, client="claude-code@2.1.197",
           below="healthy"),
    Broken("a time limit of milliseconds that was meant as seconds", "unknown", environ={"API_TIMEOUT_MS": "600"}),
    Broken("a short time limit", "healthy", environ={"API_TIMEOUT_MS": "20000"}),
    Broken("a time limit that newer versions take", "healthy", environ={"API_TIMEOUT_MS": "9999999999"}, client="claude-code@2.1.330"),
    Broken("the operator wants a login, and a key is set", "credential_conflict",
           files={"/etc/claude-code/managed-settings.json": b'{"forceLoginMethod": "claudeai"}'}, below="healthy"),
    Broken("a key that the person once declined", "key_missing", mode="interactive", home=HOME, below="key_rejected",
           files=_DECLINED, fixed=("other_key",)),  # another key is none that was declined
    Broken("a key that the person once declined, used as a program", "healthy", home=HOME,
           files=_DECLINED),
    Broken("curl beside a dead base URL that it does not read", "healthy", environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, client="curl"),
    Broken("inspected on the way, and requests trusts its own list", "tls_intercepted", first_party(tls(chain="private_ca")),
           client="python-requests", below="tls_certificate_invalid"),
)  # fmt: skip
