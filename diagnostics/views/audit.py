"""The audit trail of a team: for owners and managers, filtered, a page at a time, or as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from diagnostics import selectors
from diagnostics.models import Action, AuditEvent, Membership
from diagnostics.services import access
from diagnostics.services.audit import ACTIONS
from diagnostics.views import current
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.listing import select

_TIMES = (("1", "Today and yesterday"), ("7", "7 days"), ("30", "30 days"), ("365", "A year"))


@dataclass(frozen=True)
class TrailFilter:
    """The choices of the trail, as the address has them; what is not known counts as not asked."""

    person: str
    action: str
    days: str

    @classmethod
    def of(cls, asked: QueryDict) -> TrailFilter:
        """From the query string."""
        days = str(asked.get("days", ""))
        action = str(asked.get("action", ""))
        person = str(asked.get("person", ""))
        try:
            UUID(person)
        except ValueError:
            person = ""
        return cls(person, action if action in ACTIONS else "", days if days in dict(_TIMES) else "")

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.person or self.action or self.days)

    @property
    def since(self) -> datetime | None:
        """From when on."""
        return timezone.now() - timedelta(days=int(self.days)) if self.days else None

    def selects(self, people: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        """For the filter bar."""
        return [
            select("person", "Person", list(people), self.person),
            select(
                "action",
                "What",
                sorted(((code, said.rstrip(",:")) for code, said in ACTIONS.items()), key=lambda pair: pair[1]),
                self.action,
            ),
            select("days", "Time", _TIMES, self.days),
        ]


@require_safe
@signed_in
def trail(request: SignedInRequest) -> HttpResponse:
    """Who did what, newest first."""
    place = _allowed(request)
    asked = TrailFilter.of(request.GET)
    before = request.GET.get("before")
    page = selectors.audit_trail(request.user, place.team, asked.person, asked.action, asked.since, before)
    context = {
        "page": page,
        "rows": [(event, ACTIONS.get(event.action, event.action)) for event in page.rows],
        "filter": asked,
        "selects": asked.selects(selectors.audit_people(request.user, place.team)),
        "older": before,
    }
    return render(request, "teams/audit.html", context)


@require_safe
@signed_in
def as_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """The same as a file, all of it, with the same filters."""
    place = _allowed(request)
    asked = TrailFilter.of(request.GET)
    events = selectors.audit_events(request.user, place.team, asked.person, asked.action, asked.since)
    response = StreamingHttpResponse(_lines(events.iterator(chunk_size=1000)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{place.team.slug}.csv"'
    return response


def _allowed(request: SignedInRequest) -> Membership:
    return access.require(request.user, current.membership(request).team, Action.MANAGE_MEMBERS)


class _Echo:
    def write(self, line: str) -> str:
        """What csv writes is the line itself."""
        return line


def _lines(events: Iterator[AuditEvent]) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    yield write(("time", "person", "e-mail", "action", "said", "about", "address"))
    for event in events:
        said = ACTIONS.get(event.action, event.action)
        cells = (event.actor_name, _email(event), event.action, said, event.about, event.address)
        yield write((event.at.isoformat(), *map(_no_formula, cells)))


def _email(event: AuditEvent) -> str:
    """A name is what its person chose, and may be somebody else's; the address is not."""
    return event.actor.email if event.actor is not None else ""


def _no_formula(text: str) -> str:
    """A cell that a spreadsheet would take for a formula gets a quote in front."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
