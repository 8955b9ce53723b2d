"""Other keys of the same kind: accepted ones stay accepted, refused ones refused."""

from __future__ import annotations

import string
from dataclasses import replace
from random import Random

from accuracy.changes.base import Change, Hosts, each_site, is_claude, variables, with_hosts, with_text, with_variables
from diagnostics.lab import KEY
from diagnostics.lab.http import Request, Site
from diagnostics.lab.network import internet
from diagnostics.lab.serving import Service
from tests.scenarios.networks.declaring import REVOKED, Broken

_LETTERS = string.ascii_letters + string.digits + "_-"
_CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


def _fresh(rng: Random) -> str:
    return "sk-ant-api03-" + "".join(rng.choices(_LETTERS, k=93)) + "AA"


def other_key(broken: Broken, rng: Random) -> Broken | None:
    """Another key in place of the accepted one, wherever it stands; every server takes it for that one."""
    fresh = _fresh(rng)
    # A refused key is no longer the accepted one's text with another end, so that must stand apart from it.
    shown = with_text(with_variables(broken, variables(broken)), KEY, fresh)
    return with_hosts(shown, lambda hosts: _taking(hosts, fresh))


def _taking(hosts: dict[str, Service], fresh: str) -> Hosts:
    every = {**internet(), **hosts}
    return {key: each_site(one, lambda site: _translating(site, fresh)) for key, one in every.items()}


def _translating(site: Site, fresh: str) -> Site:
    def app(request: Request) -> object:
        headers = {name: value.replace(fresh, KEY) for name, value in request.headers.items()}
        return site.app(replace(request, headers=headers))

    return replace(site, app=app)  # type: ignore[arg-type]


def other_refused_key(broken: Broken, rng: Random) -> Broken | None:
    """Another key that nobody knows."""
    if REVOKED not in str(broken.environ) + str(broken.files):
        return None
    return with_text(broken, REVOKED, _fresh(rng))


def trimmed(broken: Broken, rng: Random) -> Broken | None:
    """White space around a key where this client takes it away."""
    shell = variables(broken)
    named = [name for name in _CREDENTIALS if shell.get(name, "").strip() and shell[name].isascii()]
    if not is_claude(broken) or not named:
        return None
    name = rng.choice(named)
    return with_variables(broken, {**shell, name: shell[name] + rng.choice(("\n", " ", "\r\n", "\t"))})


CHANGES: tuple[Change, ...] = (other_key, other_refused_key, trimmed)
