"""A step's lines to copy, grouped by system and shell: the usual shell's stand open, the others' and those for good are folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnostics.engine.library import load
from diagnostics.engine.operations import SHELLS_OF, USUAL_SHELL
from diagnostics.engine.playbook_records import Command

SYSTEMS = (("linux", "Linux"), ("macos", "macOS"), ("windows", "Windows"))
SHELLS = {"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "PowerShell", "cmd": "the command prompt"}


def tabs(commands: Sequence[Command]) -> tuple[dict[str, Any], ...]:
    """The lines of each system: ``blocks`` for its usual shell, ``more`` (dicts title, blocks) for the other shells and for good."""
    answer = []
    for key, label in SYSTEMS:
        own = [one for one in commands if one.system == key]
        if own:
            first = _first(own, USUAL_SHELL[key])
            answer.append({"key": key, "label": label, "blocks": _blocks(first), "more": _more(own, first, key)})
    return tuple(answer)


def anywhere(commands: Sequence[Command]) -> tuple[dict[str, str], ...]:
    """The lines that serve every system, each with what it is for."""
    return tuple(_block(one, [one.client] if one.client else []) for one in commands if one.system == "any")


def _first(own: Sequence[Command], shell: str) -> list[Command]:
    """For the usual shell: what ends with it, and what lasts where nothing else does the same."""
    usual = [one for one in own if one.shell in (None, shell)]
    passing = {(one.operation, one.client) for one in usual if not one.lasting}
    return [one for one in usual if not one.lasting or (one.operation, one.client) not in passing]


def _more(own: Sequence[Command], first: Sequence[Command], system: str) -> list[dict[str, Any]]:
    shown = {one.run for one in first}
    answer = []
    for shell in sorted(SHELLS_OF[system], key=lambda one: one != USUAL_SHELL[system]):
        for lasting in (False, True):
            lines = [one for one in own if one.shell == shell and one.lasting is lasting and one.run not in shown]
            if lines:
                answer.append(
                    {"title": f"In {SHELLS[shell]}{', for good' if lasting else ''}", "blocks": _blocks(lines)}
                )
    return answer


def _blocks(lines: Sequence[Command]) -> list[dict[str, str]]:
    """One block for a line, whichever clients it serves."""
    several = len({one.client for one in lines}) > 1
    alike: dict[tuple[str, str], list[Command]] = {}
    for one in lines:
        alike.setdefault((one.run, one.undo), []).append(one)
    return [_block(same[0], [one.client for one in same if one.client and several]) for same in alike.values()]


def _block(one: Command, clients: Sequence[str]) -> dict[str, str]:
    return {"title": title_of(one, clients), "command": one.run, "changes": one.changes, "undo": one.undo}


def title_of(one: Command, clients: Sequence[str]) -> str:
    """What a line does, and with which clients; "" where its step says it all."""
    operation = load().operations.get(one.operation)
    named = [str(load().clients.get(client, {}).get("title", client)) for client in clients]
    served = " or ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))
    if one.run.startswith("{") and served:
        return f"In {served}'s settings file"
    if operation is None:
        return f"With {served}" if served else "On any system" if one.system == "any" else ""
    return f"{operation.title}, with {served}" if served else operation.title
