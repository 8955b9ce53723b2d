"""Wizards and share links."""

from __future__ import annotations

from uuid import UUID

from diagnostics.models import (
    Run,
    ShareLink,
    User,
    WizardCheck,
    WizardWalk,
)
from diagnostics.selectors.looking import one, seen
from diagnostics.selectors.team import get_membership_or_404


def walk_checks(walk: WizardWalk) -> dict[str, list[WizardCheck]]:
    """By step, the latest first, each with its run."""
    answer: dict[str, list[WizardCheck]] = {}
    found = WizardCheck.objects.filter(walk=walk).select_related("run", "by").defer("run__report", "run__upload")
    for check in found.order_by("-at", "-id"):
        answer.setdefault(check.step, []).append(check)
    return answer


def share_links(viewer: User, run: Run) -> list[ShareLink]:
    """The links made for a run, newest first."""
    get_membership_or_404(viewer, run.team_id)
    return list(ShareLink.objects.filter(run=run).select_related("created_by").order_by("-created_at", "-id"))


def get_share_link_or_404(viewer: User, link_id: UUID) -> ShareLink:
    """A share link of the viewer's teams."""
    return one(seen(ShareLink.objects.select_related("run", "team"), viewer).filter(pk=link_id))
