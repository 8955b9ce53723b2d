"""Share links: made and revoked by members, opened by anybody who has one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict
from diagnostics.forms.sharing import ShareForm
from diagnostics.models import Run, ShareLink
from diagnostics.services import sharing
from diagnostics.services.freezing import canonical
from diagnostics.views import current, reports
from diagnostics.views.http import SignedInRequest, look, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def manage(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """A run's links, and a preview of exactly what outsiders would see."""
    run = selectors.get_run_or_404(request.user, run_id)
    place = current.membership_in(request, run.team_id)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            link = sharing.create(request.user, run, form.cleaned_data["days"], form.cleaned_data["hides"])
        except Conflict as refused:
            messages.error(request, str(refused))
            return redirect("run", run.pk)
        messages.success(request, "The link is made. Copy it from the list: whoever has it can read this report.")
        return redirect(f"{reverse('share', args=[run.pk])}#link-{link.pk}")
    now = timezone.now()
    links = [_row(link, now) for link in selectors.share_links(request.user, run)]
    context = {"run": run, "form": form, "links": links, "may": current.may(place)}
    return render(request, "sharing/manage.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def preview(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """The page as people with a link would see it."""
    run = selectors.get_run_or_404(request.user, run_id)
    hides = [kind for kind in request.GET.getlist("hides") if kind in ShareLink.Hides.values]
    context = _shared(run, hides, "") | {"preview": True}
    return render(request, "sharing/_shared.html" if request.htmx else "sharing/shared.html", context)


@require_POST
@signed_in
def revoke(request: SignedInRequest, link_id: UUID) -> HttpResponse:
    """Nobody can open the link from now on."""
    link = selectors.get_share_link_or_404(request.user, link_id)
    sharing.revoke(request.user, link)
    messages.success(request, "The link no longer works.")
    return redirect("share", link.run_id)


@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The report for whoever has the link; nothing of the team is on it."""
    link = sharing.open_link(token)
    response = render(request, "sharing/shared.html", _shared(link.run, link.hides, _address(link)))
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _shared(run: Run, hides: list[str], link: str) -> dict[str, Any]:
    reading, body = reports.frozen(canonical(sharing.outsiders_report(run, hides)), look())
    return {
        "reading": reading,
        "report": reading.report,
        "body": body,
        "hides": hides,
        "share": reports.texts(reading, link) | {"link": link},
    }


def _row(link: ShareLink, now: Any) -> dict[str, Any]:
    alive = link.revoked_at is None and link.expires_at > now
    hidden = [str(ShareLink.Hides(kind).label) for kind in link.hides]
    return {"link": link, "alive": alive, "address": _address(link) if alive else "", "hidden": hidden}


def _address(link: ShareLink) -> str:
    return f"{settings.PUBLIC_URL}{reverse('shared', args=[sharing.token(link)])}"
