"""Keeping a pasted text for the team: only when somebody says so, and only as the server masked it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from diagnostics.exceptions import InvalidInput
from diagnostics.models import Action, Environment, PastedText, Team, User
from diagnostics.services import decoding, environments, redaction
from diagnostics.services.access import require

MOST_KEPT = 1_000_000
"""Characters of a text that is kept."""


def keep(user: User, team: Team, pasted: str, environment: Environment | None = None) -> PastedText:
    """Store the masked text and its answer. ``environment`` is one of the team's, whose own secrets are looked for as well."""
    require(user, team, Action.WORK_CASES)
    if len(pasted) > MOST_KEPT:
        raise InvalidInput({"pasted": "At most 1 MB of text is kept: paste the part around the error and keep that."})
    known = environments.secrets_of(environment) if environment is not None else ()
    clean = str(redaction.scrub(decoding.decide(pasted).text, known))
    decided = decoding.decide(clean)  # anew, for its marks are places in what is stored
    best = decided.answer["ranked"][0]
    return PastedText.objects.create(
        team=team,
        author=user,
        environment=environment,
        text=decided.text,
        answer=decided.answer,
        cause=best["cause"],
        title=best["title"][:200],
        confidence=best["confidence"],
        created_at=timezone.now(),
    )


@transaction.atomic
def delete(user: User, text: PastedText) -> None:
    """Forget it; a case that it was added to keeps the line that says what it was."""
    require(user, text.team, Action.WORK_CASES)
    text.delete()
