"""Keeping a machine's probe listening: the token, the lines to start it with, and whether it is there."""

from __future__ import annotations

import shlex
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.tokens import DaysForm
from diagnostics.models import AccessToken, Action, Environment
from diagnostics.services import access, account_events, environments, tokens, watching
from diagnostics.views import current, reports, shown_once
from diagnostics.views.http import SignedInRequest, polled, signed_in
from diagnostics.views.once import once

EVERY = 300  # seconds between two whole runs of a probe that listens
_SYSTEMS = (("linux", "Linux"), ("macos", "macOS"), ("windows", "Windows"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def listen(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """What a listening probe does; a POST makes its token, which the page that is led to shows, once."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    access.require(request.user, environment.team, Action.RUN)
    if not can_listen(environment):
        messages.error(request, "Only an environment that is run on its own machine can have a probe that listens.")
        return redirect("environment", environment.pk)
    page, made_id = reverse("environment_listen", args=[environment.pk]), request.GET.get(shown_once.MADE)
    form = DaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, scopes = f"Probe on {environment.name}"[:80], [AccessToken.Scope.WATCH]
        try:
            made = tokens.make(request.user, environment.team, name, scopes, form.cleaned_data["days"], environment)
        except (Conflict, InvalidInput) as refused:
            form.add_error(None, str(refused))
        else:
            account_events.note(request.user, "token_made", request, str(made.token))
            return shown_once.shown_at(page, made)
    token = selectors.get_token_or_404(request.user, shown_once.id_of(made_id)) if made_id else None
    secret = shown_once.secret_of(request, token) if token is not None else ""
    if token is not None and not secret:
        messages.info(request, shown_once.GONE)
        return redirect(page)
    tokens_there, more = selectors.watch_tokens(request.user, environment)
    context = {
        "environment": environment,
        "heard": watching.listeners(environment),
        "form": form,
        "tabs": _tabs(environment, secret) if secret else [],
        "every": EVERY // 60,
        "tokens": tokens_there,
        "more_tokens": more,
        "may": current.may(current.membership_in(request, environment.team_id)),
    }
    response = render(request, "environments/listen.html", context, status=422 if form.errors else 200)
    if token is not None:
        shown_once.forget(response, page, token)
    return response


@never_cache
@require_safe
@signed_in
@polled
def heard(request: SignedInRequest, environment_id: UUID) -> HttpResponse:
    """Whether the machine listens, as a page shows it; polled."""
    environment = selectors.get_environment_or_404(request.user, environment_id)
    if not request.htmx:
        return redirect("environment", environment.pk)
    may = current.may(current.membership_in(request, environment.team_id))
    context = {
        "environment": environment,
        "heard": watching.listeners(environment),
        "may": may,
        "here": "here" in request.GET,
    }
    return render(request, "environments/_listening.html", context)


def can_listen(environment: Environment) -> bool:
    """Whether a probe on its machine could answer for it."""
    on_machine = environment.runs_from == Environment.RunsFrom.MACHINE
    return on_machine and not environment.practice and environment.archived_at is None


def _tabs(environment: Environment, secret: str) -> list[dict[str, Any]]:
    """For each system the line that fetches the probe, and the one that starts it."""
    words = ["probe.pyz", "--watch", str(EVERY), "--upload", settings.PUBLIC_URL, "--token", secret]
    line = shlex.join(words + reports.client_words(environments.snapshot(environment)))
    return [
        {
            "key": key,
            "label": label,
            "blocks": [
                {"title": "1. Fetch the probe", "command": reports.fetch_command(key == "windows")},
                {
                    "title": "2. Keep it listening",
                    "command": f"py {line} > $null" if key == "windows" else f"python3 {line} > /dev/null",
                },
            ],
        }
        for key, label in _SYSTEMS
    ]
