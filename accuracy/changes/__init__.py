"""What can be changed about a broken network while its fault stays the same.

A change takes a network and a random source, and gives the changed network, or None where it would not be harmless by the
client's own rules. Each must be provably harmless: where that is not sure, it gives None.
"""

from __future__ import annotations

from accuracy.changes import configuration, credentials, machine, names, surroundings, wording
from accuracy.changes.base import Change

CHANGES: tuple[Change, ...] = (
    *machine.CHANGES,
    *configuration.CHANGES,
    *credentials.CHANGES,
    *names.CHANGES,
    *surroundings.CHANGES,
    *wording.CHANGES,
)
"""All of them. The order is part of what a seed means: new ones go to the end of their module."""
