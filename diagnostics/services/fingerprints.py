"""Fingerprints tell "the same key as staging" within a team, and nothing to anybody else.

A worker makes them with the team's salt. A machine does not have it: what it sends, of secrets alone that nobody finds by trying
words, is made the team's own before it is stored, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostics.engine.secrets import Secret, salted
from diagnostics.models import Environment, Team

_FACT = "config.key.fingerprint"


def of(environment: Environment, secret: Secret) -> str:
    """The fingerprint of a stored secret; "" while the environment belongs to no team yet."""
    return secret.fingerprint_for(environment.team.fingerprint_salt) or "" if environment.team_id else ""


def within(team: Team, report: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a machine's report with the team's fingerprints in place of its own. Its form has been checked."""
    environment = dict(report["environment"])
    if isinstance(environment.get("credentials"), list):
        environment["credentials"] = [_made(one, "fingerprint", team) for one in environment["credentials"]]
    attempts = [{**attempt, "facts": _made(attempt["facts"], _FACT, team)} for attempt in report["attempts"]]
    return {**report, "environment": environment, "attempts": attempts}


def _made(holder: Any, name: str, team: Team) -> Any:
    if isinstance(holder, dict) and isinstance(holder.get(name), str):
        return {**holder, name: salted(holder[name], team.fingerprint_salt)}
    return holder
