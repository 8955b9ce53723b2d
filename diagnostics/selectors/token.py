"""Tokens of people and teams."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from diagnostics.models import AccessToken, Environment, Run, Team, User
from diagnostics.selectors.looking import PAGE, Few, few, newest, one, seen
from diagnostics.selectors.team import get_membership_or_404

HEARD = timedelta(seconds=10)  # after so long without a question nobody listens any more
BUSY = timedelta(seconds=45)  # a machine that was told of a run asks nothing while it makes it

_MOST = 200  # living tokens of one person on a page; in one team nobody has more than 50
_RELATED = ("team", "environment", "membership__user")


def own_tokens(viewer: User) -> Few[AccessToken]:
    """The viewer's tokens in all teams; those that have ended, too."""
    return few(AccessToken.objects.filter(membership__user=viewer).select_related(*_RELATED), _MOST, PAGE)


def team_tokens(viewer: User, team: Team) -> tuple[list[AccessToken], int]:
    """Everybody's tokens for a team that work, newest first, and how many there are besides."""
    get_membership_or_404(viewer, team)
    return newest(_working().filter(team=team), PAGE)


def watch_tokens(viewer: User, environment: Environment) -> tuple[list[AccessToken], int]:
    """The tokens that may answer for an environment now, newest first, and how many there are besides."""
    get_membership_or_404(viewer, environment.team_id)
    return newest(_working().filter(environment=environment, scopes__icontains=AccessToken.Scope.WATCH), PAGE)


def _working() -> QuerySet[AccessToken]:
    return AccessToken.objects.filter(AccessToken.working(timezone.now())).select_related(*_RELATED)


def get_token_or_404(viewer: User, token_id: UUID) -> AccessToken:
    """A token of the viewer's teams: whose it is, the service looks at."""
    return one(seen(AccessToken.objects.select_related(*_RELATED), viewer).filter(pk=token_id))


def heard_on(environment: Environment | OuterRef) -> QuerySet[AccessToken]:
    """The tokens by which a probe listens on an environment's machine now: it asked a moment ago, or makes a run that it was told of."""
    now = timezone.now()
    told = Run.objects.filter(
        environment=OuterRef("environment"), status=Run.Status.WAITING, queued_at__lt=OuterRef("heard_at")
    )
    return AccessToken.objects.filter(
        AccessToken.working(now),
        Q(heard_at__gt=now - HEARD) | Q(Exists(told), heard_at__gt=now - BUSY),
        environment=environment,
        membership__user__is_active=True,
    )
