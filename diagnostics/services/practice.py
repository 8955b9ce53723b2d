"""The practice range as registered environments: they fail for real on loopback, without key or internet."""

from __future__ import annotations

from diagnostics.models import Team, User


def register_environments(team: Team, owner: User) -> None:
    """Register each practice environment in `team`."""
