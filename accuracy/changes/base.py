"""What every change is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.lines import Line
from diagnostics.lab.network import internet
from diagnostics.lab.serving import Service
from tests.scenarios.networks.declaring import API, PLATFORM, Broken

Change = Callable[[Broken, Random], "Broken | None"]
Hosts = Mapping[str, Service]

CLAUDE = "claude-code"
NEWEST = ("claude-code@2.1.330", "claude-code@2.1.325", "claude-code@2.1.310")
STATUS = "status.claude.com"
CONTROLS = ("connectivitycheck.gstatic.com", "detectportal.firefox.com", "www.cloudflare.com")
RESOLVERS = ("1.1.1.1:53", "8.8.8.8:53", "1.1.1.1:443")
ANTHROPIC = (API, PLATFORM)


def declared(broken: Broken) -> frozenset[str]:
    """Hosts about which the network says something of its own, without their ports; resolvers keep theirs."""
    return frozenset(key if key in RESOLVERS else key.rpartition(":")[0] or key for key in broken.hosts())


def with_hosts(broken: Broken, changed: Callable[[dict[str, Service]], Hosts]) -> Broken:
    """The network with its hosts changed. ``changed`` gets the declared ones, anew for each run."""
    return replace(broken, hosts=lambda: changed(dict(broken.hosts())))


def with_sites(broken: Broken, answer: Callable[[Request, Response], Response]) -> Broken:
    """The network with every answer of Anthropic's own hosts changed."""

    def changed(hosts: dict[str, Service]) -> Hosts:
        usual = internet()
        for host in ANTHROPIC:
            service = hosts.get(host, usual[host])
            hosts[host] = each_site(service, lambda site: answering(site, answer))
        return hosts

    return with_hosts(broken, changed)


def each_site(service: Service, changed: Callable[[Site], Site]) -> Service:
    """The service with its site changed, also where that stands behind a bad line."""
    if isinstance(service, Line):
        return replace(service, inner=each_site(service.inner, changed))
    return changed(service) if isinstance(service, Site) else service


def answering(site: Site, answer: Callable[[Request, Response], Response]) -> Site:
    """The site with its answers changed."""
    return replace(site, app=lambda request: answer(request, site.app(request)))


def with_text(broken: Broken, old: str, new: str) -> Broken:
    """A text replaced wherever the network and the machine name it: hosts, the resolver, variables, files, options."""

    def renamed(hosts: dict[str, Service]) -> Hosts:
        return {key.replace(old, new): service for key, service in hosts.items()}

    lab = {name: _in_keys(value, old, new) for name, value in broken.lab.items()}
    return replace(
        with_hosts(broken, renamed),
        lab=lab,
        environ={name: value.replace(old, new) for name, value in broken.environ.items()},
        files={path: content.replace(old.encode(), new.encode()) for path, content in broken.files.items()},
        asked={name: _in_values(value, old, new) for name, value in broken.asked.items()},
    )


def _in_keys(value: object, old: str, new: str) -> object:
    if not isinstance(value, Mapping):
        return value
    return {str(key).replace(old, new): each for key, each in value.items()}


def _in_values(value: object, old: str, new: str) -> object:
    return value.replace(old, new) if isinstance(value, str) else value


def variables(broken: Broken) -> dict[str, str]:
    """The shell's variables of the machine, its key among them."""
    own = {} if broken.key is None else {"ANTHROPIC_API_KEY": broken.key}
    return {**own, **broken.environ}


def with_variables(broken: Broken, environ: Mapping[str, str]) -> Broken:
    """The machine with these variables and no others."""
    return replace(broken, key=None, environ=dict(environ))


def settings_of(broken: Broken, path: str) -> dict[str, object] | None:
    """A settings file as read; None where there is none or it cannot be read."""
    try:
        table = json.loads(broken.files[path])
    except (KeyError, ValueError):
        return None
    return table if isinstance(table, dict) else None


def is_claude(broken: Broken) -> bool:
    """Its client is Claude Code, in whatever version."""
    return broken.client.partition("@")[0] == CLAUDE


def is_newest_claude(broken: Broken) -> bool:
    """Its client is one of Claude Code's latest versions, and none is installed that would tell otherwise."""
    installed = any(mark in path for path in broken.files for mark in ("/versions/", "node_modules", "site-packages"))
    return broken.client in (CLAUDE, *NEWEST) and not installed
