"""Tokens: made and shown once, looked up by their digest, never more than their person may do at that moment."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from diagnostics.exceptions import CallRefused, Conflict, InvalidInput
from diagnostics.models import AccessToken, Action, Environment, Membership, Team, User
from diagnostics.services import audit, one_line
from diagnostics.services.access import require

BEGINS = "tsk_"
LONGEST = 365  # days
MOST = 50  # living tokens of one person in one team
Scope = AccessToken.Scope
NEEDS: dict[str, Action] = {Scope.READ: Action.VIEW, Scope.RUN: Action.RUN, Scope.WATCH: Action.RUN}
"""What the person must be allowed to do, when the token is made and each time it is used."""

_ALPHABET = string.ascii_letters + string.digits
_TOLD = timedelta(minutes=1)  # how exact "last used" is: a token that is used often is not written each time
_UNKNOWN = (
    "This token is wrong, has ended or was revoked. Make a new one: for a machine that listens on its environment's page, "
    "else on your account's page under Tokens."
)


@dataclass(frozen=True)
class Made:
    """A token just made. `secret` is shown this once; only its sha256 is kept."""

    token: AccessToken
    secret: str


@transaction.atomic
def make(
    user: User, team: Team, name: str, scopes: Sequence[str], days: int, environment: Environment | None = None
) -> Made:
    """A token of the user for the team, for `days`; with an `environment` it reaches that one alone. Raises InvalidInput, Conflict."""
    place = require(user, team, Action.VIEW)
    _check(team, name, scopes, days, environment)
    for scope in scopes:
        require(user, team, NEEDS[scope])
    now = timezone.now()
    if AccessToken.objects.filter(AccessToken.working(now), membership=place).count() >= MOST:
        raise Conflict(f"You have {MOST} tokens in this team: revoke those that nothing uses any more.")
    prefix = BEGINS + "".join(secrets.choice(_ALPHABET) for _ in range(8))
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    token = AccessToken.objects.create(
        team=team,
        membership=place,
        environment=environment,
        name=name.strip(),
        prefix=prefix,
        sha256=_sha256(secret),
        scopes=[scope for scope in Scope.values if scope in scopes],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    audit.record(team, user, "token_made", f"{token}: {', '.join(token.scopes)}")
    return Made(token, secret)


def _check(team: Team, name: str, scopes: Sequence[str], days: int, environment: Environment | None) -> None:
    wrong = {}
    if not name.strip() or len(name.strip()) > 80:
        wrong["name"] = "Say what the token is for, in at most 80 characters."
    elif says := one_line.fault(name.strip(), "name", 80):
        wrong["name"] = says
    if not scopes or not set(scopes) <= set(Scope.values):
        wrong["scopes"] = "Choose at least one thing that the token may do."
    if not 1 <= days <= LONGEST:
        wrong["days"] = f"Choose from 1 to {LONGEST} days."
    if environment is not None and (environment.team_id != team.pk or environment.archived_at is not None):
        wrong["environment"] = "Choose one of the team's environments."
    elif Scope.WATCH in scopes and (
        environment is None or environment.practice or environment.runs_from != Environment.RunsFrom.MACHINE
    ):
        wrong["environment"] = "Choose the environment whose machine will listen: one that is run on its own machine."
    if wrong:
        raise InvalidInput(wrong)


def open_token(text: str) -> AccessToken:
    """The living token of this text, with its membership, user, team and environment. Raises CallRefused (401).

    Found by its digest through an index: how long that takes tells nothing about the token.
    """
    alive = AccessToken.working(timezone.now())
    related = ("team", "environment", "membership__user", "membership__team")
    token = AccessToken.objects.select_related(*related).filter(alive, sha256=_sha256(text)).first()
    if token is None:
        raise CallRefused(401, _UNKNOWN)
    return token


def is_secret_of(token: AccessToken, text: str) -> bool:
    """Whether `text` is this token's secret, and it still works."""
    return bool(text) and hmac.compare_digest(token.sha256, _sha256(text)) and token.works(timezone.now())


def use(token: AccessToken, scopes: Sequence[str]) -> Membership:
    """The place of the token's person, if one of `scopes` is the token's and the person may do it now. Raises CallRefused (403)."""
    held = [scope for scope in scopes if token.has(scope)]
    if not held:
        words = " or ".join(f"“{scope}”" for scope in scopes)
        raise CallRefused(403, f"This token may not do that: it needs {words}. Make one that has it.")
    place = token.membership
    if not any(place.allows(NEEDS[scope]) for scope in held):
        role = place.get_role_display().lower()
        raise CallRefused(403, f"As {role} of this team the token's person cannot do that: ask an owner or manager.")
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > _TOLD:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return place


@transaction.atomic
def revoke(user: User, token: AccessToken) -> None:
    """It opens nothing from now on. One's own, or as a manager anybody's in the team."""
    if token.membership.user_id != user.pk:
        require(user, token.team, Action.MANAGE_MEMBERS)
    if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(token.team, user, "token_revoked", str(token))
    token.refresh_from_db(fields=["revoked_at"])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
