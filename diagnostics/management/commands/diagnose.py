"""manage.py diagnose ENVIRONMENT: what the probe does, for a registered environment, from this host as a worker would."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand

from diagnostics import selectors
from diagnostics.engine.cli.command import Console
from diagnostics.engine.cli.options import WRONG_COMMAND, Help, WrongCommand
from diagnostics.engine.cli.stopping import Stop
from diagnostics.engine.cli.streams import Outlet
from diagnostics.exceptions import Problem
from diagnostics.models import Environment
from diagnostics.services import shell

_BEGAN = time.monotonic()


class Command(BaseCommand):
    """Prints the report and ends with the probe's exit codes.

    0 nothing stops the client, 1 a cause was named, 2 wrong command line, 3 the evidence does not decide, 4 our own fault.
    """

    help = (
        "Diagnose a registered environment from this host. Options are those of probe.pyz: try --help after its name."
    )
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Its name or id; what follows is read by the probe's own rules."""
        parser.add_argument("environment", help="name or id of a registered environment")
        parser.add_argument(
            "--team", default="", help="the team's slug, where several have an environment of this name"
        )
        parser.add_argument("options", nargs=argparse.REMAINDER, help="--json, --plan, --timeout S ...")

    def handle(self, *args: Any, environment: str, team: str, options: list[str], **_: Any) -> None:
        """Run, print, exit."""
        stop = Stop()
        console = Console(Outlet(self.stdout), Outlet(self.stderr), stop)
        stop.listen()
        try:
            chosen = _only(selectors.environments_called(environment, team), environment)
            code = shell.diagnose(chosen, options, console, _BEGAN)
        except Help as asked:
            console.out.text(str(asked))
            code = 0
        except (WrongCommand, Problem) as problem:
            console.tell(f"diagnose: {problem}")
            code = WRONG_COMMAND
        finally:
            stop.forget()
        console.out.settle(1)
        sys.exit(code)


def _only(found: list[Environment], name: str) -> Environment:
    """The one environment that is meant."""
    if not found:
        raise WrongCommand(f"There is no environment called {name}.")
    if len(found) > 1:
        teams = ", ".join(row.team.slug for row in found)
        raise WrongCommand(f"Several teams have an environment called {name}: add --team and one of {teams}.")
    return found[0]
