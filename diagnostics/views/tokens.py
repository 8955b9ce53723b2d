"""Tokens: one's own, a new one, and revoking."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.forms import refusing
from diagnostics.forms.tokens import TokenForm
from diagnostics.models import AccessToken
from diagnostics.services import account_events, tokens
from diagnostics.views import current, shown_once
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.once import once


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """One's tokens: those that work, then those that have ended."""
    now, found = timezone.now(), selectors.own_tokens(request.user)
    context = {
        "alive": found.alive,
        "more": found.more,
        "over": [(token, token.ended(now)) for token in found.ended],
        "more_over": found.more_ended,
        "number_over": len(found.ended) + found.more_ended,
    }
    return render(request, "accounts/tokens.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Make one; the page that is led to shows it, once."""
    if shown_once.MADE in request.GET and request.method != "POST":
        return _shown(request, request.GET[shown_once.MADE])
    places = current.memberships(request)
    if not places:
        messages.error(request, "A token is for a team: found one first.")
        return redirect("team_new")
    choices = selectors.environments_of_teams(request.user)
    initial = {"team": str(current.membership(request).team_id)}
    form = TokenForm(request.POST or None, places=places, environments=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = tokens.make(
                request.user, form.chosen_team, form.cleaned_data["name"], form.cleaned_data["scopes"],
                form.cleaned_data["days"], form.chosen_environment,
            )  # fmt: skip
        except (Conflict, InvalidInput, NotAllowed) as refused:
            refusing.tell(form, refused)
        else:
            account_events.note(request.user, "token_made", request, str(made.token))
            return shown_once.shown_at(reverse("token_new"), made)
    return render(request, "accounts/token_new.html", {"form": form}, status=422 if form.errors else 200)


def _shown(request: SignedInRequest, token_id: str) -> HttpResponse:
    """The token that was just made, as long as this browser has not seen it."""
    token = selectors.get_token_or_404(request.user, shown_once.id_of(token_id))
    secret = shown_once.secret_of(request, token)
    if not secret:
        messages.info(request, shown_once.GONE)
        return redirect("tokens")
    context = {"token": token, "secret": secret, "example": _example(token)}
    response = render(request, "accounts/token_made.html", context)
    shown_once.forget(response, reverse("token_new"), token)
    return response


@require_POST
@signed_in
def revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    """It opens nothing from now on."""
    token = selectors.get_token_or_404(request.user, token_id)
    tokens.revoke(request.user, token)
    messages.success(request, f"{token.name} is revoked. Whatever used it gets no answer from now on.")
    return redirect("tokens" if token.membership.user_id == request.user.pk else "team")


def _example(token: AccessToken) -> str:
    """A line that shows at once whether the token works; the secret comes from a variable, so no history keeps it."""
    path = "environments" if token.has(AccessToken.Scope.READ) else "openapi.json"
    return f'curl -H "Authorization: Bearer $TROUBLESHOOTER_TOKEN" {settings.PUBLIC_URL}/api/v1/{path}'
