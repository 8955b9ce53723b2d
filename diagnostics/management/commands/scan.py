"""manage.py scan PATH...: what ``probe.pyz scan`` does."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from diagnostics.engine.cli import scanning
from diagnostics.engine.cli.command import OUR_FAULT, Console
from diagnostics.engine.cli.stopping import Stop
from diagnostics.engine.cli.streams import Outlet


class Command(BaseCommand):
    """Prints the findings and ends with the probe's exit codes: 0 clean, 1 findings, 2 wrong command line, 4 our own fault."""

    help = "Look for settings that cannot work and keys written into files. Options are those of probe.pyz scan."
    requires_system_checks: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything behind the name is read by the probe's own rules, ``--help`` too."""
        self._scan(argv[2:])

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The same for whoever calls the command from Python."""
        parser.add_argument("options", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, options: list[str], **_: Any) -> None:
        """Run, print, exit."""
        self._scan(options)

    def _scan(self, arguments: list[str]) -> None:
        stop = Stop()
        console = Console(Outlet(self.stdout), Outlet(self.stderr), stop)
        stop.listen()
        try:
            code = scanning.run(arguments, console, "scan")
        except Exception as error:  # noqa: BLE001  its text might hold a line of a file
            console.tell(f"scan: our own fault ({type(error).__name__}). Please report it.")
            code = OUR_FAULT
        finally:
            stop.forget()
        sys.exit(code)
