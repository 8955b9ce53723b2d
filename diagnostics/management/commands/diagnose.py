"""manage.py diagnose ENVIRONMENT: what the probe does, for a registered environment, from this host as a worker would.

With --like RUN the environment is taken as it stood when that run was asked for; secrets are today's, since no run keeps any.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import psutil
from django.core.management.base import BaseCommand

from diagnostics import selectors
from diagnostics.engine.cli.command import OUR_FAULT, Console
from diagnostics.engine.cli.options import WRONG_COMMAND, Help, WrongCommand
from diagnostics.engine.cli.stopping import Stop
from diagnostics.engine.cli.streams import Outlet
from diagnostics.exceptions import Problem
from diagnostics.models import Environment
from diagnostics.services import shell


class Command(BaseCommand):
    """Prints the report and ends with the probe's exit codes.

    0 nothing stops the client, 1 a cause was named, 2 wrong command line, 3 the evidence does not decide, 4 our own fault.
    """

    help = (
        "Diagnose a registered environment from this host. Options are those of probe.pyz: try --help after its name."
    )
    requires_system_checks: tuple[str, ...] = ()
    _began: float | None = None

    def run_from_argv(self, argv: list[str]) -> None:
        """At a shell the time limit counts from the start of the process: loading Django takes some of it."""
        self._began = time.monotonic() - (time.time() - psutil.Process().create_time())
        super().run_from_argv(argv)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Its name or id; what follows is read by the probe's own rules."""
        parser.add_argument(
            "--like", action="store_true", help="the id is that of a run: ask the same question once more"
        )
        parser.add_argument("environment", help="name or id of a registered environment; after --like the id of a run")
        parser.add_argument(
            "--team", default="", help="the team's slug, where several have an environment of this name"
        )
        parser.add_argument("options", nargs=argparse.REMAINDER, help="--json, --plan, --timeout S ...")

    def handle(self, *args: Any, environment: str, team: str, like: bool, options: list[str], **_: Any) -> None:
        """Run, print, exit."""
        began = self._began or time.monotonic()
        stop = Stop()
        console = Console(Outlet(self.stdout), Outlet(self.stderr), stop)
        stop.listen()
        try:
            chosen = (
                _as_in(environment) if like else _only(selectors.environments_called(environment, team), environment)
            )
            code = shell.diagnose(chosen, options, console, began)
        except Help as asked:
            console.out.text(str(asked))
            code = 0
        except (WrongCommand, Problem) as problem:
            console.tell(f"diagnose: {problem}")
            code = WRONG_COMMAND
        except Exception as error:  # noqa: BLE001  a database that is away must not end with the code of a named cause
            console.tell(f"diagnose: our own fault ({type(error).__name__}). Is the database there?")
            code = OUR_FAULT
        finally:
            stop.forget()
        console.out.settle(1)
        sys.exit(code)


def _as_in(run_id: str) -> Environment:
    """A run's environment with the settings of that day; nothing of it is stored."""
    run = selectors.run_called(run_id)
    if run is None:
        raise WrongCommand(f"There is no run {run_id}. After --like stands the id from a run's address.")
    return shell.as_in(run)


def _only(found: list[Environment], name: str) -> Environment:
    """The one environment that is meant."""
    if not found:
        raise WrongCommand(f"There is no environment called {name}.")
    if len(found) > 1:
        teams = ", ".join(row.team.slug for row in found)
        raise WrongCommand(f"Several teams have an environment called {name}: add --team and one of {teams}.")
    return found[0]
