"""What else is set on this machine, and could stand in the place of what the client uses: material for experiments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Optional

from diagnostics.engine.environment import certificates, proxies, tool_proxies
from diagnostics.engine.environment.base_url import Target
from diagnostics.engine.environment.clients.rules import BaseUrlRules, ClientRules, TrustRules
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.urls import parse
from diagnostics.engine.environment.variables import Variables
from diagnostics.engine.records import Alternatives, Origin, Proxy, TrustSettings

CA_VARIABLES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
"""Variables by which one client or another is told of authorities; an office that re-signs TLS sets those it knows of."""


def of(
    variables: Variables,
    machine: Machine,
    rules: ClientRules,
    target: Target,
    trusts: TrustSettings,
    switched: bool,
    others: tuple[tool_proxies.ToolProxy, ...] = (),
) -> Alternatives:
    """The alternatives to this target and trust. A client that is switched to a cloud provider has no other base URL to try.

    ``others``: proxies that other programs' settings name.
    """
    origin = target.url.origin if target.url is not None else None
    return Alternatives(
        proxies=tuple(_proxies(variables, origin, rules, machine.system_proxies, others)),
        trust=tuple(_trust(variables, machine, rules.trust, trusts)),
        base_url=None if switched or target.default else _default(rules.base_url),
    )


def _proxies(
    variables: Variables,
    target: Optional[Origin],
    rules: ClientRules,
    system: Mapping[str, str],
    others: tuple[tool_proxies.ToolProxy, ...],
) -> Iterator[Proxy]:
    seen = set()
    for proxy in proxies.unused(variables, target, rules.proxy, system, others):
        if proxy.origin not in seen:
            seen.add(proxy.origin)
            yield proxy


def _trust(
    variables: Variables, machine: Machine, rules: TrustRules, trusts: TrustSettings
) -> Iterator[tuple[str, TrustSettings]]:
    """Stores that the client does not look into, and files that other clients' variables name."""
    for store in ("system", "public"):
        if store not in trusts.stores or trusts.replaced_by:
            yield store, TrustSettings(stores=(store,))
    own = {*rules.extra, *rules.replacing, *rules.system_file}
    named: dict[
        str, str
    ] = {}  # file -> the first variable that names it: reading one with a whole store takes milliseconds
    for name in CA_VARIABLES:
        variable = variables.get(name) if name not in own else None
        if variable is not None:
            named.setdefault(machine.join(machine.cwd, variable.value), name)
    for path, name in named.items():
        settings = certificates.of_file(machine, path)
        if settings is not None:
            yield name, settings


def _default(rules: BaseUrlRules) -> Origin:
    return parse(rules.default, rules.parser).origin
