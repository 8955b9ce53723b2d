"""Which client hurts: its name, its version, how it was installed and what it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients.rules import Package, Setup, rules_for
from diagnostics.engine.environment.installed import Installed, installed
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.runtimes import runtime_version
from diagnostics.engine.hiding import scrub
from diagnostics.engine.records import Client, FactValue


class UnknownClient(ValueError):
    """Asked for a client that no rules are known for; the message names those that are."""


@dataclass(frozen=True)
class Identity:
    """A client, the table of its rules, and what of it decides which of them count.

    ``found`` is the package on this machine, None where it is not there or has another version than was asked for.
    """

    client: Client
    table: Mapping[str, Any]
    setup: Setup
    found: Optional[Installed] = None

    @property
    def facts(self) -> dict[str, FactValue]:
        """The facts of how it was installed and of its runtime, as far as known."""
        made: dict[str, FactValue] = {}
        if self.setup.build:
            made["config.client.build"] = self.setup.build
        if self.setup.runtime is not None:
            made["config.runtime.name"] = self.table["package"]["runtime"]
            made["config.runtime.version"] = self.setup.runtime
        return made


def identify(asked: Asked, machine: Machine, tables: Mapping[str, Mapping[str, Any]]) -> Identity:
    """The client of the version asked for, else of the installed one, else of the newest known. Raises ``UnknownClient``."""
    name, _, version = asked.client.partition("@")
    if name not in tables:
        raise UnknownClient(
            f"No rules are known for the client {scrub(name[:60])!r}. Known are: {', '.join(sorted(tables))}."
        )
    table = tables[name]
    package = rules_for(table, Setup(version or table["newest"])).package
    found = installed(package, machine, asked.project or machine.cwd)
    runtime = runtime_version(package.runtime, found, machine)
    client = _client(name, version, package, found, runtime, table["newest"])
    if found is not None and found.version != client.version:
        found = None
    build = found.build if found is not None else package.build
    return Identity(client, table, Setup(client.version or table["newest"], build, runtime), found)


def _client(
    name: str, asked_for: str, package: Package, found: Optional[Installed], runtime: Optional[str], newest: str
) -> Client:
    if asked_for:
        return Client(name, asked_for, "asked for")
    if found is not None:
        return Client(name, found.version, found.source)
    if package.is_runtime and runtime is not None:
        return Client(name, runtime, "the first on PATH")
    return Client(name, newest, "not found installed; the newest known is assumed")
