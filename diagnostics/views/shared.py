"""Share links as anybody opens them: nothing of the team is here, no copy is kept, and a link that has ended ends at once."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from diagnostics.drawing import card
from diagnostics.engine.library import load
from diagnostics.models import ShareLink
from diagnostics.selectors import LinkSight
from diagnostics.services import sharing
from diagnostics.views import current, reports, sheets
from diagnostics.views.anybody import for_anybody, is_view
from diagnostics.views.outside import Outside

_for_anybody = for_anybody(referrer="no-referrer")


@_for_anybody
@require_safe
@never_cache
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The report for whoever has the link."""
    sight = sharing.sight_of(token)
    _count(request, sight)
    shown = (sight.report_sha256, tuple(sight.hides), sight.card_tells)
    decides = (token, *shown, load().version, request.user.is_authenticated)
    return sheets.respond(request, decides, "sharing/shared.html", lambda: outside_of(sharing.open_link(token)).page())


@_for_anybody
@require_safe
@never_cache
def file(request: HttpRequest, token: str, form: str) -> HttpResponse:
    """The report to keep: JSON, one HTML file that works offline, Markdown, or plain text."""
    link = sharing.open_link(token)
    answer = outside_of(link).download(form)
    _count(request, link)
    return answer


@_for_anybody
@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture of a link preview. It may be kept but is asked for each time, so it ends with the link."""
    shown = outside_of(sharing.open_link(token)).card()
    tag = f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:32]}"'
    known = get_conditional_response(request, etag=tag)
    response = known if isinstance(known, HttpResponse) else HttpResponse(card.png(shown), content_type="image/png")
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def outside_of(link: ShareLink) -> Outside:
    """What a link opens."""
    base = reverse("shared", args=[sharing.token(link)])
    return Outside(link.run, tuple(link.hides), link.card_tells, reports.share_address(link), base)


def _count(request: HttpRequest, link: ShareLink | LinkSight) -> None:
    """As a view, if somebody reads it who is not of the team."""
    if is_view(request) and not any(place.team_id == link.team_id for place in current.memberships(request)):
        sharing.count_view(link.pk)
