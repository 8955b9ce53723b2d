"""What happened to an account, told to its person on their account page."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from diagnostics.models import AccountEvent, User
from diagnostics.services.redaction import without_steering
from troubleshooter.addresses import address_of

KINDS: dict[str, str] = {
    "address_changed": "The e-mail address was changed",
    "address_confirmed": "The e-mail address was confirmed",
    "codes_made": "New recovery codes were made",
    "invitation_accepted": "Joined a team",
    "name_changed": "The name was changed",
    "password_changed": "The password was changed",
    "password_reset": "The password was reset by mail",
    "password_set": "A password was set",
    "session_ended": "Another device was signed out",
    "sessions_ended": "All other devices were signed out",
    "signed_in": "Signed in",
    "sso_linked": "Single sign-on was linked",
    "sso_unlinked": "Single sign-on was unlinked",
    "token_made": "A token was made",
    "two_factor_off": "Two-factor sign-in was switched off",
    "two_factor_on": "Two-factor sign-in was switched on",
}
"""Every kind by its code, as the page and the mails say it."""


def note(user: User, kind: str, request: HttpRequest | None = None, about: str = "") -> AccountEvent:
    """Add a line to the person's recent activity; KeyError for an unknown kind."""
    KINDS[kind]
    return AccountEvent.objects.create(
        user=user,
        at=timezone.now(),
        kind=kind,
        about=about[:200],
        address=address_of(request)[:64] if request else "",
        device=without_steering(request.headers.get("User-Agent", ""))[:200] if request else "",
    )
