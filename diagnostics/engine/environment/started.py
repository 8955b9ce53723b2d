"""What a client that is started now would be started with: to be held against one that runs already."""

from __future__ import annotations

from typing import Optional

from diagnostics.engine.environment import shown
from diagnostics.engine.environment.clients.configuration import Configuration
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.records import Setting, Started
from diagnostics.engine.secrets import Secret

_SHELL = "environment"


def started(
    machine: Machine, rules: ClientRules, found: Configuration, settings: tuple[Setting, ...]
) -> Optional[Started]:
    """None where there is no process to look at: a registered environment, another system, a client without a program of its own.

    What a settings file outranks is left out, since the client reads such a file itself.
    """
    if machine.in_memory or machine.platform != "linux" or not rules.package.command:
        return None
    given = {one.name for one in settings if one.source == _SHELL and one.effective}
    anywhere = {one.name for one in settings}
    runtimes = (rules.package.runtime,) if rules.package.runtime else ()
    return Started(
        command=rules.package.command,
        runtimes=runtimes,
        given={name: Secret(found.variables.value(name)) for name in sorted(given) if found.variables.value(name)},
        absent=tuple(sorted({name for name in shown.names(rules) if name} - anywhere)),
    )
