"""Two runs side by side: what differs and matters. The address of a pair is its permalink."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from diagnostics import selectors
from diagnostics.engine import library
from diagnostics.engine.comparing import BESIDE, DECIDES, EXPLAINS, FOLLOWS, Comparison, Difference, compare
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.models import Action, Run
from diagnostics.services import sharing
from diagnostics.services.freezing import canonical
from diagnostics.views import current, reports
from diagnostics.views.http import SignedInRequest, etag, not_modified, signed_in, tagged
from diagnostics.views.reading import words

MOST_SHOWN = 5  # differences on a run's own page; the rest is one click away
_NOT_MEASURED = "not measured"
_TITLES = {
    DECIDES: (
        "The verdict rests on these",
        "What the failing run was judged by, and what the other one measured in its place.",
    ),
    EXPLAINS: ("These could be the reason", "They stand on the path before what fails: settings first."),
    BESIDE: ("These differ too", "They stand elsewhere on the path, and nothing says that they matter."),
    FOLLOWS: (
        "These follow from it",
        "Only one of the runs measured them: what fails stopped checks behind it, and was itself looked into.",
    ),
}


@dataclass(frozen=True)
class Row:
    """One difference in words: what it is, and both values as people read them."""

    fact: str
    label: str
    before: str
    after: str
    differs: bool = True


@dataclass(frozen=True)
class Group:
    """Differences that stand equally near to the fault."""

    bearing: str
    title: str
    lead: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Shown:
    """A comparison as pages show it: ``near`` has settings first, of which ``settings`` differ, since somebody can have changed them."""

    groups: tuple[Group, ...]
    near: tuple[Row, ...]
    settings: int
    same_key: bool
    same_proxy_credentials: bool

    @property
    def few(self) -> tuple[Row, ...]:
        """The nearest ones."""
        return self.near[:MOST_SHOWN]

    @property
    def more(self) -> int:
        """How many near ones are not among them."""
        return max(len(self.near) - MOST_SHOWN, 0)


@require_safe
@signed_in
def choose(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The pair that is meant most often; with ``?choose`` or where there is none, a list to choose from."""
    run = selectors.get_run_or_404(request.user, run_id)
    if run.report is None:
        return redirect("run", run.pk)
    other = selectors.other_end(request.user, run)
    if other is not None and "choose" not in request.GET:
        return redirect("compare_pair", run.pk, other)
    context = {"run": run, "others": selectors.beside(request.user, run), "may": _may(request, run)}
    return render(request, "runs/compare_choose.html", context)


@require_safe
@signed_in
def pair(request: SignedInRequest, run_id: UUID, other_id: UUID) -> HttpResponse:
    """Two finished runs of the viewer's teams, the earlier one on the left."""
    one, two = (selectors.get_run_or_404(request.user, each) for each in (run_id, other_id))
    if one.report is None or two.report is None:
        return redirect("run", one.pk if one.report is None else two.pk)
    tag = etag(request, one.report_sha256, two.report_sha256, library.load().version)
    known = not_modified(request, tag)
    if known is not None:
        return known
    left, right = sorted((one, two), key=lambda run: (run.queued_at, str(run.pk)))
    context = {
        "run": one,
        "left": left,
        "right": right,
        "shown": shown(request, left, right),
        "link": _link(one.pk, two.pk),
        "same_environment": left.environment_id == right.environment_id,
        "may": _may(request, one),
    }
    return tagged(render(request, "runs/compare.html", context), tag)


def since_it_worked(request: SignedInRequest, run: Run, worked_id: UUID | None) -> dict[str, Any]:
    """For a failing run's page: the last healthy run before it, and what changed since; empty where there is none."""
    if worked_id is None or run.cause == HEALTHY:
        return {}
    other = selectors.get_run_or_404(request.user, worked_id)
    return {"worked": other, "changes": shown(request, other, run)}


def shown(request: SignedInRequest, left: Run, right: Run) -> Shown:
    """What differs between two runs, as this person may see it."""
    return _shown(_seen(request, left), _seen(request, right))


@lru_cache(maxsize=32)  # both reports are frozen; a few kB each
def _shown(left: str, right: str) -> Shown:
    found = compare(json.loads(left), json.loads(right), library.load())
    groups = tuple(group for bearing in _TITLES if (group := _group(bearing, found)).rows)
    near = found.near
    return Shown(
        groups=groups,
        near=tuple(map(_row, sorted(near, key=lambda one: not one.is_setting))),
        settings=sum(one.is_setting for one in near),
        same_key="config.key.fingerprint" in found.same_secrets,
        same_proxy_credentials="config.proxy.credentials" in found.same_secrets,
    )


def _group(bearing: str, found: Comparison) -> Group:
    rows = tuple(_row(one) for one in found.differences if one.bearing == bearing)
    return Group(bearing, *_TITLES[bearing], rows)


def _row(one: Difference) -> Row:
    before, after = (
        _NOT_MEASURED if value is None else words.fact_value(one.fact, value) for value in (one.left, one.right)
    )
    return Row(one.fact, words.fact_title(one.fact), before, after)


def _seen(request: SignedInRequest, run: Run) -> str:
    place = current.membership_in(request, run.team_id)
    return str(run.report) if place.allows(Action.SEE_CREDENTIALS) else canonical(sharing.report_seen_by(place, run))


def _may(request: SignedInRequest, run: Run) -> dict[str, bool]:
    return current.may(current.membership_in(request, run.team_id))


def _link(one: UUID, two: UUID) -> str:
    return reports.absolute(reverse("compare_pair", args=[one, two]))
