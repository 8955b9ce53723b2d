"""The team: who is in it, as what."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.teams import MemberForm, TeamForm
from diagnostics.models import Action, Role
from diagnostics.services import access, accounts
from diagnostics.views import current
from diagnostics.views.http import SignedInRequest, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def team(request: SignedInRequest) -> HttpResponse:
    """The members; somebody new is added here and gets a link to sign in with."""
    place = current.membership(request)
    form = MemberForm(request.POST or None)
    if request.method == "POST":
        access.require(request.user, place.team, Action.MANAGE_MEMBERS)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            added = accounts.add_member(request.user, place.team, form.cleaned_data["email"], form.cleaned_data["role"])
        except InvalidInput as refused:
            for name, sentence in refused.errors.items():
                form.add_error(name, sentence)
        except Conflict as refused:
            form.add_error("email", str(refused))
        else:
            # Shown in this answer and nowhere else: only the link's digest is stored.
            path = accounts.create_invitation(added)
            link = f"{settings.PUBLIC_URL}{path}" if path else ""
            then = "Hand over the link below; it works once." if path else "They have an account and sign in as usual."
            messages.success(request, f"{added.user.email} is in the team. {then}")
            form = MemberForm()
    context = {
        "members": selectors.members(request.user, place.team),
        "me": place,
        "form": form,
        "link": link,
        "minutes": settings.SIGN_IN_LINK_MINUTES,
        "roles": Role.choices,
        "may": current.may(place),
    }
    return render(request, "teams/team.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def member_role(request: SignedInRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    member = selectors.get_member_or_404(request.user, membership_id)
    try:
        accounts.change_role(request.user, member, request.POST.get("role", ""))
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{member.user.email} is {member.get_role_display().lower()} now.")
    return redirect("team")


@require_POST
@signed_in
def member_remove(request: SignedInRequest, membership_id: UUID) -> HttpResponse:
    """Take a member out, or leave."""
    member = selectors.get_member_or_404(request.user, membership_id)
    try:
        accounts.remove_member(request.user, member)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("team")
    if member.user_id == request.user.pk:
        messages.success(request, "You have left the team.")
        return redirect("home")
    messages.success(request, f"{member.user.email} is no longer in the team.")
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: SignedInRequest) -> HttpResponse:
    """Found a team."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = accounts.create_team(request.user, form.cleaned_data["name"])
        except InvalidInput as refused:
            form.add_error("name", str(refused))
        else:
            request.session["team"] = str(made.pk)
            return redirect("home")
    return render(request, "teams/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@signed_in
def switch(request: SignedInRequest) -> HttpResponse:
    """Look at another of one's teams."""
    try:
        team_id = UUID(request.POST.get("team", ""))
    except ValueError:
        return redirect("home")
    current.choose(request, team_id)
    return redirect("home")
