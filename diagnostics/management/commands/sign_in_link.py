"""manage.py sign_in_link EMAIL: a way in for somebody who has none."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from diagnostics.models import User
from diagnostics.services import accounts


class Command(BaseCommand):
    """Prints a link that signs the person in once."""

    help = "Print a link that signs a person in, once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The person's e-mail address."""
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Print it, or say that nobody has this address."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody has the address {email}.")
        self.stdout.write(settings.PUBLIC_URL + accounts.create_sign_in_link(user))
