"""Which walks are made for which cause, and why some causes have none. Complete: ``test_by_the_book`` holds it against the knowledge."""

from __future__ import annotations

import json

from diagnostics.lab import KEY, vendors
from diagnostics.lab.api import MODELS, api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import Tls
from tests.book.declaring import PERSON, TIME, Mend, Walk
from tests.scenarios.networks.declaring import API, OFFICE
from tests.scenarios.networks.requests import given

_NEW_KEY = {"ANTHROPIC_API_KEY": KEY}
_LOGIN = "sk-ant-oat01-" + "signed-in-again-" * 6 + "AA"
_SIGNED_IN = json.dumps({"claudeAiOauth": {"accessToken": _LOGIN, "refreshToken": "r" * 60, "expiresAt": 4_102_444_800_000,
                                           "scopes": ["user:inference"]}})  # fmt: skip
_SIGNS_IN = {
    "claude": f"""[ "$1 $2" = "auth login" ] && mkdir -p ~/.claude && printf %s '{_SIGNED_IN}' > ~/.claude/.credentials.json"""
}
_UPDATES = {
    "claude": '[ "$1" = update ] && mkdir -p ~/.local/share/claude/versions && touch ~/.local/share/claude/versions/2.1.330'
}
_HAS_A_TUNNEL = {"ip": '[ "$1 $2" != "route get" ] || echo "160.79.104.10 dev tun0 src 10.8.0.2 uid 1000"'}
_FINE = {"hosts": dict}  # everything that is not declared is healthy
_GATEWAY = "llm.corp.example"
_GATEWAY_WORKS = {"hosts": lambda: {_GATEWAY: vendors.gateway(tls=Tls())}}
_ROOT = {"~/company-root.pem": private_root().pem.encode()}
_OPEN = {"hosts": lambda: {OFFICE: proxy()}, "lab": {}}

NETWORK_TEAM, IT, RESOLVER = "the network team", "your IT department", "whoever runs the resolver"
PROXY, GATEWAY, SERVER = "whoever runs the proxy", "whoever runs the gateway", "whoever runs the server"
FILTER, ACCOUNT, KEY_OWNER = (
    "whoever runs the server or the filter",
    "the owner of the account",
    "the owner of the key's account",
)
SUPPORT = "the provider's support"

