"""Mutants: the same broken networks, each changed several times over in ways that cannot change its fault."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from accuracy.changes import CHANGES
from tests.scenarios.networks.declaring import Broken

EACH = 10
"""Mutants of a scenario."""

_FEWEST, _MOST = 2, 5


@dataclass(frozen=True)
class Mutant:
    """A changed network, the number it was seeded with, and the names of its changes in order."""

    network: Broken
    number: int
    changes: tuple[str, ...]


def mutant(broken: Broken, number: int) -> Mutant:
    """The mutant with this number: always the same one, on any machine."""
    rng = Random(f"{broken.cause}: {broken.name}/{number}")
    wanted = rng.randint(_FEWEST, _MOST)
    made: list[str] = []
    network = broken
    for change in rng.sample(CHANGES, len(CHANGES)):
        if len(made) == wanted:
            break
        changed = None if change.__name__ in broken.fixed else change(network, Random(rng.random()))
        if changed is not None:
            network = changed
            made.append(change.__name__)
    return Mutant(network, number, tuple(made))
