"""Showing one report to people without an account, and exactly what they see of it."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import salted_hmac

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Membership, Run, ShareLink, User
from diagnostics.services import outsiders
from diagnostics.services.access import require

LONGEST = timedelta(days=365)
_SALT = "diagnostics.share-link"
_MAC = 16  # bytes of the token that cannot be guessed


def create(user: User, run: Run, days: int, hides: Sequence[str] = ()) -> ShareLink:
    """A link to the run's frozen report, for `days`; `hides` are kinds of ShareLink.Hides that outsiders do not see."""
    require(user, run.team, Action.SHARE)
    if run.report is None:
        raise Conflict("There is no report to share yet.")
    if not 1 <= days <= LONGEST.days:
        raise InvalidInput({"days": f"Choose from 1 to {LONGEST.days} days."})
    if not set(hides) <= set(ShareLink.Hides.values):
        raise InvalidInput({"hides": f"Choose from {', '.join(ShareLink.Hides.values)}."})
    now = timezone.now()
    return ShareLink.objects.create(
        team_id=run.team_id,
        run=run,
        created_by=user,
        created_at=now,
        expires_at=now + timedelta(days=days),
        hides=sorted(set(hides)),
    )


def revoke(user: User, link: ShareLink) -> None:
    """Nobody can open it from now on."""
    require(user, link.team, Action.SHARE)
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
    link.refresh_from_db(fields=["revoked_at"])


def token(link: ShareLink) -> str:
    """What stands in the URL: the id and a keyed digest of it, 43 characters. Nothing of it is stored."""
    return base64.urlsafe_b64encode(link.pk.bytes + _mac(link.pk, settings.SECRET_KEY)).decode("ascii").rstrip("=")


def open_link(text: str) -> ShareLink:
    """The link of a token with its run, counted as a view. Http404 when it is wrong, expired or revoked."""
    link = _find(text)
    now = timezone.now()
    alive = ShareLink.objects.filter(pk=link.pk, revoked_at=None, expires_at__gt=now)
    if not alive.update(views=F("views") + 1, last_viewed_at=now):
        raise Http404("This link is not valid.")
    return link


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
    if run.report is None:
        raise Http404("There is no report.")
    return outsiders.without(json.loads(run.report), run.snapshot, frozenset(hides))


def _find(text: str) -> ShareLink:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        link_id = UUID(bytes=raw[:16])
    except (ValueError, binascii.Error):
        raise Http404("This link is not valid.") from None
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    link = ShareLink.objects.select_related("run", "run__environment").filter(pk=link_id).first()
    if link is None or not any(hmac.compare_digest(raw[16:], _mac(link_id, key)) for key in keys):
        raise Http404("This link is not valid.")
    return link


def _mac(link_id: UUID, key: str) -> bytes:
    return salted_hmac(_SALT, link_id.bytes, secret=key, algorithm="sha256").digest()[:_MAC]
