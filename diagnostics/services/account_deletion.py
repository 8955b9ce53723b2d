"""Deleting one's own account: the ways in go, what was written for a team stays, and no line names the person any more."""

from __future__ import annotations

from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Left, Substr

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import AccountEvent, AuditEvent, CaseEvent, Environment, Invitation, Membership, User
from diagnostics.services import audit, case_work, deletion, journal, locks, mail

GONE = "somebody who deleted their account"
# What they were about begins with a person's name or address.
_ABOUT_PEOPLE = (
    "invitation_made",
    "invitation_renewed",
    "invitation_revoked",
    "member_removed",
    "ownership_transferred",
    "role_changed",
)


def delete_account(user: User, typed: str) -> None:
    """Delete the account of `user`, who typed its address; teams that are theirs alone go with it.

    Raises InvalidInput for another address, Conflict while a team with others in it would be left without an owner.
    """
    if typed.strip().lower() != user.email:
        raise InvalidInput({"email": f"Type your address as it stands here, {user.email}, to delete the account."})
    address, doomed = user.email, _delete(user)
    for team_id in doomed:
        deletion.remove_team(team_id)
    journal.empty()
    mail.send(address, "Your account is deleted", "account_deleted", {"address": address})


@transaction.atomic
def _delete(user: User) -> list[UUID]:
    """The teams that go; their rows do so after this, in batches."""
    mine, were = Membership.objects.filter(user=user), AuditEvent.objects.filter(actor=user)
    locks.hold_teams(mine.values("team"))  # nobody leaves or comes meanwhile
    seen = Q(team__in=mine.values("team")) | Q(team__in=were.values("team"))
    # The rows that name them are in all of these.
    locks.hold_environments(Environment.objects.filter(seen).values("pk"))
    parting = selectors.parting(user)
    if parting.held:
        names = ", ".join(team.name for team in parting.held)
        raise Conflict(f"You are the last owner of {names}, and others are in it: hand it over or delete it first.")
    for team in parting.alone:
        deletion.doom(team)
    for place in Membership.objects.filter(user=user).select_related("team", "user"):
        case_work.unassign_all(place)
        audit.record(place.team, user, "account_deleted")
    theirs = Q(email=user.email) | Q(used_by=user) | Q(created_by=user, used_at=None)
    Invitation.objects.filter(theirs).delete()
    _forget_the_name(user)
    Session.objects.filter(session_key__in=list(_session_keys(user))).delete()
    user.delete()
    return [team.pk for team in parting.alone]


def _session_keys(user: User) -> set[str]:
    return set(UserSession.objects.filter(user=user).values_list("session_key", flat=True))


def _forget_the_name(user: User) -> None:
    """In what the product wrote of the person. What people wrote themselves is theirs."""
    where = Q(team__in=Membership.objects.filter(user=user).values("team"))
    where |= Q(team__in=AuditEvent.objects.filter(actor=user).values("team"))
    events = AuditEvent.objects.filter(action__in=_ABOUT_PEOPLE)
    addresses, names = _called(user)
    said = ("Assigned to {}.", "{} left the team: assigned to nobody.", "{} is read-only now: assigned to nobody.")
    for word in addresses | names:
        rows = events if word in addresses else events.filter(where)
        rest = Substr("about", len(word) + 1)
        rows.filter(Q(about=word) | Q(about__startswith=f"{word} ")).update(
            about=Left(Concat(Value(GONE), rest), AuditEvent._meta.get_field("about").max_length or 0)
        )
        for line in said:
            lines = CaseEvent.objects.filter(where, kind=CaseEvent.Kind.STATE, text=line.format(word))
            lines.update(text=line.format(GONE))
    AuditEvent.objects.filter(actor=user).update(actor_name=GONE)


def _called(user: User) -> tuple[set[str], set[str]]:
    """Every address and every name that the person has had here."""
    noted = AccountEvent.objects.filter(user=user)
    addresses = noted.filter(kind__in=("address_changed", "address_confirmed")).values_list("about", flat=True)
    names = noted.filter(kind="name_changed").values_list("about", flat=True)
    acted = AuditEvent.objects.filter(actor=user).values_list("actor_name", flat=True).distinct()
    return {user.email, *addresses} - {""}, {str(user), *names, *acted} - {""}
