"""What is known to be wrong with this very version of the client, as far as this configuration meets it.

The entries ``[[known_bad]]`` of its table tell it, each with the configuration that it takes. Its rules tell besides where the newest
version would take another way to the target than this one does. Whether a defect did any harm is for the facts of the run to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Optional

from diagnostics.engine.environment import proxies
from diagnostics.engine.environment.clients.rules import applies, later_versions, rules_for, within
from diagnostics.engine.environment.identity import Identity
from diagnostics.engine.environment.installed import beside
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.proxies import ProxyChoice
from diagnostics.engine.environment.variables import Variables
from diagnostics.engine.matching import holds
from diagnostics.engine.records import Facts, FactValue, Origin


@dataclass(frozen=True)
class Defect:
    """One thing known to be wrong; ``breaks`` is a word of ``config.client.breaks``, "" where it only deserves a warning."""

    code: str
    breaks: str
    says: str
    mended_in: str


def facts(
    identity: Identity,
    variables: Variables,
    machine: Machine,
    target: Optional[Origin],
    proxy: ProxyChoice,
    told: Facts,
) -> dict[str, FactValue]:
    """The ``config.client`` facts of the defects that this configuration meets; ``told`` are the other facts of it."""
    made = _other_way(identity, variables, machine, target, proxy)
    met = tuple(_known(identity, variables, machine, {**told, **made}))
    if met:
        made["config.client.known_bad"] = tuple(dict.fromkeys(one.code for one in met))
        made["config.client.breaks"] = tuple(dict.fromkeys(one.breaks for one in met if one.breaks))
        made["config.client.defect"] = met[0].says
        made["config.client.mended_in"] = met[0].mended_in
    return made


def _known(identity: Identity, variables: Variables, machine: Machine, told: Facts) -> Iterator[Defect]:
    setup = replace(identity.setup, value=variables.value)
    for entry in identity.table.get("known_bad", ()):
        needs = entry.get("needs")
        if (
            applies(entry, setup)
            and _has_beside(entry.get("beside", {}), identity, machine)
            and (needs is None or holds(needs, told) is True)
        ):
            yield Defect(entry["code"], entry.get("breaks", ""), entry["says"], entry["mended_in"])


def _has_beside(packages: Mapping[str, Mapping[str, str]], identity: Identity, machine: Machine) -> bool:
    """Every package of these lies beside the client, in a version of its range."""
    if not packages:
        return True
    found = identity.found
    if found is None:
        return False
    versions = {name: beside(found, name, machine) for name in packages}
    return all(
        version is not None and within(version, packages[name].get("since", ""), packages[name].get("before", ""))
        for name, version in versions.items()
    )


def _other_way(
    identity: Identity, variables: Variables, machine: Machine, target: Optional[Origin], now: ProxyChoice
) -> dict[str, FactValue]:
    """The newest version goes through a proxy where this one goes around it, or the other way."""

    def of(version: str) -> str:
        setup = replace(identity.setup, version=version, value=variables.value)
        rules = rules_for(identity.table, setup).proxy
        return _way(proxies.choose(variables, target, rules, machine.system_proxies))

    later = later_versions(identity.table, identity.setup)
    if target is None or not later:
        return {}
    newest = of(later[-1])
    if newest == _way(now) or "stops" in (newest, _way(now)):
        return {}
    return {
        "config.client.newest_way": newest,
        "config.client.mended_in": next(version for version in later if of(version) == newest),
    }


def _way(choice: ProxyChoice) -> str:
    """How a client with this choice goes: "proxy", "direct", or not at all."""
    return "stops" if choice.stops else "direct" if choice.proxy is None else "proxy"
