"""People who come by single sign-on without an invitation."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from diagnostics.models import Membership, Role, Team, User
from diagnostics.services import audit, locks


def may_come(email: str) -> bool:
    """Whether an address that its provider has confirmed may get an account."""
    return not settings.OIDC_DOMAINS or email.rpartition("@")[2].lower() in settings.OIDC_DOMAINS


@transaction.atomic
def join_team_of_newcomers(user: User) -> None:
    """Into the team of OIDC_AUTO_TEAM as a member; without that setting a new account is in no team."""
    team = Team.objects.filter(slug=settings.OIDC_AUTO_TEAM).first() if settings.OIDC_AUTO_TEAM else None
    if team is None or not may_come(user.email):
        return
    locks.hold_team(team.pk)
    if Membership.objects.filter(team=team, user=user).exists():  # an invitation was quicker
        return
    Membership.objects.create(team=team, user=user, role=Role.MEMBER, joined_at=timezone.now())
    audit.record(team, user, "joined_by_domain", "member", "/team/")
