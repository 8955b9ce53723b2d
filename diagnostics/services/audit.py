"""The audit trail: what changes who may see or do what is told here, in the transaction that does it."""

from __future__ import annotations

from django.utils import timezone

from diagnostics.models import AuditEvent, Team, User

ACTIONS: dict[str, str] = {
    "account_deleted": "left the team with the account",
    "team_made": "founded the team",
    "team_renamed": "renamed the team",
    "invitation_accepted": "joined by invitation as",
    "invitation_made": "invited",
    "invitation_renewed": "renewed the invitation of",
    "invitation_revoked": "revoked the invitation of",
    "joined_by_domain": "joined by single sign-on as",
    "member_removed": "removed",
    "member_left": "left the team",
    "ownership_transferred": "handed the team to",
    "role_changed": "changed the role of",
    "data_exported": "exported everything the team owns",
    "data_imported": "made this team from an export",
    "environment_deleted": "deleted the environment for good, with its runs and cases,",
    "run_deleted": "deleted for good",
    "keep_changed": "changed how long runs are kept:",
    "environment_registered": "registered the environment",
    "environment_changed": "changed the environment",
    "environment_archived": "archived the environment",
    "case_reopened": "opened again",
    "credential_removed": "removed the stored key of",
    "credential_replaced": "replaced the stored key of",
    "environment_restored": "restored the environment",
    "hand_off_made": "handed over",
    "hand_off_revoked": "revoked the hand-off of",
    "practice_reset": "reset the practice environment",
    "share_made": "shared",
    "share_revoked": "revoked a link to",
    "text_deleted": "deleted the kept text",
    "token_made": "made the token",
    "token_revoked": "revoked the token",
}
"""Every action by its code, in words that follow the person's name and stand before what it was done to."""


def record(team: Team, actor: User | None, action: str, about: str = "", address: str = "") -> AuditEvent:
    """Add a line to the team's trail. `about` names the thing in words and holds no secret; KeyError for an unknown code."""
    ACTIONS[action]  # an unknown code is a slip of ours and fails at once
    return AuditEvent.objects.create(
        team=team,
        at=timezone.now(),
        actor=actor,
        actor_name=str(actor) if actor is not None else "",
        action=action,
        about=about[:300],
        address=address[:200],
    )
