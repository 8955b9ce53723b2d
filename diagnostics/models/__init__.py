"""The rows, one file per noun."""

from diagnostics.models.accounts import AccountEvent
from diagnostics.models.audit import AuditEvent
from diagnostics.models.case_words import CaseWords
from diagnostics.models.cases import Case, CaseEvent
from diagnostics.models.environments import Environment
from diagnostics.models.handoffs import HandOff, HandOffChange
from diagnostics.models.invitations import Invitation
from diagnostics.models.judgements import Judgement
from diagnostics.models.runs import Attempt, Run
from diagnostics.models.sharing import ShareLink
from diagnostics.models.teams import PERMISSIONS, Action, Membership, Role, Team
from diagnostics.models.texts import PastedText
from diagnostics.models.tokens import AccessToken
from diagnostics.models.users import SignInLink, User
from diagnostics.models.wizards import WizardCheck, WizardWalk

__all__ = [
    "PERMISSIONS",
    "AccessToken",
    "AccountEvent",
    "Action",
    "Attempt",
    "AuditEvent",
    "Case",
    "CaseEvent",
    "CaseWords",
    "Environment",
    "HandOff",
    "HandOffChange",
    "Invitation",
    "Judgement",
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
