"""The one check before every write."""

from __future__ import annotations

from django.http import Http404

from diagnostics.exceptions import NotAllowed
from diagnostics.models import Action, Membership, Role, Team, User


def require(user: User, team: Team, action: Action) -> Membership:
    """The user's membership if it allows `action`; strangers find nothing (Http404), members are told (NotAllowed)."""
    membership = Membership.objects.filter(user=user, team=team).first()
    if membership is None or not user.is_active:
        raise Http404("No such team.")
    if not membership.allows(action):
        role = Role(membership.role).label.lower()
        raise NotAllowed(f"As {role} of this team you cannot {action.label}: ask an owner or manager.")
    return membership
