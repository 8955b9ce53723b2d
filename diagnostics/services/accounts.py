"""People and teams: the first sign-in, the links that sign in once, and new teams."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import slugify

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Membership, Role, SignInLink, Team, User
from diagnostics.services import account_events, audit, one_line, practice

FIRST_EMAIL = "owner@localhost"
FIRST_TEAM = "My team"
SIGN_IN_PATH = "/sign-in/{token}/"


def create_first_sign_in_link() -> str:
    """The path of a link that signs in the owner of this installation; the first call makes the owner and a first team.

    Whoever can start the server may sign in as its owner, as `make start` prints what this returns.
    """
    return create_sign_in_link(first_owner())


def first_owner() -> User:
    """The longest-standing active owner of a team; if there is none, one is made with a team and practice range."""
    try:
        return _first_owner()
    except IntegrityError:  # another process that starts just now was quicker
        return _first_owner()


@transaction.atomic
def _first_owner() -> User:
    oldest = (
        Membership.objects.filter(role=Role.OWNER, user__is_active=True)
        .order_by("joined_at", "id")
        .select_related("user")
        .first()
    )
    if oldest is not None:
        return oldest.user
    owner = User.objects.filter(email=FIRST_EMAIL).first() or User.objects.create_user(FIRST_EMAIL)
    create_team(owner, FIRST_TEAM)
    return owner


@transaction.atomic
def create_team(owner: User, name: str, practice_range: bool = True) -> Team:
    """A team with its owner and, where wanted, its own practice environments."""
    name = one_line.name(name, 80)
    if not name:
        raise InvalidInput({"name": "Give the team a name."})
    team = Team.objects.create(name=name, slug=_free_slug(name), created_at=timezone.now())
    Membership.objects.create(team=team, user=owner, role=Role.OWNER, joined_at=team.created_at)
    audit.record(team, owner, "team_made", team.name, "/team/")
    if practice_range:
        practice.register_environments(team, owner)
    return team


def has_team_called(user: User, name: str, besides: Team | None = None) -> bool:
    """Whether one of the person's teams has this name: a second one could not be told from it, also not when it is deleted."""
    wanted = " ".join(name.split()).casefold()
    mine = Team.objects.filter(memberships__user=user)
    return any(other != besides and other.name.casefold() == wanted for other in mine)


def free_name(user: User, name: str) -> str:
    """The name for another team of the person's, with a number behind it where they are in one of that name."""
    name, number = " ".join(name.split())[:72], 1
    free = name
    while has_team_called(user, free):
        number += 1
        free = f"{name} ({number})"
    return free


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "team"
    slug, number = base, 1
    while Team.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


def create_sign_in_link(user: User) -> str:
    """The path of a link that signs `user` in once, within SIGN_IN_LINK_MINUTES."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    SignInLink.objects.create(
        user=user,
        token_sha256=_sha256(token),
        created_at=now,
        expires_at=now + timedelta(minutes=settings.SIGN_IN_LINK_MINUTES),
    )
    return SIGN_IN_PATH.format(token=token)


def redeem_sign_in_link(token: str) -> User | None:
    """The user whom this token signs in, or None: unknown, expired, used, or for somebody who may no longer sign in.

    Of several requests with the same token exactly one gets the user.
    """
    now, digest = timezone.now(), _sha256(token)
    fresh = SignInLink.objects.filter(token_sha256=digest, used_at=None, expires_at__gt=now, user__is_active=True)
    if not SignInLink.objects.filter(pk__in=fresh.values("pk"), used_at=None).update(used_at=now):
        return None
    return SignInLink.objects.select_related("user").get(token_sha256=digest).user


def choose_password(user: User, password: str) -> None:
    """The first to come with a link that was mailed chooses; Conflict for whoever comes after `user` was read with another one."""
    before = user.password
    user.set_password(password)
    if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
        raise Conflict("This link was used already.")


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def rename_person(user: User, name: str, request: HttpRequest | None = None) -> None:
    """What the others call this person; empty, they see the address. The former name is noted: it goes with the account."""
    before = str(user)
    user.first_name, user.last_name = one_line.name(name, 150), ""
    user.save(update_fields=["first_name", "last_name"])
    account_events.note(user, "name_changed", request, before)


def is_used_recovery_code(user: User, code: str) -> bool:
    """Whether this was one of the person's recovery codes until it was used; of codes that newer ones replaced nothing is known."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None:
        return False
    codes = row.wrap()
    used = set(codes.generate_codes()) - set(codes.get_unused_codes())
    return any(compare_user_code(actual=code, expected=one) for one in used)
