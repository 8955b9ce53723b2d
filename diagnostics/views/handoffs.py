"""Hand-off packets for members: choosing the receiver, what stands in it, taking it along, and links with "I changed it"."""

from __future__ import annotations

from collections.abc import Iterable
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
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.handoffs import HandOffForm
from diagnostics.handoff_schema import Receiver
from diagnostics.handoffs.choosing import named
from diagnostics.models import Action, HandOff, Membership, Run
from diagnostics.services import handoffs
from diagnostics.views import current, packets
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.once import once

_STATES = {
    "sent": ("waiting", "Not opened yet"),
    "opened": ("info", "Opened"),
    "changed": ("running", "They changed it"),
    "proven": ("works", "Proven"),
}
_UNDER_WAY = ("trying", "asked")


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """Everything the team handed over, and how far each is; `?run=` narrows it to one run."""
    place, run = current.membership_and_run(request)
    page = selectors.hand_offs(request.user, place.team, request.GET.get("before"), run=run)
    context = {"page": page, "rows": shown(page.rows), "may": current.may(place), "run": run}
    return render(request, "handoffs/index.html", context)


@require_safe
@signed_in
def choose(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """To the likeliest receiver's packet; where nobody else can act, that is said."""
    run = selectors.get_run_or_404(request.user, run_id)
    fitting = handoffs.receivers(run)
    if fitting:
        return redirect("hand_off", run.pk, fitting[0].name)
    return render(request, "handoffs/nobody.html", {"run": run})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def packet(request: SignedInRequest, run_id: UUID, name: str) -> HttpResponse:
    """One receiver's packet as they would get it; a POST makes a link to it, or with `show` only shows the choice."""
    run = selectors.get_run_or_404(request.user, run_id)
    receiver = handoffs.receiver_of(run, name)
    place = current.membership_in(request, run.team_id)
    makes = request.method == "POST" and "show" not in request.POST
    if makes:
        handoffs.require_making(request.user, run)
    form = HandOffForm(
        request.POST if request.method == "POST" else None,
        describes_key=receiver.describes_key,
        initial={"hides": _chosen(request, receiver), "note": request.GET.get("note", "")},
    )
    if makes and form.is_valid():
        made = _make(request, run, receiver, form)
        if made is not None:
            # The choice stays: the page and the next link must not show what this one left out.
            return redirect(f"{reverse('hand_off', args=[run.pk, name])}?{_query(made.hides)}#link-{made.pk}")
    hides = request.POST.getlist("hides") if form.is_bound else form.initial["hides"]
    handed = of_run(request, run)
    open_ones = [row["link"] for row in handed["alive"]] if handed is not None else []
    context = {
        "run": run,
        "receiver": receiver,
        "receivers": handoffs.receivers(run),
        "form": form,
        "archived": handoffs.ARCHIVED if run.environment.archived_at is not None and not form.is_bound else "",
        "may": current.may(place),
        "handed": handed,
        **_parts(run, receiver, _seen_by(place, hides), open_ones if place.allows(Action.RUN) else ()),
    }
    template = "handoffs/_preview.html" if request.htmx and not form.is_bound else "handoffs/packet.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_safe
@signed_in
def file(request: SignedInRequest, run_id: UUID, name: str, file_name: str) -> HttpResponse:
    """The packet, or what goes with it, as a file."""
    run = selectors.get_run_or_404(request.user, run_id)
    receiver = handoffs.receiver_of(run, name)
    place = current.membership_in(request, run.team_id)
    hides = _seen_by(place, _chosen(request, receiver))
    open_ones = selectors.hand_offs_of_run(request.user, run).alive if place.allows(Action.RUN) else ()
    note, link = _link_to_it(open_ones, receiver, hides)
    return packets.download(packets.packet_of(run, receiver, hides), file_name, note, link)


@require_POST
@signed_in
def revoke(request: SignedInRequest, hand_off_id: UUID) -> HttpResponse:
    """Nobody can open the link from now on."""
    found = selectors.get_hand_off_or_404(request.user, hand_off_id)
    handoffs.revoke(request.user, found)
    messages.success(request, "The link no longer works.")
    return redirect("hand_off", found.run_id, found.receiver)


def of_run(request: SignedInRequest, run: Run) -> dict[str, Any] | None:
    """What was handed over of one run, for its pages: what is open, what was, and how many there are; None for nothing."""
    found = selectors.hand_offs_of_run(request.user, run)
    if not found.alive and not found.ended:
        return None
    ended = len(found.ended) + found.more_ended
    return {
        "alive": shown(found.alive),
        "ended": shown(found.ended),
        "number_ended": ended,
        "number": len(found.alive) + found.more + ended if found.more or found.more_ended else 0,
    }


def shown(rows: Iterable[HandOff]) -> list[dict[str, Any]]:
    """Hand-offs for a list: the state in words, the address while it works, and what their receivers said."""
    now = timezone.now()
    return [_row(one, now) for one in rows]


def _row(one: HandOff, now: Any) -> dict[str, Any]:
    alive = one.works(now)
    receiver = named(one.receiver)
    changes = [
        {"change": change, "state": handoffs.state_of(change), "says": handoffs.says_of(change)}
        for change in one.changes.all()
    ]
    state, word = _STATES[one.state]
    unproven = one.state == "changed" and bool(changes) and changes[0]["state"] not in _UNDER_WAY
    return {
        "link": one,
        "title": receiver.title if receiver is not None else one.receiver,
        "alive": alive,
        "address": packets.address(one) if alive else "",
        "state": "warning" if unproven else state,
        "word": word,
        "unproven": unproven,
        "changes": changes,
        "hidden": [str(HandOff.Hides(kind).label) for kind in one.hides],
    }


def _make(request: SignedInRequest, run: Run, receiver: Receiver, form: HandOffForm) -> HandOff | None:
    given = form.cleaned_data
    try:
        made = handoffs.create(request.user, run, receiver.name, given["days"], given["hides"], given["note"])
    except (Conflict, InvalidInput) as refused:
        refusing.tell(form, refused)
        return None
    messages.success(request, f"The link is made. Copy it from the list and send it to {receiver.to}.")
    return made


def _chosen(request: SignedInRequest, receiver: Receiver) -> list[str]:
    """What is left out: as the address says, else as this receiver's knowledge does."""
    if "chosen" in request.GET:
        return [kind for kind in request.GET.getlist("hides") if kind in HandOff.Hides.values]
    return list(receiver.hides)


def _query(hides: Iterable[str]) -> str:
    return "&".join(["chosen=1", *(f"hides={kind}" for kind in hides if kind in HandOff.Hides.values)])


def _seen_by(place: Membership, hides: Iterable[str]) -> list[str]:
    """Read-only members see no shape of a key, in a packet either."""
    own = [] if place.allows(Action.SEE_CREDENTIALS) else [HandOff.Hides.CREDENTIAL.value]
    return sorted({*hides, *own})


def _parts(run: Run, receiver: Receiver, hides: list[str], open_ones: Iterable[HandOff]) -> dict[str, Any]:
    made = packets.packet_of(run, receiver, hides)
    base = reverse("hand_off", args=[run.pk, receiver.name])
    files = [(f"{base}{name}?{_query(hides)}", label) for name, label in packets.files(made)]
    note, link = _link_to_it(open_ones, receiver, hides)
    return {"packet": made, "texts": packets.texts(made, note, link), "files": files, "link": link}


def _link_to_it(open_ones: Iterable[HandOff], receiver: Receiver, hides: Iterable[str]) -> tuple[str, str]:
    """The words and the address of the last link that shows this very packet, and still works; one that shows more is not named."""
    same = sorted(hides)
    for one in open_ones:
        if one.receiver == receiver.name and sorted(one.hides) == same:
            return one.note, packets.address(one)
    return "", ""
