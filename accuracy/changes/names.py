"""Other names, ports, addresses and families for the same hosts."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from functools import cache
from random import Random

from accuracy.changes.base import ANTHROPIC, STATUS, Change, with_text
from diagnostics.lab.api import UNSERVED
from diagnostics.lab.network import internet
from tests.scenarios.networks.declaring import Broken

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.example(?::\d+)?")
_FIRST = ("llm", "ai-gateway", "claude-proxy", "gw7", "egress", "px-02", "webgw", "model-router", "out", "zen")
_REST = (
    "corp.acme.example",
    "intern.beispiel.example",
    "svc.cluster.local",
    "acme.test",
    "it.initech.internal",
    "hq.lan",
)
_UNSAID = ("", "80", "443")  # a URL that names the host need not name these
_PORTS = (3128, 8080, 8888, 9090, 4000, 8443)
_SERVED = ("US", "JP", "BR", "IN", "FR", "GB", "KR", "AU", "NG", "MX")


def rename(broken: Broken, rng: Random) -> Broken | None:
    """Proxies and gateways under other names, and at other ports where a port is named."""
    found = {*_HOST.findall(" ".join(broken.hosts())), *_HOST.findall(str(broken.environ) + str(broken.files))}
    found |= set(_HOST.findall(str(broken.lab.get("resolver", ""))))
    for number, place in enumerate(sorted(found, key=len, reverse=True)):
        host, _, port = place.partition(":")
        new = f"{rng.choice(_FIRST)}{number or ''}.{rng.choice(_REST)}"
        if port not in _UNSAID:
            broken = with_text(broken, place, f"{new}:{rng.choice(_PORTS)}")
        broken = with_text(broken, host, new)
    return broken if found else None


def addresses(broken: Broken, rng: Random) -> Broken | None:
    """The API at other addresses of its provider's ranges."""
    if {"addresses", "resolver", "v6"} & set(broken.lab):
        return None
    api, platform = (f"160.79.10{rng.randint(4, 5)}.{rng.randint(1, 254)}" for _ in range(2))
    two = (api, f"160.79.104.{rng.randint(1, 254)}") if rng.random() < 0.3 else (api,)
    known = {"api.anthropic.com": two, "platform.claude.com": (platform,)}
    return replace(broken, lab={**broken.lab, "addresses": known})


def dual_stack(broken: Broken, rng: Random) -> Broken | None:
    """Anthropic's hosts over IPv6 as well, in the same state."""
    if {"addresses", "resolver", "v6", "direct"} & set(broken.lab) or not _has_v6():
        return None
    usual = internet()
    hosts = broken.hosts()
    both = {host: hosts.get(host, usual[host]) for host in (*ANTHROPIC, STATUS)}
    return replace(broken, lab={**broken.lab, "v6": both})


@cache
def _has_v6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def country(broken: Broken, rng: Random) -> Broken | None:
    """Another country of the same kind: served, or not."""
    standing = broken.lab.get("country", "DE")
    others = sorted(UNSERVED - {"HK", "MO"}) if standing in UNSERVED else _SERVED
    return replace(broken, lab={**broken.lab, "country": rng.choice(others)})


CHANGES: tuple[Change, ...] = (rename, addresses, dual_stack, country)
