"""What a client gathered around it before it does anything: the common form of every client's own way to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.variables import Layer, Variables
from diagnostics.engine.secrets import Secret


@dataclass(frozen=True)
class Login:
    """A login the client keeps. Times are seconds since the epoch, None where the file tells none."""

    name: str
    source: str
    access: Secret
    access_ends: Optional[float] = None
    has_refresh: bool = False
    refresh_ends: Optional[float] = None


@dataclass(frozen=True)
class Configuration:
    """Variables and settings as the client has them.

    ``settings`` holds the winning top-level entries of its settings files, ``sources`` the file of each.
    ``onboarding_complete`` is None where nothing tells. ``unseen_login`` is where a login may be kept that we do not open.
    ``login_forced``: its operator lets nobody in but by a login. ``declined`` holds ends of keys that the person told the
    client not to use; ``misplaced`` names credentials written where the client does not read them. ``unchecked``: its own
    file switches the checks of certificates off.
    """

    mode: str
    variables: Variables
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sources: Mapping[str, str] = field(default_factory=dict)
    onboarding_complete: Optional[bool] = None
    broken: tuple[str, ...] = ()
    broken_file: str = ""  # the strongest of them
    broken_matters: bool = False
    broken_stops: bool = False  # the client does not start, or stops and asks
    logins: Mapping[str, Login] = field(default_factory=dict)
    unseen_login: str = ""
    login_forced: bool = False
    declined: tuple[str, ...] = field(default=(), repr=False)
    misplaced: tuple[str, ...] = ()
    unchecked: bool = False


def from_variables(asked: Asked, machine: Machine, rules: ClientRules) -> Configuration:
    """A client that reads its environment and no settings file; it has no first run, so it is always used as a program."""
    layer = Layer("environment", machine.environ)
    return Configuration(mode="print", variables=Variables((layer,), case_blind=machine.platform == "win32"))
