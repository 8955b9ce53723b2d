"""What a team owns, table by table: which rows an export holds, in an order in which an import can make them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Field, ForeignKey, Model

from diagnostics.models import (
    AccessToken,
    Attempt,
    AuditEvent,
    Case,
    CaseEvent,
    CaseWords,
    Environment,
    HandOff,
    HandOffChange,
    Invitation,
    Judgement,
    Membership,
    PastedText,
    Run,
    ShareLink,
    User,
    WizardCheck,
    WizardWalk,
)
from diagnostics.models.base import TeamRow
from diagnostics.models.encryption import EncryptedField

FORM = "troubleshooter.team/1"
MANY = 500  # rows that are read or written at once


@dataclass(frozen=True)
class Kind:
    """The rows of one table. `leaves` are columns that mean nothing elsewhere; sealed columns are never written."""

    word: str
    model: type[TeamRow]
    leaves: frozenset[str] = frozenset()
    comes_back: bool = True  # whether an import makes the row anew


_OF_THIS_PLACE = frozenset({"woken_at", "lease_owner", "lease_until", "deadline_at", "upload", "upload_token_sha256"})

# A row stands after the rows that it points to, but for a run's case and a case's runs: cases come first.
KINDS: tuple[Kind, ...] = (
    Kind("environment", Environment, frozenset({"doomed_at"})),
    Kind("case", Case),
    Kind("run", Run, _OF_THIS_PLACE),
    Kind("attempt", Attempt),
    Kind("pasted_text", PastedText),
    Kind("wizard_walk", WizardWalk),
    Kind("wizard_check", WizardCheck),
    Kind("case_event", CaseEvent),
    Kind("judgement", Judgement),
    Kind("audit_event", AuditEvent, comes_back=False),  # a trail that somebody could write is none
)
KIND_OF = {kind.word: kind for kind in KINDS}

STAYS: dict[type[Model], str] = {
    Membership: "People are invited anew: an import gives nobody access.",
    Invitation: "An invitation opens here alone: it is signed with this installation's key.",
    AccessToken: "A token opens this installation alone: its person makes another one elsewhere.",
    ShareLink: "A link opens here alone: it is signed with this installation's key.",
    HandOff: "Its link opens here alone; the case's timeline tells of it.",
    CaseWords: "What cases are found by is made anew from them.",
    HandOffChange: "It is a receiver's answer to such a link; the case's timeline tells of it.",
}
"""Tables of a team that an export leaves out, and why; a test holds this and KINDS complete."""


def columns(kind: Kind) -> list[Field[object, object]]:
    """The columns that are written: all but the team, what is sealed and what means nothing elsewhere."""
    return [
        field
        for field in kind.model._meta.concrete_fields
        if field.name not in kind.leaves and field.name != "team" and not isinstance(field, EncryptedField)
    ]


def points_to_person(field: Field[object, object]) -> bool:
    """Whether a column names a person, who is told by e-mail address."""
    return isinstance(field, ForeignKey) and field.related_model is User


def points_to_row(field: Field[object, object]) -> bool:
    """Whether a column names another row of the team."""
    return isinstance(field, ForeignKey) and field.related_model is not User
