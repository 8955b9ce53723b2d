"""Where a step's variable is set: a settings file of the client outranks the shell, so that is where it has to be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Optional

from diagnostics.engine.operations import InFile, Use
from diagnostics.engine.records import Facts

SHELL = "environment"
KEEPS_FILES = "claude-code"
"""The client whose settings files hold variables."""
_ADMINISTRATORS = "managed-settings"  # these files are written by whoever manages the machine


def in_files(
    use: Use, there: Optional[InFile], arguments: Mapping[str, str], facts: Facts, client: str
) -> tuple[tuple[Use, ...], bool]:
    """What to do in the files instead, and whether the shell's lines count as well. ``arguments``: what fills the names' slots."""
    if there is None:
        return (), True
    if "config.settings.variables" not in facts:
        first = next(_named(there, arguments))
        return (_in(use, there, arguments, first, "", client),) if there.offered and client == KEEPS_FILES else (), True
    found = tuple(_found(there, arguments, facts))
    files = [(name, place) for name, place in found if place != SHELL]
    if not files:
        return (), True
    everywhere = there.everywhere and not use.strongest
    if not everywhere:
        winner = facts.get(there.winner) if there.winner else None
        counting = next((one for one in found if winner in (None, one[0])), None)
        if counting is None or counting[1] == SHELL:
            return (), True
        files = [counting]
    uses = tuple(
        _in(use, there, arguments, name, place, client) for name, place in files if _ADMINISTRATORS not in place
    )
    return uses, everywhere and len(files) < len(found)


def _in(use: Use, there: InFile, arguments: Mapping[str, str], name: str, place: str, client: str) -> Use:
    """The other operation for the entry of a variable; ``place`` "": the client's usual file."""
    passed = {theirs: use.arguments.get(ours, arguments[ours]) for theirs, ours in there.passes.items()}
    file = {"file": place} if place else {}
    return Use(there.operation, {**file, "key": f"env.{name}", **passed}, use.client or client)


def _named(there: InFile, arguments: Mapping[str, str]) -> Iterator[str]:
    yield from (arguments.get(template.strip("{}"), template) for template in there.names)


def _found(there: InFile, arguments: Mapping[str, str], facts: Facts) -> Iterator[tuple[str, str]]:
    """Each name with each place that sets it, the strongest first."""
    told = facts.get("config.settings.variables")
    places = [str(one).partition(" in ")[::2] for one in told] if isinstance(told, tuple) else []
    for name in _named(there, arguments):
        yield from ((own, place) for own, place in places if own == name)
