"""What a receiver without an account opens: one packet, and "I changed it"."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.handoffs import ChangedForm
from diagnostics.handoff_schema import Receiver
from diagnostics.handoffs.choosing import named
from diagnostics.models import HandOff
from diagnostics.services import handoffs, watching
from diagnostics.views import current, packets
from diagnostics.views.anybody import for_anybody, is_view
from diagnostics.views.http import HtmxHttpRequest, polled

_for_anybody = for_anybody(referrer="same-origin")
"""Not none at all: then browsers send `Origin: null` with a form, which is refused as a forgery."""


@_for_anybody
@never_cache
@require_safe
def page(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """The packet, and how far the receiver's change is."""
    found = handoffs.open_link(token)
    if is_view(request) and not any(place.team_id == found.team_id for place in current.memberships(request)):
        handoffs.viewed(found)
    return _page(request, token, found, ChangedForm())


@_for_anybody
@never_cache
@require_POST
def changed(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """The receiver changed something: try again."""
    found = handoffs.open_link(token)
    form = ChangedForm(request.POST)
    if not form.is_valid():
        return _page(request, token, found, form)
    try:
        handoffs.changed(found, form.cleaned_data["by"], form.cleaned_data["note"])
    except (Conflict, InvalidInput) as refused:
        form.add_error(None, str(refused))
        return _page(request, token, found, form)
    return redirect(f"{reverse('handed', args=[token])}#outcome")


@_for_anybody
@never_cache
@require_safe
@polled
def progress(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """How far it is, polled while it is tried; 204 for nothing new, 286 at the end. Without script it is the page."""
    found = handoffs.open_link(token, light=bool(request.htmx))
    if not request.htmx:
        return _page(request, token, found, ChangedForm())
    told = _told(found, _receiver(found))
    if request.GET.get("since") == told["since"]:
        return HttpResponse(status=204)
    context = {"token": token, "told": told, "form": ChangedForm(), "swap": True}
    status = 200 if told["state"] in ("trying", "asked") else HTMX_STOP_POLLING
    return render(request, "handoffs/_told.html", context, status=status)


@_for_anybody
@never_cache
@require_safe
def file(request: HtmxHttpRequest, token: str, file_name: str) -> HttpResponse:
    """The packet, or what goes with it, as a file."""
    found = handoffs.open_link(token)
    made = packets.packet_of(found.run, _receiver(found), found.hides)
    return packets.download(made, file_name, found.note, packets.address(found))


def _page(request: HtmxHttpRequest, token: str, found: HandOff, form: ChangedForm) -> HttpResponse:
    receiver = _receiver(found)
    made, link = packets.packet_of(found.run, receiver, found.hides), packets.address(found)
    context = {
        "token": token,
        "link": found,
        "receiver": receiver,
        "packet": made,
        "texts": packets.texts(made, found.note, link),
        "files": [(reverse("handed_file", args=[token, name]), label) for name, label in packets.files(made)],
        "told": _told(found, receiver),
        "form": form,
    }
    return render(request, "handoffs/handed.html", context, status=422 if form.errors else 200)


def _receiver(found: HandOff) -> Receiver:
    receiver = named(found.receiver)
    if receiver is None:
        raise Http404("This link is not valid.")
    return receiver


def _told(found: HandOff, receiver: Receiver) -> dict[str, Any]:
    """The state of the latest change, without anything of the team but the sender's name where that may be shown."""
    change = handoffs.latest_change(found)
    run = change.run if change is not None else None
    state = handoffs.state_of(change)
    done = (run.probes_done, run.probes_total) if run is not None and state == "trying" else (0, 0)
    heard = state == "asked" and watching.listening(found.run.environment) is not None
    shows_name = HandOff.Hides.NAMES not in found.hides and found.created_by is not None
    return {
        "state": state,
        "change": change,
        "says": handoffs.says_of(change) if change is not None else "",
        "done": done[0],
        "total": done[1],
        "sender": found.created_by.get_short_name() if shows_name and found.created_by else "",
        "heard": heard,
        "since": f"{state}-{change.pk if change else ''}-{done[0]}{'-heard' * heard}",
    }
