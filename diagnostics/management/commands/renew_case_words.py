"""manage.py renew_case_words: what cases are found by, made anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from diagnostics.services import case_words


class Command(BaseCommand):
    """Says how many cases were found by other words until now."""

    help = "Make anew what every case is found by: after a cause got another title. Safe while people work."

    def handle(self, *args: Any, **options: Any) -> None:
        """Batch by batch; what is right already is left alone."""
        changed = case_words.renew_all()
        self.stdout.write(f"{changed} case{'' if changed == 1 else 's'} made anew.")
