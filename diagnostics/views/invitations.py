"""Coming into a team by an invitation, and keeping the open ones."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.teams import JoinForm
from diagnostics.models import Invitation, Team, User
from diagnostics.services import account_events, invitations, mail
from diagnostics.services.throttle import Limit
from diagnostics.views import current
from diagnostics.views.accounts import let_in
from diagnostics.views.http import HtmxHttpRequest, SignedInRequest, signed_in
from troubleshooter.addresses import counted_as

_TRIES = Limit("invitation", 30, 3600)  # each tells whether an address has an account, to whoever holds an invitation


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """What somebody is invited to; with an account one joins, without one makes it here."""
    found = invitations.find(token)
    if found is None and request.user.is_authenticated:
        team = invitations.joined_by(token, request.user)
        if team is not None:
            return _in_already(request, team)
    if found is None:
        return render(request, "invitations/over.html", status=410)
    invitation, mailed = found
    if request.user.is_authenticated:
        return _join_as(request, invitation, request.user)
    form = JoinForm(request.POST or None, invitation=invitation)
    if request.method == "POST" and form.is_valid():
        answer = _make_account(request, form, invitation, mailed)
        if answer is not None:
            return answer
    context = {"invitation": invitation, "form": form, "providers": settings.OIDC_PROVIDERS}
    return render(request, "invitations/join.html", context, status=422 if form.errors else 200)


def _join_as(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    if not invitations.fits(invitation, user):
        return render(request, "invitations/other_person.html", {"invitation": invitation}, status=403)
    if any(place.team_id == invitation.team_id for place in current.memberships(request)):
        return _in_already(request, invitation.team)
    if request.method != "POST":
        return render(request, "invitations/join.html", {"invitation": invitation})
    try:
        made = invitations.accept(user, invitation)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("home")
    account_events.note(user, "invitation_accepted", request, made.team.name)
    request.session["team"] = str(made.team_id)
    messages.success(request, f"You are in {made.team.name} now, as {made.get_role_display().lower()}.")
    return redirect("home")


def _in_already(request: HttpRequest, team: Team) -> HttpResponse:
    request.session["team"] = str(team.pk)
    messages.success(request, f"You are in {team.name} already.")
    return redirect("home")


def _make_account(request: HttpRequest, form: JoinForm, invitation: Invitation, mailed: bool) -> HttpResponse | None:
    """Signed in and in the team, or None with the reason in the form."""
    if not _TRIES.take(counted_as(request)):
        form.add_error(None, "Too many tries. Wait an hour.")
        return None
    values = form.cleaned_data
    try:
        person = invitations.accept_as_new(invitation, mailed, values["email"], values["name"], values["password"])
    except (Conflict, InvalidInput) as refused:
        refusing.tell(form, refused)
        return None
    answer = let_in(request, person, "with the account made by an invitation", settings.LOGIN_REDIRECT_URL)
    request.session["team"] = str(invitation.team_id)
    messages.success(request, f"Welcome to {invitation.team.name}.")
    return answer


# -- For whoever invites -----------------------------------------------------------------------


@require_POST
@signed_in
def renew(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Let it live as long again, and mail it again where it has an address."""
    invitation = selectors.get_invitation_or_404(request.user, invitation_id)
    try:
        invitations.renew(request.user, invitation)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("team")
    tell_sent(request, invitation, invitations.send(invitation), "It is open again.")
    return redirect("team")


@require_POST
@signed_in
def revoke(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Close it."""
    invitation = selectors.get_invitation_or_404(request.user, invitation_id)
    try:
        invitations.revoke(request.user, invitation)
    except Conflict as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The invitation is revoked: its link opens nothing any more.")
    return redirect("team")


def tell_sent(request: HttpRequest, invitation: Invitation, sent: bool, done: str) -> None:
    """What became of the mail, in one sentence."""
    if not invitation.email:
        messages.success(request, f"{done} Copy its link and hand it over.")
    elif sent and not mail.note():
        messages.success(request, f"{done} The mail to {invitation.email} is on its way.")
    else:
        messages.warning(request, f"{done} No mail reached {invitation.email}: copy the link and hand it over.")
