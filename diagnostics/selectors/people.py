"""Invitations, the audit trail, and a person's own activity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from diagnostics.models import AccountEvent, AuditEvent, Invitation, Membership, Role, Team, User
from diagnostics.selectors.looking import PAGE, Page, narrowed, one, page, seen
from diagnostics.selectors.team import get_membership_or_404

_LATELY = 15


@dataclass(frozen=True)
class Parting:
    """What becomes of a person's teams when their account goes."""

    alone: list[Team]  # nobody else is in them: they go, too
    held: list[Team]  # others are, and no other owner: the account has to stay
    left: list[Team]


def parting(viewer: User) -> Parting:
    """The viewer's teams, by what would become of each; in two queries."""
    places = Membership.objects.filter(user=viewer).select_related("team").order_by("team__name", "team_id")
    owners = Count("pk", filter=Q(role=Role.OWNER) & ~Q(user=viewer))
    others = Membership.objects.filter(team__memberships__user=viewer).order_by().values("team")
    known = {row["team"]: row for row in others.annotate(people=Count("pk"), owners=owners)}
    found = Parting([], [], [])
    for place in places:
        counted = known[place.team_id]
        if counted["people"] == 1:
            found.alone.append(place.team)
        elif place.role == Role.OWNER and not counted["owners"]:
            found.held.append(place.team)
        else:
            found.left.append(place.team)
    return found


def open_invitations(viewer: User, team: Team, before: str | None = None) -> Page[Invitation]:
    """Those that may still be used or renewed, newest first."""
    get_membership_or_404(viewer, team)
    found = Invitation.objects.filter(team=team, used_at=None, revoked_at=None).select_related("created_by")
    return page(found, "created_at", before, PAGE)


def get_invitation_or_404(viewer: User, invitation_id: UUID) -> Invitation:
    """An invitation into one of the viewer's teams."""
    return one(seen(Invitation.objects.select_related("team", "created_by"), viewer).filter(pk=invitation_id))


def audit_events(
    viewer: User, team: Team, person: str = "", action: str = "", since: datetime | None = None
) -> QuerySet[AuditEvent]:
    """The trail, newest first, with who did it; `person` is an id."""
    get_membership_or_404(viewer, team)
    rows = AuditEvent.objects.filter(team=team).select_related("actor")
    rows = narrowed(rows, actor_id=person, action=action, at__gte=since)
    return rows.order_by("-at", "-id")


def audit_trail(
    viewer: User, team: Team, person: str, action: str, since: datetime | None, before: str | None
) -> Page[AuditEvent]:
    """One page of it."""
    return page(audit_events(viewer, team, person, action, since), "at", before, PAGE)


def audit_people(viewer: User, team: Team) -> list[tuple[str, str]]:
    """Everybody in the team, by id and name, to filter the trail by; those who left are found by the page itself."""
    get_membership_or_404(viewer, team)
    people = User.objects.filter(memberships__team=team).order_by("email")
    return [(str(person.pk), str(person)) for person in people]


def account_events(viewer: User) -> list[AccountEvent]:
    """What happened to the viewer's account lately."""
    return list(AccountEvent.objects.filter(user=viewer).order_by("-at", "-id")[:_LATELY])
