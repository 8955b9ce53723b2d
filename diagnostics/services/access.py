"""The one check before every write."""

from __future__ import annotations

from django.http import Http404

from diagnostics.exceptions import InvalidInput, NotAllowed
from diagnostics.models import PERMISSIONS, Action, Membership, Role, Team, User


def require(user: User, team: Team, action: Action) -> Membership:
    """The user's membership if it allows `action`; strangers find nothing (Http404), members are told (NotAllowed)."""
    membership = Membership.objects.filter(user=user, team=team).first()
    if membership is None or not user.is_active:
        raise Http404("No such team.")
    if not membership.allows(action):
        role = Role(membership.role).label.lower()
        whom = "an owner or manager" if action in PERMISSIONS[Role.MANAGER] else "an owner"
        raise NotAllowed(f"As {role} of this team you cannot {action.label}: ask {whom}.")
    return membership


def check_role(mine: Membership, role: str) -> None:
    """Refuse an unknown role, and owners made or unmade by anybody but an owner."""
    if role not in Role.values:
        raise InvalidInput({"role": f"Choose one of {', '.join(Role.values)}."})
    if role == Role.OWNER and not mine.allows(Action.MANAGE_TEAM):
        raise NotAllowed("Only an owner can make, change or remove an owner.")
