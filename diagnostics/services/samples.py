"""Real errors to try the decoder with, from ``knowledge/samples.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from diagnostics.engine import library


@dataclass(frozen=True)
class Sample:
    """An error as a program prints it; ``name`` stands in an address."""

    name: str
    title: str
    text: str


@lru_cache(maxsize=1)
def samples() -> tuple[Sample, ...]:
    """All of them, in the order of the file."""
    file = library.FOLDER / "samples.toml"
    return tuple(Sample(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8"))["sample"])


def sample(name: str) -> Sample | None:
    """The one of that name."""
    return next((one for one in samples() if one.name == name), None)
