"""manage.py decode [FILE|-]: causes for a text, as ``probe.pyz decode`` gives them. Nothing is stored."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, OutputWrapper

from diagnostics.engine.cli import decoding
from diagnostics.engine.cli.command import Console
from diagnostics.engine.cli.stopping import Stop
from diagnostics.engine.cli.streams import Outlet


class Command(BaseCommand):
    """Ends with 0, or with 2 where the command line was wrong."""

    help = "Rank causes for an error, a log or a page: FILE, or - for standard input. Try --help after it."
    requires_system_checks: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """The probe's own command line, read by its own rules."""
        sys.exit(self.follow(argv[2:]))

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """For ``call_command``; at a shell the probe's own rules are followed."""
        parser.add_argument("file", nargs="?", default="-")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--jsonl", action="store_true")

    def handle(self, *args: Any, file: str = "-", **options: Any) -> None:
        """From ``call_command``: the same, without ending the process where all went well."""
        code = self.follow([*(f"--{name}" for name in ("json", "jsonl") if options.get(name)), file])
        if code:
            sys.exit(code)

    def follow(self, arguments: list[str]) -> int:
        """Read, decode, print; the exit code."""
        console = Console(Outlet(_open(self.stdout)), Outlet(_open(self.stderr)), Stop())
        return decoding.decode(arguments, console, "manage.py decode")


def _open(stream: OutputWrapper) -> OutputWrapper | None:
    """Django's stream; None where the one beneath it is closed."""
    return None if getattr(stream, "_out", None) is None else stream
