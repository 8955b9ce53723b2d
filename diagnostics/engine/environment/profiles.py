"""Anthropic's credential profiles and workload identity: noticed, never exchanged.

Their tokens come from files or an exchange that only the client makes, so a profile is named and its token is not touched
(anthropic-sdk-python ``lib/credentials``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.variables import Variables

_FEDERATION = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")


@dataclass(frozen=True)
class Profile:
    name: str
    source: str


def profile_of(how: str, variables: Variables, machine: Machine) -> Optional[Profile]:
    """The profile chosen ``how``: "named" by a variable, by "federation" variables, or the "active" one on disk."""
    if how == "named":
        chosen = variables.get("ANTHROPIC_PROFILE")
        return Profile("ANTHROPIC_PROFILE", chosen.source) if chosen is not None else None
    if how == "federation":
        parts = [variables.get(name) for name in _FEDERATION]
        first = parts[0]
        return Profile(_FEDERATION[0], first.source) if first is not None and all(parts) else None
    folder = _folder(variables, machine)
    if folder is None:
        return None
    pointer = machine.files.read(machine.join(folder, "active_config"))
    name = pointer.decode("utf-8", errors="replace").strip() if isinstance(pointer, bytes) else ""
    path = machine.join(folder, "configs", f"{name or 'default'}.json")
    if "/" in name or "\\" in name or machine.files.resolve(path) is None:
        return None
    return Profile(f"profile {name or 'default'}", machine.shown(path))


def _folder(variables: Variables, machine: Machine) -> Optional[str]:
    moved = variables.value("ANTHROPIC_CONFIG_DIR")
    if moved:
        return machine.join(machine.cwd, moved)
    if machine.platform == "win32":
        data = variables.value("APPDATA")
        return machine.join(data, "Anthropic") if data else machine.at_home("~/AppData/Roaming/Anthropic")
    return machine.at_home("~/.config/anthropic")
