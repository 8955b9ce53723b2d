"""The rows, one file per noun."""

from diagnostics.models.cases import Case, CaseEvent
from diagnostics.models.environments import Environment
from diagnostics.models.runs import Attempt, Run
from diagnostics.models.sharing import ShareLink
from diagnostics.models.teams import PERMISSIONS, Action, Membership, Role, Team
from diagnostics.models.texts import PastedText
from diagnostics.models.users import SignInLink, User
from diagnostics.models.wizards import WizardCheck, WizardWalk

__all__ = [
    "PERMISSIONS",
    "Action",
    "Attempt",
    "Case",
    "CaseEvent",
    "Environment",
    "Membership",
    "PastedText",
    "Role",
    "Run",
    "ShareLink",
    "SignInLink",
    "Team",
    "User",
    "WizardCheck",
    "WizardWalk",
]
