"""A case as its page shows it: the timeline with what repeats folded, and what is alike with the reasons in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import likeness, selectors
from diagnostics.models import Case, CaseEvent, Run, User
from diagnostics.services import case_work
from diagnostics.services.case_words import title_of
from diagnostics.views import notes
from diagnostics.views.reading import words

_FOLDED_FROM = 4  # runs or checks in a row that say the same
_MOST_REASONS = 4
_OTHER_WORDS = {
    likeness.LAYER: "Where it broke",
    likeness.FAILURE: "How it failed",
    "config.client.name": "Client",
    "config.client.version": "Version of the client",
    "config.proxy.url": "Proxy",
    "config.base_url.host": "Host of the base URL",
    "tls.chain.issuer": "Issuer of the certificate",
    "edge.trace.country": "Country of the way out",
}


@dataclass(frozen=True)
class Line:
    """One line of the timeline. `more`: so many between this one and the next said the same."""

    event: CaseEvent
    html: str
    editable: bool
    own: bool
    more: int = 0


@dataclass(frozen=True)
class Reason:
    """A trait that two cases share, in words."""

    name: str
    value: str


@dataclass(frozen=True)
class SeenBefore:
    """A closed case that is like the one at hand, and why."""

    case: Case
    same_cause: bool
    reasons: tuple[Reason, ...]


def lines(events: Sequence[CaseEvent], viewer: User) -> list[Line]:
    """The timeline: of many runs or checks in a row that say the same the first and the last, and how many stand between."""
    made: list[Line] = []
    at = 0
    while at < len(events):
        end = at
        while end + 1 < len(events) and _repeats(events[at], events[end + 1]):
            end += 1
        if end - at + 1 >= _FOLDED_FROM:
            made += [_line(events[at], viewer, end - at - 1), _line(events[end], viewer)]
        else:
            made += [_line(event, viewer) for event in events[at : end + 1]]
        at = end + 1
    return made


def _repeats(one: CaseEvent, other: CaseEvent) -> bool:
    same = (one.kind, one.text, one.author_id) == (other.kind, other.text, other.author_id)
    return same and one.kind in (CaseEvent.Kind.RUN, CaseEvent.Kind.WIZARD)


def _line(event: CaseEvent, viewer: User, more: int = 0) -> Line:
    is_note = event.kind == CaseEvent.Kind.NOTE and event.deleted_at is None
    own = is_note and event.author_id == viewer.pk
    html = notes.render(event.text) if is_note else ""
    return Line(event, html, own and case_work.may_edit(viewer, event), own, more)


def of_case(viewer: User, case: Case) -> list[SeenBefore]:
    """Closed cases that are like this one."""
    practice = case.environment is not None and bool(case.environment.practice)
    found = selectors.alike(
        viewer, case.team, case.cause, case.traits, telling=case.telling, besides=case, practice=practice, limit=3
    )
    return [_told(one) for one in found]


def of_run(viewer: User, run: Run, report: Mapping[str, Any] | None, limit: int = 3) -> list[SeenBefore]:
    """Closed cases that are like what this run found; nothing where it found nothing."""
    if report is None or not likeness.failed(report):
        return []
    practice = bool(run.environment.practice)
    found = selectors.alike(
        viewer, run.team, run.cause, likeness.traits(report), besides=run.case, practice=practice, limit=limit
    )
    return [_told(one) for one in found]


def _told(one: selectors.Similar) -> SeenBefore:
    return SeenBefore(one.case, one.same_cause, tuple(_reasons(one))[:_MOST_REASONS])


def _reasons(one: selectors.Similar) -> Iterator[Reason]:
    """How it failed is told once, where a fact says the same."""
    told: set[object] = set()
    for name in likeness.telling_ones(one.same):
        value = one.case.traits[name]
        if name != likeness.FAILURE or value not in told:
            yield Reason(_name(name), _value(name, value))
        told.add(value)


def _name(trait: str) -> str:
    return _OTHER_WORDS.get(trait) or words.fact_title(trait)


def _value(trait: str, value: Any) -> str:
    if trait == likeness.FAILURE:
        return words.reason(str(value))
    return str(value) if trait == likeness.LAYER else words.fact_value(trait, value)


def cause_title(code: str) -> str:
    """A cause in words."""
    return title_of(code)
