"""The other clients on the same machine, each by its own rules: what of their configuration differs from that of the one that hurts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.capture import Known, capture
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.records import Environment, FactValue, OtherClient


def other_clients(asked: Asked, machine: Machine, knowledge: Known, own: Environment) -> tuple[OtherClient, ...]:
    """Every other known client, by name. Reads the same machine once more for each; no program of the person is run for it."""
    names = sorted(name for name in knowledge.clients if name != own.client.name)
    return tuple(_of(name, asked, machine, knowledge, own.facts) for name in names)


def _of(name: str, asked: Asked, machine: Machine, knowledge: Known, own: Mapping[str, FactValue]) -> OtherClient:
    environment = capture(replace(asked, client=name, run_helper=False, request=None), machine, knowledge)
    facts = {fact: value for fact, value in environment.facts.items() if own.get(fact) != value}
    return OtherClient(
        name=name,
        version=environment.client.version,
        source=environment.client.source,
        facts=facts,
        without=tuple(sorted(set(own) - set(environment.facts))),
    )
