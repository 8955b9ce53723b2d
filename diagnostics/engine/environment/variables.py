"""The client's effective variables: several layers, the strongest first, and who lost against whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Optional

LONGEST = 131_072
"""Characters of a value: what Linux takes, and more than any other system. Only a settings file can hold a longer one."""


@dataclass(frozen=True)
class Variable:
    """One variable as written in one place; ``source`` is "environment", "~/.claude/settings.json env", ..."""

    name: str
    value: str = field(repr=False)
    source: str


@dataclass(frozen=True)
class Layer:
    """Variables of one place. A layer that is not ``effective`` is listed and never wins."""

    source: str
    values: Mapping[str, str] = field(repr=False)
    effective: bool = True


class Variables:
    """Layers of variables, strongest first. A blank value in a strong layer cancels the weaker ones, as clients have it."""

    def __init__(self, layers: tuple[Layer, ...], *, case_blind: bool = False) -> None:
        self.layers, self._case_blind = layers, case_blind
        # One look at each name: some environments hold ten thousand, and each is asked for by name.
        self._folded = tuple(
            {name.upper(): value for name, value in reversed(tuple(layer.values.items()))} if case_blind else {}
            for layer in layers
        )

    def of_the_shell(self) -> Variables:
        """Those that the client was started with, without what its settings files add."""
        shell = tuple(layer for layer in self.layers if layer.source == "environment")
        return Variables(shell, case_blind=self._case_blind)

    def written(self, name: str) -> Optional[Variable]:
        """The strongest value, even a blank one; None when no effective layer has the name."""
        return next((found for found, effective in self.everywhere(name) if effective), None)

    def get(self, name: str) -> Optional[Variable]:
        """The strongest value when it is not blank."""
        found = self.written(name)
        return found if found is not None and found.value.strip() else None

    def value(self, name: str) -> str:
        """The strongest value, "" when there is none."""
        found = self.get(name)
        return found.value if found is not None else ""

    def everywhere(self, name: str) -> Iterator[tuple[Variable, bool]]:
        """Every place that has ``name``, strongest first, and whether that place counts."""
        for layer, folded in zip(self.layers, self._folded):
            value = layer.values.get(name, folded.get(name.upper()))
            if value is not None:
                yield Variable(name, value[:LONGEST], layer.source), layer.effective

    def filled(self, name: str) -> tuple[Variable, ...]:
        """Every value that counts and is not blank, the one that wins first; none where a blank one cancels them."""
        if self.get(name) is None:
            return ()
        return tuple(found for found, effective in self.everywhere(name) if effective and found.value.strip())

    def names(self) -> tuple[str, ...]:
        """Every name that any effective layer has, sorted."""
        return tuple(sorted({name for layer in self.layers if layer.effective for name in layer.values}))
