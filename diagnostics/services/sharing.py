"""Showing one report to people without an account, and exactly what they see of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Membership, Run, ShareLink, Team, User
from diagnostics.services import audit, link_tokens, locks, outsiders
from diagnostics.services.access import require
from diagnostics.services.canonical import canonical

LONGEST = timedelta(days=365)
_SALT = "diagnostics.share-link"
_SEAL_SALT = "diagnostics.share-preview"
_SEAL_AGE = timedelta(hours=1)


def create(
    user: User, run: Run, days: int | None, hides: Sequence[str] = (), *, seal: str = "", card_tells: bool = False
) -> ShareLink:
    """A link to the run's frozen report, for `days`; None makes it public and needs the `seal` of its preview.

    `hides` are kinds of ShareLink.Hides that outsiders do not see; `card_tells`: what they may see may stand in link previews, too.
    """
    require(user, run.team, Action.SHARE)
    if run.report is None:
        raise Conflict("There is no report to share yet.")
    if days is not None and not 1 <= days <= LONGEST.days:
        raise InvalidInput({"days": f"Choose from 1 to {LONGEST.days} days."})
    if not set(hides) <= set(ShareLink.Hides.values):
        raise InvalidInput({"hides": f"Choose from {', '.join(ShareLink.Hides.values)}."})
    if days is None and not _sealed(user, run, hides, seal):
        raise InvalidInput({"days": "Look at the preview first, and make the report public from there."})
    return _made(user, run, days, sorted(set(hides)), card_tells)


def seal(user: User, run: Run, hides: Sequence[str]) -> str:
    """Proves for an hour that this person was shown what outsiders would see of the run with `hides`."""
    return signing.dumps(_seen(user, run, hides), salt=_SEAL_SALT, compress=True)


def revoke(user: User, link: ShareLink) -> None:
    """Nobody can open it from now on."""
    require(user, link.team, Action.SHARE)
    _end(user, link.team, link.run, ShareLink.objects.filter(pk=link.pk))
    link.refresh_from_db(fields=["revoked_at"])


def close(user: User, run: Run) -> int:
    """Show the run to the team alone: every link to it ends. Returns how many did."""
    require(user, run.team, Action.SHARE)
    return _end(user, run.team, run, ShareLink.objects.filter(run=run))


@transaction.atomic
def _made(user: User, run: Run, days: int | None, hides: list[str], card_tells: bool) -> ShareLink:
    locks.hold_environment(run.environment_id)  # whoever removes what is past its time comes before or after
    if not Run.objects.filter(pk=run.pk).exists():
        raise Http404("There is nothing here.")
    now = timezone.now()
    link = ShareLink.objects.create(
        team_id=run.team_id,
        run=run,
        created_by=user,
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
        hides=hides,
        card_tells=card_tells,
    )
    how = "with everybody, without an end" if days is None else f"by a link of {days} day{'' if days == 1 else 's'}"
    audit.record(run.team, user, "share_made", f"{run.title}, {how}", _address(run))
    return link


@transaction.atomic
def _end(user: User, team: Team, run: Run, links: QuerySet[ShareLink]) -> int:
    locks.hold_environment(run.environment_id)
    now = timezone.now()
    ended = links.filter(ShareLink.working(now)).update(revoked_at=now)
    for _ in range(ended):
        audit.record(team, user, "share_revoked", run.title, _address(run))
    return ended


def _address(run: Run) -> str:
    return f"/runs/{run.pk}/share/"


def _seen(user: User, run: Run, hides: Sequence[str]) -> list[str]:
    return [str(user.pk), str(run.pk), run.report_sha256, *sorted(set(hides))]


def _sealed(user: User, run: Run, hides: Sequence[str], seal: str) -> bool:
    try:
        return bool(signing.loads(seal, salt=_SEAL_SALT, max_age=_SEAL_AGE) == _seen(user, run, hides))
    except signing.BadSignature:
        return False


def token(link: ShareLink) -> str:
    """What stands in the URL: the id and a keyed digest of it, 43 characters. Nothing of it is stored."""
    return link_tokens.make(link.pk, _SALT)


def open_link(text: str) -> ShareLink:
    """The link of a token with its run. Http404 when it is wrong, expired or revoked."""
    link = ShareLink.objects.select_related("run").filter(ShareLink.working(timezone.now()), pk=_read(text)).first()
    if link is None:
        raise Http404("This link is not valid.")
    return link


def sight_of(text: str) -> selectors.LinkSight:
    """The same without its run, for a page that is mostly kept."""
    return selectors.link_sight_or_404(_read(text))


def count_view(link_id: UUID) -> None:
    """Somebody outside the team reads it."""
    ShareLink.objects.filter(pk=link_id).update(views=F("views") + 1, last_viewed_at=timezone.now())


def report_seen_by(place: Membership, run: Run) -> dict[str, Any]:
    """The report for a member of the team: read-only members do not see the shapes of credentials."""
    if run.report is None:
        raise Http404("There is no report.")
    report: dict[str, Any] = json.loads(run.report)
    return report if place.allows(Action.SEE_CREDENTIALS) else outsiders.without(report, run.snapshot, frozenset())


def seen_by(place: Membership, run: Run, data: Any) -> Any:
    """The same for what there is before the report: attempts, findings, answers to a check."""
    if place.allows(Action.SEE_CREDENTIALS):
        return data
    snapshot = run.snapshot
    told = (snapshot.get("credential_shape"), snapshot.get("credential_fingerprint"))
    return outsiders.without_credentials(data, [word for word in told if word])


def outsiders_report(run: Run, hides: Sequence[str]) -> dict[str, Any]:
    """Exactly what people with the link see: the preview and the shared page both render this and nothing else."""
    report: dict[str, Any] = json.loads(outsiders_text(run, hides))
    return report


def outsiders_text(run: Run, hides: Sequence[str]) -> str:
    """The same in canonical JSON. A report is frozen and hiding takes longer than the rest of the page, so it is kept."""
    if run.report is None:
        raise Http404("There is no report.")
    return _hidden(run.report, canonical(run.snapshot), frozenset(hides))


@lru_cache(maxsize=32)  # each some 40 kB
def _hidden(report: str, snapshot: str, hides: frozenset[str]) -> str:
    shown = outsiders.without(json.loads(report), json.loads(snapshot), hides)
    return canonical(shown | {"run": {**shown["run"], "id": ""}})  # it is the run's address inside the team


def card_report(run: Run, hides: Sequence[str], card_tells: bool) -> dict[str, Any]:
    """What a link preview is made of: it is shown to a whole channel and kept by whoever runs it, so by default it names nobody."""
    names = () if card_tells else (ShareLink.Hides.HOSTS, ShareLink.Hides.ADDRESSES, ShareLink.Hides.NAMES)
    return outsiders_report(run, [*hides, *names])


def _read(text: str) -> UUID:
    link_id = link_tokens.read(text, _SALT)
    if link_id is None:
        raise Http404("This link is not valid.")
    return link_id
