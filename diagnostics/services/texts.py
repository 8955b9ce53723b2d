"""Keeping a pasted text for the team: only when somebody says so, and only as the server masked it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Action, Environment, PastedText, Team, User
from diagnostics.services import audit, decoding, environments, journal, redaction
from diagnostics.services.access import require

MOST_KEPT = 1_000_000
"""Characters of a text that is kept."""


def keep(user: User, team: Team, pasted: str) -> PastedText:
    """Store the masked text and its answer. Raises InvalidInput."""
    require(user, team, Action.WORK_CASES)
    if len(pasted) > MOST_KEPT:
        raise InvalidInput({"pasted": "At most 1 MB of text is kept: paste the part around the error and keep that."})
    kept = PastedText(team=team, author=user, created_at=timezone.now())
    _fill(kept, decoding.decide(pasted).text, ())
    kept.save(force_insert=True)
    return kept


@transaction.atomic
def place(user: User, text: PastedText, environment: Environment) -> None:
    """Say where it came from; that environment's own secrets, whatever they look like, are blacked out in it from then on."""
    require(user, text.team, Action.WORK_CASES)
    if environment.team_id != text.team_id:
        raise Http404("No such environment in this team.")
    text.environment = environment
    _fill(text, text.text, environments.secrets_of(environment))
    text.save(update_fields=["environment", "text", "answer", "cause", "title", "confidence"])


def _fill(kept: PastedText, text: str, known: Iterable[Secret]) -> None:
    """The text as every database and page can hold it, and its answer; one that has an answer keeps that while its text stays."""
    clean = redaction.written(text, known)
    if clean == kept.text:
        return
    decided = decoding.decide(clean)  # its marks are places in what is stored
    best = decided.answer["ranked"][0]
    kept.text, kept.answer = decided.text, decided.answer
    kept.cause, kept.title, kept.confidence = best["cause"], best["title"][:200], best["confidence"]


@transaction.atomic
def delete(user: User, text: PastedText) -> None:
    """Forget it; a case that it was added to keeps the line that says what it was."""
    require(user, text.team, Action.WORK_CASES)
    audit.record(text.team, user, "text_deleted", text.title)
    text.delete()
    journal.empty()
