"""Calls with a person's token: who calls, how often, and what refusals read like."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from diagnostics.exceptions import CallRefused
from diagnostics.models import AccessToken, Environment, Membership
from diagnostics.services import tokens
from diagnostics.services.throttle import Limit
from troubleshooter.addresses import counted_as

_CALLS = Limit("api-token", 300, 60)
_WRONG = Limit("api-wrong", 30, 60)
Scope = AccessToken.Scope
REFUSALS = frozenset({401, 403, 404, 429})


class PersonsToken(HttpBearer):
    """A token that its person made under “Tokens” of their account; the call gets its row."""

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken:
        """The row. Raises CallRefused: 401 for what opens nothing, 429 for who calls too often."""
        try:
            row = tokens.open_token(token)
        except CallRefused:
            # Counted behind the door: a forgotten script with an old token must not keep its whole office out.
            if not _WRONG.take(counted_as(request)):
                raise CallRefused(429, "Too many wrong tokens from this address. Wait a minute.") from None
            raise
        if not _CALLS.take(str(row.pk)):
            raise CallRefused(429, f"More than {_CALLS.most} calls a minute with this token. Wait a minute.")
        return row


def caller(request: HttpRequest, *scopes: str) -> tuple[AccessToken, Membership]:
    """The call's token and the place of its person, if it may do one of these. Raises CallRefused (403)."""
    token: AccessToken = request.auth  # type: ignore[attr-defined]
    return token, tokens.use(token, scopes)


def reaches(token: AccessToken, environment: Environment) -> bool:
    """Whether the environment lies within what the token is for."""
    return environment.team_id == token.team_id and token.environment_id in (None, environment.pk)
