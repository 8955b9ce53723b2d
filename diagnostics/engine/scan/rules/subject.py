"""What the rules look at: the variables that reach one program together, and the clients that may be that program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Optional

from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.variables import Layer, Variables
from diagnostics.engine.environment.vendors import KeyShape, Vendors
from diagnostics.engine.scan.assigning import is_reference
from diagnostics.engine.scan.formats.masked import prefix_of
from diagnostics.engine.scan.kinds import Kind
from diagnostics.engine.scan.records import Assignment


@dataclass(frozen=True)
class Subject:
    """One group of a file. ``names`` is the table ``knowledge/scan/names.toml``; ``elsewhere`` are the names of the file's other groups.
    ``today`` decides what is retired.

    ``machine`` is where its paths can be looked at, None where they cannot. ``settings`` are entries at the top of a settings file.
    """

    kind: Kind
    group: tuple[Assignment, ...]
    clients: tuple[ClientRules, ...]
    vendors: Vendors
    names: Mapping[str, Any]
    today: date
    machine: Optional[Machine] = None
    elsewhere: frozenset[str] = frozenset()
    settings: Mapping[str, Assignment] = field(default_factory=dict)

    @cached_property
    def set_here(self) -> Mapping[str, Assignment]:
        """Variables of the environment by their names; of two the later one counts."""
        return {one.name: one for one in self.group if one.environment}

    @cached_property
    def variables(self) -> Variables:
        """The same as clients read them, without what is fetched from elsewhere."""
        values = {name: one.value for name, one in self.set_here.items() if not is_reference(one)}
        return Variables((Layer("environment", values),))

    def filled(self, name: str) -> Optional[Assignment]:
        """The assignment of a variable that has a value, or will have one."""
        one = self.set_here.get(name)
        return one if one is not None and one.value.strip() else None

    def known(self, name: str) -> Optional[Assignment]:
        """The assignment of a variable whose value is known."""
        one = self.filled(name)
        return one if one is not None and not is_reference(one) else None

    def shape_of(self, value: str) -> Optional[KeyShape]:
        """The shape of a key, also of one that was masked before it came here."""
        prefix = prefix_of(value)
        return self.vendors.shape_of(value.strip() if prefix is None else prefix)

    def credentials(self) -> Iterator[str]:
        """Names of the variables under which any of the clients looks for a credential."""
        yield from dict.fromkeys(place.variable for rules in self.clients for place in rules.places if place.variable)


def titles(clients: Iterator[ClientRules]) -> str:
    """Names of clients as a sentence has them."""
    named = list(dict.fromkeys(rules.title for rules in clients))
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]
