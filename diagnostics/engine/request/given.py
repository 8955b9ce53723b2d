"""A request body as it was given: the bytes of a file, however large it is."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

MOST_READ = 64 * 1024 * 1024  # bytes: twice what the API takes, so that too large is told by its size


@dataclass(frozen=True)
class Given:
    """The body's bytes, cut at ``MOST_READ``, and the size of the whole in bytes as far as it is known."""

    content: bytes = field(repr=False)
    size: int


def from_file(path: str) -> Given:
    """The body that stands in a file, or comes through a pipe, for whose end it waits. Raises ``OSError``."""
    with open(path, "rb") as file:
        kind = os.fstat(file.fileno())
        content = file.read(MOST_READ + 1)  # a device can be endless
    told = kind.st_size if stat.S_ISREG(kind.st_mode) else 0
    return Given(content[:MOST_READ], max(told, len(content)))
