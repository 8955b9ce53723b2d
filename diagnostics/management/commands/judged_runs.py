"""manage.py judged_runs: reports whose verdict people have confirmed or contradicted, for ``python -m accuracy --told``."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from diagnostics.services import judging


class Command(BaseCommand):
    """One JSON object a line: what it was (``cause``), what the verdict ``said``, and the ``report``, which names hosts."""

    help = "Print every judged report as a line of JSON, to measure the verdicts of today's knowledge with."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them, oldest first."""
        for line in judging.labelled():
            self.stdout.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
