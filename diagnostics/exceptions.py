"""What services raise; each carries a sentence that may be shown to the person who asked."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied


class Problem(Exception):
    """The request cannot be carried out as it stands; `str()` says why and what to do instead."""


class InvalidInput(Problem):
    """Something written in a form will not do: `errors` maps the field to a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class Conflict(Problem):
    """The row has moved on since the person looked at it."""


class NotAllowed(PermissionDenied, Problem):
    """A member of the team whose role does not reach this far; strangers get 404 instead."""


class CallRefused(Problem):
    """A call of the API that is not carried out; `status` is the HTTP status that says so."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class UploadRefused(CallRefused):
    """A report that cannot be taken."""


class UnreadableSecret(Problem):
    """A stored secret does not open with the keys of FIELD_ENCRYPTION_KEYS."""
