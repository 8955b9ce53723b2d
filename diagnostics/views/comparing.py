"""Two runs side by side: what differs and matters. The address of a pair is its permalink."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from diagnostics import selectors
from diagnostics.engine import library, probes
from diagnostics.engine.comparing import BESIDE, DECIDES, EXPLAINS, FOLLOWS, Comparison, Difference, compare
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.models import Action, Run
from diagnostics.services import sharing
from diagnostics.services.canonical import canonical
from diagnostics.views import current, reports
from diagnostics.views.http import SignedInRequest, etag, not_modified, signed_in, tagged
from diagnostics.views.reading import exports, words

MOST_SHOWN = 5  # differences on a run's own page; the rest is one click away
_NOT_MEASURED, _NOT_SET = "not measured", "not set"
_CHECKS = {
    probe.name: probe.title for probe in probes.PROBES if probe.name != "config"
}  # a setting's title says enough
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
    """One difference in words: what it is, the check that saw it, and both values as people read them."""

    fact: str
    label: str
    check: str
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
    other_key: bool
    other_proxy_credentials: bool
    reason: str  # which difference explains the failing layer, in words; or that none does

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
    pair = None if "choose" in request.GET else selectors.other_end(request.user, run)
    if pair is not None:
        return redirect("compare_pair", pair[1], pair[0])
    context = {"run": run, "others": selectors.beside(request.user, run), "may": _may(request, run)}
    return render(request, "runs/compare_choose.html", context)


@require_safe
@signed_in
def environments(request: SignedInRequest) -> HttpResponse:
    """Choose two environments, of one's own and a teammate's, say; their latest runs are laid side by side."""
    asked = {name: request.GET.get(name, "") for name in ("one", "two")}
    places = selectors.environment_names(request.user, current.membership(request).team)
    ids = [_uuid(text) for text in asked.values() if text]
    faults: list[str] = []
    if all(asked.values()) and None not in ids:
        chosen = [one for one in ids if one is not None]
        last = selectors.last_finished_or_404(request.user, chosen)
        if len(set(chosen)) < 2:
            faults.append("Choose two different environments. Two runs of one are compared from a run's page.")
        elif len(last) == 2:
            return redirect("compare_pair", last[chosen[0]], last[chosen[1]])
        names = [place.name for place in places if place.pk in chosen and place.pk not in last]
        faults += [f"{name} has no finished run yet: start one from its page." for name in names]
    elif all(asked.values()):
        faults.append("Choose both environments from the lists.")
    context = {"places": places, "faults": faults, "asked": asked}
    return render(request, "environments/compare.html", context, status=422 if faults else 200)


@require_safe
@signed_in
def pair(request: SignedInRequest, run_id: UUID, other_id: UUID) -> HttpResponse:
    """Two finished runs of the viewer's teams, the earlier one on the left; ``?swap`` changes the sides."""
    one, two = (selectors.get_run_or_404(request.user, each) for each in (run_id, other_id))
    if one.report is None or two.report is None:
        return redirect("run", one.pk if one.report is None else two.pk)
    if one.pk == two.pk:
        return redirect(f"{reverse('compare', args=[one.pk])}?choose")
    swapped = "swap" in request.GET
    places = [current.membership_in(request, run.team_id).role for run in (one, two)]
    names = [run.environment.name for run in (one, two)]
    tag = etag(request, one.report_sha256, two.report_sha256, library.load().version, swapped, *places, *names)
    known = not_modified(request, tag)
    if known is not None:
        return known
    left, right = sorted((one, two), key=lambda run: (run.queued_at, str(run.pk)), reverse=swapped)
    found, sides = shown(request, left, right), _sides(left, right, swapped)
    link = _link(one.pk, two.pk) + ("?swap" if swapped else "")
    told = [
        f"{side}: {run.environment.name}, {run.title} ({run.queued_at:%Y-%m-%d %H:%M} UTC)"
        for side, run in zip(sides, (left, right), strict=True)
    ]
    context = {
        "run": one,
        "left": left,
        "right": right,
        "left_title": sides[0],
        "right_title": sides[1],
        "shown": found,
        "link": link,
        "swapped": swapped,
        "markdown": exports.compared(
            sides, told, found.reason, [(group.title, group.rows) for group in found.groups], link
        ),
        "same_environment": left.environment_id == right.environment_id,
        "may": _may(request, one),
    }
    return tagged(render(request, "runs/compare.html", context), tag)


