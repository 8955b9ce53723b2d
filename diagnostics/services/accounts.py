"""People and teams: the first sign-in, links, members and roles."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import Action, Membership, Role, SignInLink, Team, User
from diagnostics.services import practice
from diagnostics.services.access import require

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
def create_team(owner: User, name: str) -> Team:
    """A team with its owner and its own practice environments."""
    name = name.strip()
    if not name:
        raise InvalidInput({"name": "Give the team a name."})
    team = Team.objects.create(name=name[:80], slug=_free_slug(name), created_at=timezone.now())
    Membership.objects.create(team=team, user=owner, role=Role.OWNER, joined_at=team.created_at)
    practice.register_environments(team, owner)
    return team


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


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def set_password(user: User, password: str) -> None:
    """A password of one's own beside sign-in links; the form has validated it."""
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def add_member(user: User, team: Team, email: str, role: str) -> Membership:
    """Put the person with this address into the team; a new one gets an account that only a sign-in link opens."""
    mine = require(user, team, Action.MANAGE_MEMBERS)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput({"email": "Write an e-mail address such as ada@example.com."}) from None
    _check_role(mine, role)
    person = User.objects.filter(email=email).first() or User.objects.create_user(email)
    membership, made = Membership.objects.get_or_create(
        team=team, user=person, defaults={"role": role, "joined_at": timezone.now()}
    )
    if not made:
        raise Conflict(f"{email} is in this team already, as {membership.get_role_display().lower()}.")
    return membership


def create_invitation(member: Membership) -> str | None:
    """The path of a link for somebody just added who was never here; None for an account that is in use already.

    Whoever adds a person sees this link and could open it: it must lead to nothing that the account has elsewhere.
    """
    person = member.user
    elsewhere = Membership.objects.filter(user=person).exclude(pk=member.pk).exists()
    known = person.last_login is not None or person.has_usable_password() or person.is_staff
    return None if known or elsewhere else create_sign_in_link(person)


@transaction.atomic
def change_role(user: User, membership: Membership, role: str) -> None:
    """Give a member another role; the last owner stays one."""
    mine = require(user, membership.team, Action.MANAGE_MEMBERS)
    _check_role(mine, role)
    _check_role(mine, membership.role)
    if role != Role.OWNER:
        _keep_an_owner(membership)
    Membership.objects.filter(pk=membership.pk).update(role=role)
    membership.role = role


@transaction.atomic
def remove_member(user: User, membership: Membership) -> None:
    """Take a member out of the team; everybody may leave, but the last owner."""
    if membership.user_id != user.pk:
        _check_role(require(user, membership.team, Action.MANAGE_MEMBERS), membership.role)
    _keep_an_owner(membership)
    membership.delete()


def _check_role(mine: Membership, role: str) -> None:
    if role not in Role.values:
        raise InvalidInput({"role": f"Choose one of {', '.join(Role.values)}."})
    if role == Role.OWNER and not mine.allows(Action.MANAGE_TEAM):
        raise NotAllowed("Only an owner can make, change or remove an owner.")


def _keep_an_owner(membership: Membership) -> None:
    # Locking the team makes two owners who leave at once take turns.
    Team.objects.select_for_update().get(pk=membership.team_id)
    if (
        membership.role == Role.OWNER
        and not Membership.objects.filter(team=membership.team_id, role=Role.OWNER).exclude(pk=membership.pk).exists()
    ):
        raise Conflict("This is the team's last owner: make somebody else an owner first.")