WALKS: dict[str, tuple[Walk, ...]] = {
    "base_url_malformed": (Walk("base URL without scheme", lasting=True), Walk("base URL in quotes", lasting=True),
                           Walk("base URL with a whole endpoint"), Walk("base URL with http:// to Anthropic's own host", lasting=True)),
    "base_url_other_provider": (
        Walk("base URL of another vendor", lasting=True),
        Walk("base URL of another vendor, in a settings file"),
    ),
    "captive_portal": (Walk("hotel", Mend(PERSON, _FINE)),),
    "client_outdated": (
        Walk("a settings file's proxy, which the native build does not read", programs=_UPDATES),
    ),
    "clock_skew": (Walk("clock behind", Mend("timedatectl set-ntp true", {"lab": {}})),),
    "credential_conflict": (
        Walk("a left-over key wins over the login", lasting=True),
        Walk("the key of a settings file wins over the terminal's"),
        Walk("a key of the custom headers wins over a good one", lasting=True),
        Walk("a good token beside a refused key", answers={"meant": "winner"}, lasting=True),
    ),
    "credit_exhausted": (Walk("credit used up", Mend(ACCOUNT, _FINE)),),
    "dns_failure": (
        Walk("name unknown here", Mend(RESOLVER, {"lab": {}})),
        Walk("platform's name unknown, first run", Mend(RESOLVER, {"lab": {}})),
        Walk("a gateway's name that nobody knows", answers={"api": "anthropic"}, lasting=True),
    ),
    "dns_hijacked": (
        Walk("name led to this machine", Mend(RESOLVER, {"hosts": dict, "lab": {}})),
        Walk("the platform's name leads to this machine", Mend(RESOLVER, {"hosts": dict, "lab": {}})),
    ),
    "edge_blocked": (Walk("challenge", Mend(SUPPORT, _FINE)), Walk("a challenge in place of the platform", Mend(SUPPORT, _FINE))),
    "firewall_blocked": (
        Walk("connections refused", Mend(NETWORK_TEAM, _FINE)),
        Walk("platform blocked, first run", Mend(NETWORK_TEAM, _FINE)),
    ),
    "gateway_fault": (
        Walk("gateway's port closed", Mend(GATEWAY, {"hosts": lambda: {_GATEWAY: vendors.gateway(tls=Tls())}})),
        Walk("gateway gone", answers={"wanted": "no"}, lasting=True),
    ),
    "headers_invalid": (Walk("a mistyped beta of the client's settings", lasting=True),),
    "ipv6_broken": (Walk("IPv6 connects and carries nothing", Mend(NETWORK_TEAM, {"lab": {}})),),
    "key_forbidden": (Walk("key without permission", Mend(KEY_OWNER, _FINE)),),
    "key_malformed": (Walk("key in quotes", types=_NEW_KEY), Walk("another vendor's key", types=_NEW_KEY),
                      Walk("a token beside a key that cannot be sent", lasting=True)),
    "key_missing": (
        Walk("no key", types=_NEW_KEY),
        Walk("near-miss name", types=_NEW_KEY),
    ),
    "key_rejected": (Walk("revoked key", types=_NEW_KEY), Walk("revoked key of a settings file", types=_NEW_KEY),
                     Walk("gateway that lists for anybody and refuses the key", Mend(KEY_OWNER, _GATEWAY_WORKS))),
    "login_expired": (
        Walk("login refused", Mend("claude auth login", {"hosts": lambda: {API: api(keys=(_LOGIN,))}}), programs=_SIGNS_IN),
    ),
    "model_unknown": (Walk("a retired model", knows={"MODEL-NAME": MODELS[0]}, lasting=True),),
    "mtu_blackhole": (
        Walk("large packets vanish on the way to the API", Mend("ip link set dev tun0 mtu 1280", _FINE), programs=_HAS_A_TUNNEL),
        Walk("large packets vanish on the way to the API", Mend("whoever runs the VPN or the network", _FINE), answers={"without": "must"}),
    ),
    "network_unstable": (Walk("every connection is taken, and none answered", Mend(NETWORK_TEAM, _FINE)),),
    "no_internet": (
        Walk("everything is refused", Mend(PERSON, {"hosts": dict, "lab": {}})),
        Walk("gateway gone, and no way out, first run", Mend(PERSON, {"hosts": dict, "lab": {}}), answers={"wanted": "no"}),
    ),
    "onboarding_check_blocked": (Walk("gateway works, and the first run's hosts are blocked"),),
    "org_disabled": (Walk("organisation disabled", Mend(ACCOUNT, _FINE), answers={"whose": "right"}),),
    "overloaded": (Walk("overloaded", Mend(TIME, _FINE)),),
    "payload_invalid": (Walk("max_token", Mend(PERSON, {"asked": given()})),),
    "proxy_auth_required": (
        Walk("proxy of a settings file wants credentials", types={"u": "anna", "p": "s3cret-pw"}),
        Walk("proxy refuses the credentials", types={"u": "anna", "p": "s3cret-pw"}, knows={"USER:PASSWORD": "anna:s3cret-pw"},
             lasting=True),
    ),
    "proxy_blocked": (
        Walk("proxy forbids", Mend(PROXY, _OPEN)),
        Walk("proxy opens the tunnel and cuts it at the name", Mend(PROXY, _OPEN)),
        Walk("a gateway of this machine, asked through a proxy that refuses"),
    ),
    "proxy_bypassed": (Walk("NO_PROXY sends it around the only way"), Walk("a proxy that only npm was told of", lasting=True)),
    "proxy_malformed": (
        Walk("a proxy in quotes", lasting=True),
        Walk("a password with a hash sign", types={"u": "anna", "p": "p@ss#w"}),
    ),
    "proxy_unreachable": (
        Walk("proxy's name unknown", lasting=True),
        Walk("nothing at the proxy", lasting=True),
        Walk("something else listens at the proxy's port"),
        Walk("a proxy of curl's own file that is gone"),
        Walk("proxies of a settings file and of the shell, all gone"),
    ),
    "rate_limited": (Walk("too many requests", Mend(TIME, _FINE)),),
    "region_unsupported": (
        Walk("country not served", knows={"proxy.example.com:8080": OFFICE}, beside={"hosts": lambda: {OFFICE: proxy(exit_country="DE")}},
             lasting=True),
    ),
    "request_too_large": (Walk("a prompt over the model's window", Mend(PERSON, {"asked": given()})),),
    "service_outage": (Walk("server errors", Mend(TIME, _FINE)), Walk("the first run's service fails", Mend(TIME, _FINE))),
    "settings_broken": (
        Walk("a broken settings file that it stops at", writes={"~/.claude/settings.json": b'{"env": {}}'}),
    ),
    "stream_interrupted": (
        Walk("a gateway that collects events and tells their length",
             Mend(GATEWAY, {"hosts": lambda: {_GATEWAY: vendors.gateway(tls=Tls(), message="whole")}})),
    ),
    "tls_ca_misconfigured": (
        Walk("re-signed, and the CA file is not there", Mend(IT, sends=_ROOT), lasting=True),
        Walk("the company's authority in place of all others", lasting=True),
    ),
    "tls_certificate_invalid": (Walk("expired certificate", Mend(FILTER, _FINE)),),
    "tls_handshake_failed": (
        Walk("not TLS", Mend(SERVER, _FINE)),
        Walk("the platform does not speak TLS", Mend(NETWORK_TEAM, _FINE)),
    ),
    "tls_intercepted": (
        Walk("inspecting proxy", Mend(IT, sends=_ROOT), lasting=True),
        Walk("inspected, for an SDK with a list of its own", Mend(IT, sends=_ROOT), lasting=True),
    ),
    "unknown": (Walk("the API never answers", Mend(TIME, _FINE)),),
}  # fmt: skip

NOT_WALKED: dict[str, str] = {
    "healthy": "nothing is broken; its one step is the end of every other walk",
}
