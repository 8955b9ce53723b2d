"""Texts that a team kept."""

from __future__ import annotations

from uuid import UUID

from diagnostics.models import (
    Case,
    PastedText,
    Team,
    User,
)
from diagnostics.selectors.looking import PAGE, Page, one, page, seen, standing
from diagnostics.selectors.team import get_membership_or_404


def texts(viewer: User, team: Team, before: str | None = None) -> Page[PastedText]:
    """Kept texts, newest first, without what they say."""
    get_membership_or_404(viewer, team)
    found = PastedText.objects.filter(team=team).select_related("author").defer("text", "answer")
    return page(found, "created_at", before, PAGE)


def get_text_or_404(viewer: User, text_id: UUID) -> PastedText:
    """A kept text of the viewer's teams."""
    found = PastedText.objects.select_related("team", "author", "environment")
    return one(seen(found, viewer).filter(pk=text_id))


def cases_with(viewer: User, pasted: PastedText) -> list[Case]:
    """The cases that a kept text was added to."""
    return list(
        standing(seen(Case.objects.filter(events__pasted=pasted), viewer)).distinct().order_by("-changed_at", "-id")
    )
