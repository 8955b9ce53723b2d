"""Whether a team sees the worked cases of the practice range. They are data, so a new team costs no row."""

from __future__ import annotations

from diagnostics.models import Action, Team, User
from diagnostics.services.access import require


def show(user: User, team: Team, shown: bool) -> None:
    """Show them in the list of cases, or hide them there."""
    require(user, team, Action.WORK_CASES)
    Team.objects.filter(pk=team.pk).update(examples_hidden=not shown)
    team.examples_hidden = not shown
