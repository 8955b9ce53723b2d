"""Teams, who is in them, and the one table of who may do what."""

from __future__ import annotations

from secrets import token_hex

from django.db import models

from diagnostics.models.base import Row, TeamRow
from diagnostics.models.users import User


class Role(models.TextChoices):
    """What a member is in a team, most powerful first."""

    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    MEMBER = "member", "Member"
    READONLY = "readonly", "Read-only"


class Action(models.TextChoices):
    """Everything a role may or may not do."""

    VIEW = "view", "see the team's environments, runs and cases"
    SEE_CREDENTIALS = "see_credentials", "see the shape of stored credentials"
    EDIT_ENVIRONMENTS = "edit_environments", "register and change environments"
    RUN = "run", "start and stop runs"
    WORK_CASES = "work_cases", "write notes and close cases"
    SHARE = "share", "make and revoke share links"
    MANAGE_MEMBERS = "manage_members", "invite people and change their roles"
    MANAGE_DATA = "manage_data", "export, import and delete what the team owns, and say how long runs are kept"
    MANAGE_TEAM = "manage_team", "rename the team and name owners"


_READONLY = frozenset({Action.VIEW})
_MEMBER = _READONLY | {Action.SEE_CREDENTIALS, Action.EDIT_ENVIRONMENTS, Action.RUN, Action.WORK_CASES, Action.SHARE}
_MANAGER = _MEMBER | {Action.MANAGE_MEMBERS, Action.MANAGE_DATA}

PERMISSIONS: dict[str, frozenset[Action]] = {
    Role.READONLY: _READONLY,
    Role.MEMBER: _MEMBER,
    Role.MANAGER: _MANAGER,
    Role.OWNER: _MANAGER | {Action.MANAGE_TEAM},
}


def new_salt() -> str:
    """What a team's fingerprints are made with."""
    return token_hex(16)


class Team(Row):
    """People who share environments, runs and cases."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField()
    fingerprint_salt = models.CharField(max_length=32, default=new_salt, editable=False)
    examples_hidden = models.BooleanField(default=False, editable=False)  # the worked cases of the practice range
    keep_days = models.PositiveIntegerField(null=True)  # how long runs are kept that nothing holds; None: for ever
    cleaned_at = models.DateTimeField(null=True, editable=False)  # when runs past their time were last looked for
    doomed_at = models.DateTimeField(
        null=True, editable=False
    )  # deleted: nobody sees it, and a worker removes its rows
    cases_opened = models.PositiveIntegerField(default=0, editable=False)  # gives each case its number

    def __str__(self) -> str:
        return self.name


class Membership(TeamRow):
    """A person's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.team_id}"

    def allows(self, action: Action | str) -> bool:
        """Whether this member may do `action`."""
        return Action(action) in PERMISSIONS[self.role]
