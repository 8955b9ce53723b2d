"""How a broken network is declared: what answers there, how the machine is set up, and the cause that must be named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnostics.lab import KEY, controls
from diagnostics.lab.api import api
from diagnostics.lab.http import Response, Site
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import Tls

API, PLATFORM = "api.anthropic.com", "platform.claude.com"
OFFICE = "proxy.office.example:3128"
THROUGH_OFFICE = {"HTTPS_PROXY": f"http://{OFFICE}", "HTTP_PROXY": f"http://{OFFICE}"}
REVOKED = KEY[:-8] + "REVOKEAA"

HOME = "/home/anna"
SETTINGS = f"{HOME}/.claude/settings.json"

PLAIN, VARIANT, NEIGHBOUR, COMPOUND = "plain", "variant", "neighbour", "compound"


@dataclass(frozen=True)
class Broken:
    """A declared network with its machine. ``cause`` is the verdict that must be given.

    ``role``: what this one is among its cause's: the plain case, a variant, the one that looks most like its nearest wrong
    neighbour (``below``, which must rank lower), or a compound of two faults, where the one met first is the verdict and the
    other stands in ``also`` (causes beside the verdict, exactly). ``hosts`` is made per run. ``key`` stands in
    ANTHROPIC_API_KEY where ``environ`` says nothing of it. ``asked`` are further options of ``Asked``; ``home`` is the
    person's home folder, where its client looks for files; ``system_pem`` what the machine's own store holds besides the
    public roots; ``send_message`` allows the billed call; ``least`` is the confidence that is wanted. ``fixed`` names the changes of
    ``accuracy.changes`` that would not be harmless here.
    """

    name: str
    cause: str
    hosts: Callable[[], Mapping[str, Service]] = dict
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    client: str = "claude-code"
    mode: str = "print"
    lab: Mapping[str, Any] = field(default_factory=dict)
    below: str | None = None
    also: tuple[str, ...] = ()
    role: str = VARIANT
    key: str | None = KEY
    fixed: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    home: str | None = None
    system_pem: str = ""
    send_message: bool = False
    least: float = 0.8  # confidence


def everywhere(how: Callable[[int], Service]) -> dict[str, Service]:
    """Every host that a run visits, broken in the same way."""
    ports = {API: 443, PLATFORM: 443, "status.claude.com": 443, "www.cloudflare.com": 443, "1.1.1.1": 443}
    ports |= {"connectivitycheck.gstatic.com": 80, "detectportal.firefox.com": 80}
    return {host: how(port) for host, port in ports.items()}


def fails_once(failure: Response, site: Site) -> Site:
    """A site whose first question under /v1/ is answered by a failure, and every later one as it should be."""
    first = [failure]
    return Site(
        lambda request: first.pop() if first and request.path.startswith("/v1/") else site.app(request), site.tls
    )


def first_party(how: Tls) -> Callable[[], Mapping[str, Service]]:
    """Anthropic's own hosts, all with the same TLS."""
    return lambda: {API: api(tls=how), PLATFORM: api(tls=how), "status.claude.com": controls.status_page(tls=how)}


def both(mode: str) -> Callable[[], Mapping[str, Service]]:
    """Both of Anthropic's hosts in the same mode of ``lab.api``."""
    return lambda: {API: api(mode), PLATFORM: api(mode)}
