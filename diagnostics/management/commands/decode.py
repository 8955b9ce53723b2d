"""manage.py decode [FILE|-]: rank causes for a text, as ``probe.pyz decode`` does. Nothing is stored."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from diagnostics.engine.cli import decoding


class Command(BaseCommand):
    """Ends with 0, or with 2 where the command line was wrong."""

    help = "Rank causes for a pasted error, log or page: FILE, or - for standard input. --json, --jsonl."
    requires_system_checks: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """The probe's own command line, read by its own rules."""
        sys.exit(decoding.main(argv[2:], f"{argv[0].rpartition('/')[2] or 'manage.py'} decode"))

    def handle(self, *args: Any, **_: Any) -> None:
        """From ``call_command``: the same, without ending the process."""
        code = decoding.main([str(one) for one in args], "manage.py decode")
        if code:
            sys.exit(code)
