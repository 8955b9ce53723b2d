"""Invitations into a team: by link for whoever holds it, or for one address, once, and only for a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import PERMISSIONS, Action, Invitation, Membership, Role, Team, User
from diagnostics.services import audit, locks, mail, one_line
from diagnostics.services.access import check_role, require
from diagnostics.services.throttle import Limit

DAYS = (1, 7, 30)
PATH = "/invitations/{token}/"
# Two salts, so that whoever opens the mailed link has shown that the mailbox is theirs; whoever invites sees the other.
_COPIED = Signer(salt="diagnostics.invitation", sep=".")
_MAILED = Signer(salt="diagnostics.invitation.mailed", sep=".")
_MAILS = Limit("invitation-mails", 40, 3600)  # of one person: everybody may found a team and mail whom they like
_OVER = "This invitation is no longer open."


def invite(user: User, team: Team, email: str, role: str, days: int = 7) -> Invitation:
    """Open an invitation for an address, or with an empty one for whoever holds the link."""
    mine = require(user, team, Action.MANAGE_MEMBERS)
    check_role(mine, role)
    email = email.strip().lower()
    if email:
        _refuse_odd(team, email)
    if days not in DAYS:
        raise InvalidInput({"days": f"Choose one of {', '.join(map(str, DAYS))} days."})
    now = timezone.now()
    try:
        with transaction.atomic():
            made = Invitation.objects.create(
                team=team, email=email, role=role, days=days, created_by=user, created_at=now,
                expires_at=now + timedelta(days=days),
            )  # fmt: skip
            audit.record(team, user, "invitation_made", _told(made), "/team/")
    except IntegrityError:
        raise Conflict(f"{email} has an open invitation: renew that one below.") from None
    return made


def _refuse_odd(team: Team, email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput({"email": "Write an e-mail address such as ada@example.com."}) from None
    if Membership.objects.filter(team=team, user__email=email).exists():
        raise Conflict(f"{email} is in this team already.")


def send(invitation: Invitation) -> bool:
    """Mail it to its address; False when it has none, the mail did not go out, or too many did. The link can be copied all the same."""
    if not invitation.email or not _MAILS.take(str(invitation.created_by_id)):
        return False
    context = {"invitation": invitation, "path": PATH.format(token=_MAILED.sign(invitation.pk.hex))}
    subject = f"Join {invitation.team.name} on Troubleshooter"
    if not mail.send(invitation.email, subject, "invitation", context):
        return False
    Invitation.objects.filter(pk=invitation.pk).update(mailed_at=timezone.now())
    return True


@transaction.atomic
def renew(user: User, invitation: Invitation) -> None:
    """Let it live as long again, from now; its link stays the same."""
    check_role(require(user, invitation.team, Action.MANAGE_MEMBERS), invitation.role)
    until = timezone.now() + timedelta(days=invitation.days)
    if not _open().filter(pk=invitation.pk).update(expires_at=until):
        raise Conflict(_OVER)
    invitation.expires_at = until
    audit.record(invitation.team, user, "invitation_renewed", _told(invitation), "/team/")


@transaction.atomic
def revoke(user: User, invitation: Invitation) -> None:
    """Nobody comes in by it any more."""
    require(user, invitation.team, Action.MANAGE_MEMBERS)
    if not _open().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        raise Conflict(_OVER)
    audit.record(invitation.team, user, "invitation_revoked", _told(invitation), "/team/")


def close_after(place: Membership, before: str) -> None:
    """Somebody is gone (`place` without a key) or has another role than `before`: revoke what they made and could not make now.

    They know these links, and no others: the team's page shows a link to its maker alone.
    """
    if Action.MANAGE_MEMBERS not in PERMISSIONS[before] or (place.pk and place.allows(Action.MANAGE_TEAM)):
        return
    theirs = _open().filter(team=place.team_id, created_by=place.user_id)
    if place.pk and place.allows(Action.MANAGE_MEMBERS):
        theirs = theirs.filter(role=Role.OWNER)
    for one in theirs:
        if _open().filter(pk=one.pk).update(revoked_at=timezone.now()):
            audit.record(
                place.team, None, "invitation_revoked", f"{_told(one)}: who made it may do so no longer", "/team/"
            )


def link_path(invitation: Invitation) -> str:
    """The path of the link that is copied by hand."""
    return PATH.format(token=_COPIED.sign(invitation.pk.hex))


def find(token: str) -> tuple[Invitation, bool] | None:
    """The open invitation of a token, and whether the token came by mail; None when it opens nothing."""
    wanted = _id_of(token)
    if wanted is None:
        return None
    alive = Invitation.objects.filter(Invitation.working(timezone.now()), pk=wanted[0])
    found = alive.select_related("team", "created_by").first()
    return (found, wanted[1]) if found else None


def _id_of(token: str) -> tuple[UUID, bool] | None:
    """The id in a token of ours, and whether it is the mailed one."""
    for signer in (_COPIED, _MAILED):
        try:
            return UUID(hex=signer.unsign(token)), signer is _MAILED
        except (BadSignature, ValueError):
            continue
    return None


def joined_by(token: str, user: User) -> Team | None:
    """The team that this person is in by the used invitation of a token."""
    wanted = _id_of(token)
    used = Invitation.objects.filter(pk=wanted[0], used_by=user) if wanted is not None else Invitation.objects.none()
    found = used.filter(team__memberships__user=user).select_related("team").first()
    return found.team if found is not None else None


def fits(invitation: Invitation, user: User) -> bool:
    """Whether this person may come in by it: one for an address is for that address alone."""
    return invitation.email in ("", user.email)


@transaction.atomic
def accept(user: User, invitation: Invitation) -> Membership:
    """Join the team; of two who come at once by one invitation the second is told that it is used."""
    if not fits(invitation, user):
        raise NotAllowed(f"This invitation is for {invitation.email}, and you are signed in as {user.email}.")
    locks.hold_team(invitation.team_id)  # of two invitations that one person accepts at once, the second finds them in
    if Membership.objects.filter(team=invitation.team_id, user=user).exists():
        raise Conflict(f"You are in {invitation.team.name} already.")
    now = timezone.now()
    alive = Invitation.objects.filter(Invitation.working(now), pk=invitation.pk)
    if not alive.update(used_at=now, used_by=user):
        raise Conflict(_OVER)
    made = Membership.objects.create(team=invitation.team, user=user, role=invitation.role, joined_at=now)
    audit.record(invitation.team, user, "invitation_accepted", made.get_role_display().lower(), "/team/")
    return made


@transaction.atomic
def accept_as_new(invitation: Invitation, mailed: bool, email: str, name: str, password: str) -> User:
    """Make an account and join with it. Its address counts as confirmed only where the mailed link was opened."""
    email = (invitation.email or email).strip().lower()
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, password, first_name=one_line.name(name, 150))
    except IntegrityError:
        raise InvalidInput({"email": "There is an account with this address: sign in with it to join."}) from None
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=mailed and bool(invitation.email))
    accept(person, invitation)
    return person


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(used_at=None, revoked_at=None)


def _told(invitation: Invitation) -> str:
    return f"{invitation.email or 'whoever holds the link'} as {invitation.get_role_display().lower()}"
