"""What the team shows to outsiders: one run's links, the preview of what they open, and all of it in one list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.drawing import card
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.sharing import PUBLIC, ShareForm, as_query, from_query
from diagnostics.models import Action, Run, ShareLink
from diagnostics.services import access, sharing
from diagnostics.views import current, listing, reports
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.once import once
from diagnostics.views.outside import NOT_MADE, Outside

_STATES = (("link", "By a link that ends"), ("public", "Public"), ("ended", "No longer"))


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """Everything that the team shows to people without an account, newest first; `?run=` narrows it to one run."""
    place, run = current.membership_and_run(request)
    state = request.GET.get("state", "")
    page = selectors.shares(request.user, place.team, state, request.GET.get("before"), run=run)
    now = timezone.now()
    context = {
        "page": page,
        "run": run,
        "keep": [("run", run.pk)] if run is not None else [],
        "links": [_row(link, now) for link in page.rows],
        "selects": [listing.select("state", "Shown", _STATES, state)],
        "filtered": bool(state),
        "may": current.may(place),
    }
    return render(request, "sharing/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def manage(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Who sees a run: the team, people with a link, or everybody; and the links there are."""
    run = selectors.get_run_or_404(request.user, run_id)
    if request.method == "POST":
        access.require(request.user, run.team, Action.SHARE)
    form = ShareForm(request.POST if request.method == "POST" else None, initial=from_query(request.GET))
    if request.method == "POST" and form.is_valid():
        answer = _make(request, run, form)
        if answer is not None:
            return answer
    now, found = timezone.now(), selectors.share_links(request.user, run)
    context = {
        "run": run,
        "form": form,
        "working": [_row(link, now) for link in found.alive],
        "ended": [_row(link, now) for link in found.ended],
        "more": found.more,
        "number": len(found.alive) + found.more,
        "number_ended": len(found.ended) + found.more_ended,
        "public": selectors.is_public(request.user, run),
        "may": current.may(current.membership_in(request, run.team_id)),
    }
    return render(request, "sharing/manage.html", context, status=422 if form.errors else 200)


def _make(request: SignedInRequest, run: Run, form: ShareForm) -> HttpResponse | None:
    """Make the link that was asked for; None with the form's errors where it was refused."""
    asked = form.cleaned_data
    if asked["days"] == PUBLIC and not asked["seal"]:
        messages.info(request, "This is what everybody would see. Nothing is public yet: make it so below.")
        return redirect(f"{reverse('share_preview', args=[run.pk])}?{form.asked()}")
    days = None if asked["days"] == PUBLIC else asked["days"]
    try:
        link = sharing.create(
            request.user, run, days, asked["hides"], seal=asked["seal"], card_tells=asked["card_tells"]
        )
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("run", run.pk)
    except InvalidInput as refused:
        refusing.tell(form, refused)
        return None
    shown = "The report is public" if link.is_public else "The link is made"
    messages.success(request, f"{shown}. Copy the address from the list: whoever has it can read this report.")
    # The form keeps the choice: the next link must not show by itself what this one left out.
    return redirect(f"{reverse('share', args=[run.pk])}?{form.asked()}#link-{link.pk}")


@never_cache
@require_safe
@signed_in
def preview(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The page as people with a link would see it; with `?form=` one of its files or `card`, its picture."""
    run = selectors.get_run_or_404(request.user, run_id)
    if run.report is None:
        return redirect("run", run.pk)
    form = ShareForm(request.GET)
    hides = sorted({kind for kind in request.GET.getlist("hides") if kind in ShareLink.Hides.values})
    tells, asked = bool(request.GET.get("card_tells")), request.GET.get("form", "")
    base = f"{reverse('share_preview', args=[run.pk])}?{as_query(None, hides, tells)}&form="
    shown = Outside(run, tuple(hides), tells, reports.absolute(f"/s/{NOT_MADE}/"), base)
    if asked == "card.png":
        return HttpResponse(card.png(shown.card()), content_type="image/png")
    if asked:
        return shown.download(asked.removeprefix("report."))
    place = current.membership_in(request, run.team_id)
    days = form.cleaned_data.get("days") if form.is_valid() else None
    frame = {
        "preview": True,
        "run_id": run.pk,
        "chosen": {"days": days, "hides": hides, "card_tells": tells},
        "chosen_query": as_query(days or 7, hides, tells),
        "public": days == PUBLIC,
        "seal": sharing.seal(request.user, run, hides) if place.allows("share") else "",
    }
    return render(request, "sharing/shared.html", shown.page() | frame)


@require_POST
@signed_in
def revoke(request: SignedInRequest, link_id: UUID) -> HttpResponse:
    """Nobody can open the link from now on."""
    link = selectors.get_share_link_or_404(request.user, link_id)
    sharing.revoke(request.user, link)
    messages.success(request, "The link no longer works.")
    return redirect("shares") if request.POST.get("from") == "list" else redirect("share", link.run_id)


@require_POST
@signed_in
def close(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Back to the team alone: every link to the run ends."""
    run = selectors.get_run_or_404(request.user, run_id)
    ended = sharing.close(request.user, run)
    messages.success(request, f"Only the team sees this run. {ended} link{'' if ended == 1 else 's'} ended.")
    return redirect("share", run.pk)


def _row(link: ShareLink, now: Any) -> dict[str, Any]:
    works = link.works(now)
    hidden = [str(ShareLink.Hides(kind).label) for kind in link.hides]
    return {"link": link, "works": works, "address": reports.share_address(link) if works else "", "hidden": hidden}
