"""manage.py import_team FILE --owner ADDRESS: a team made anew from an export, of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnostics.exceptions import Problem
from diagnostics.forms.data import lines_of
from diagnostics.models import User
from diagnostics.services import importing


class Command(BaseCommand):
    """All of the file or nothing of it."""

    help = "Make a team from an export (.jsonl or .jsonl.gz). Its owner must have an account here."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, and whose team it becomes."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--owner", required=True, help="e-mail address of the account that will own the team")

    def handle(self, *args: Any, file: Path, owner: str, **options: Any) -> None:
        """Import it."""
        person = User.objects.filter(email=owner.strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody here has the address {owner}: sign them up first.")
        try:
            with file.open("rb") as opened:
                made = importing.import_team(person, lines_of(opened))
        except OSError as problem:
            raise CommandError(f"{file} cannot be read ({problem.strerror}).") from None
        except (Problem, ValueError) as refused:
            raise CommandError(str(refused)) from None
        told = ", ".join(f"{count} {word}" for word, count in made.rows.items()) or "no rows"
        self.stdout.write(f"Made the team {made.team.slug}: {told}.")
        for note in made.notes:
            self.stdout.write(note)