def _sides(left: Run, right: Run, swapped: bool) -> tuple[str, str]:
    """What tells the two apart: the environment, else the machine, else which came first."""
    if left.environment_id != right.environment_id and left.environment.name != right.environment.name:
        return left.environment.name, right.environment.name
    if left.vantage_name and right.vantage_name and left.vantage_name != right.vantage_name:
        return left.vantage_name, right.vantage_name
    return ("After", "Before") if swapped else ("Before", "After")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def since_it_worked(
    request: SignedInRequest, run: Run, worked_id: UUID | None, began_id: UUID | None
) -> dict[str, Any]:
    """For a failing run's page: the last healthy run before it, what changed since, and the run it began with; empty where there is none."""
    if worked_id is None or run.cause == HEALTHY:
        return {}
    other = selectors.get_run_or_404(request.user, worked_id)
    return {"worked": other, "changes": shown(request, other, run), "began": began_id or run.pk}


def shown(request: SignedInRequest, left: Run, right: Run) -> Shown:
    """What differs between two runs, as this person may see it."""
    return _shown(_seen(request, left), _seen(request, right))


@lru_cache(maxsize=32)  # both reports are frozen; a few kB each
def _shown(left: str, right: str) -> Shown:
    before, after = json.loads(left), json.loads(right)
    found = compare(before, after, library.load())
    checks = _checks(before) | _checks(after)
    groups = tuple(group for bearing in _TITLES if (group := _group(bearing, found, checks)).rows)
    near = found.near
    return Shown(
        groups=groups,
        near=tuple(_row(one, checks) for one in sorted(near, key=lambda one: not one.is_setting)),
        settings=sum(one.is_setting for one in near),
        same_key="config.key.fingerprint" in found.same_secrets,
        same_proxy_credentials="config.proxy.credentials" in found.same_secrets,
        other_key="config.key.fingerprint" in found.other_secrets,
        other_proxy_credentials="config.proxy.credentials" in found.other_secrets,
        reason=_reason(found),
    )


def _reason(found: Comparison) -> str:
    """Which difference explains the failure, in words; or that none does, and what that means."""
    if not found.failing:
        return "Both work, so there is nothing to explain."
    if found.alike:
        return "Both fail by the same cause: no difference between them explains it, what they share does."
    if found.failing == 1:
        return _explained(found)
    # Whatever stops the other run differs too, and is no reason for this one.
    sure = found.reason is not None and found.reason.is_setting and found.reason.bearing == DECIDES
    told = (
        _explained(found) if sure else "No setting that its verdict rests on differs; a run that works would tell more."
    )
    return f"Both fail, by different causes; this speaks of the second run. {told}"


def _explained(found: Comparison) -> str:
    """What of the differences could be why the run that fails does."""
    one = found.reason
    if one is None:
        return "No difference explains the failure: what differs stands behind it on the path, or nothing does."
    named = words.fact_title(one.fact)
    if not one.is_setting:
        return f"No setting that could matter differs. What was measured does, first of all: {named}. Look for what changed outside of the settings."
    if one.bearing == DECIDES:
        return f"This setting explains it: {named}. The verdict rests on it."
    if found.in_layer(one):
        return f"This setting could explain it: {named}. It belongs to the layer that fails."
    return f"This setting could be the reason: {named}. It stands before what fails, and no setting of the failing layer itself differs."


def _checks(report: Mapping[str, Any]) -> dict[str, str]:
    """The title of the check that saw each fact: several of them ask who answered."""
    return {
        fact: _CHECKS.get(attempt["probe"], "")
        for attempt in report["attempts"]
        if not attempt.get("variant")
        for fact in attempt["facts"]
    }


def _group(bearing: str, found: Comparison, checks: Mapping[str, str]) -> Group:
    rows = tuple(_row(one, checks) for one in found.differences if one.bearing == bearing)
    return Group(bearing, *_TITLES[bearing], rows)


def _row(one: Difference, checks: Mapping[str, str]) -> Row:
    missing = _NOT_SET if one.is_setting else _NOT_MEASURED
    before, after = (missing if value is None else words.fact_value(one.fact, value) for value in (one.left, one.right))
    return Row(one.fact, words.fact_title(one.fact), checks.get(one.fact, ""), before, after)


def _seen(request: SignedInRequest, run: Run) -> str:
    place = current.membership_in(request, run.team_id)
    return str(run.report) if place.allows(Action.SEE_CREDENTIALS) else canonical(sharing.report_seen_by(place, run))


def _may(request: SignedInRequest, run: Run) -> dict[str, bool]:
    return current.may(current.membership_in(request, run.team_id))


def _link(one: UUID, two: UUID) -> str:
    return reports.absolute(reverse("compare_pair", args=[one, two]))
