"""manage.py export_team SLUG: everything a team owns, as JSON Lines on standard output."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnostics.models import Team
from diagnostics.services import audit, exporting


class Command(BaseCommand):
    """Writes the lines; the page of a team's data gives the same file, packed."""

    help = "Write everything a team owns as JSON Lines to standard output, without keys, links and members."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which team."""
        parser.add_argument("team", help="the team's slug")

    def handle(self, *args: Any, team: str, **options: Any) -> None:
        """Write it."""
        found = Team.objects.filter(slug=team, doomed_at=None).first()
        if found is None:
            slugs = ", ".join(Team.objects.filter(doomed_at=None).order_by("slug").values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no team {team}. Teams here: {slugs or 'none'}.")
        audit.record(found, None, "data_exported")
        for line in exporting.lines(found):
            sys.stdout.buffer.write(line)
