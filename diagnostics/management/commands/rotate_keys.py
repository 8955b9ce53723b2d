"""manage.py rotate_keys: put every stored secret under the first key of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from diagnostics.exceptions import UnreadableSecret
from diagnostics.services import key_rotation


class Command(BaseCommand):
    """Run it after a new key was put first; then the old key can be taken out of the setting."""

    help = "Encrypt every stored secret anew with the first key of FIELD_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, or say which row does not open."""
        try:
            rows = key_rotation.rotate()
        except UnreadableSecret as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{rows} environments changed. All stored secrets are under the first key now.")
