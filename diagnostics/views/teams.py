"""The team: who is in it, as what, who is invited, and who owns it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms import refusing
from diagnostics.forms.teams import InvitationForm, OwnershipForm, TeamForm
from diagnostics.models import PERMISSIONS, Action, Invitation, Membership, Role
from diagnostics.services import access, accounts, invitations, mail, teams
from diagnostics.views import current
from diagnostics.views.http import SignedInRequest, signed_in
from diagnostics.views.invitations import tell_sent
from diagnostics.views.once import once


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def team(request: SignedInRequest) -> HttpResponse:
    """The members and what each role may do; somebody new is invited here."""
    place = current.membership(request)
    form = InvitationForm(request.POST or None, roles=_roles(place))
    if request.method == "POST":
        access.require(request.user, place.team, Action.MANAGE_MEMBERS)
        if form.is_valid() and _invited(request, place, form):
            return redirect("team")
    may = current.may(place)
    context = {
        "members": selectors.members(request.user, place.team),
        "me": place,
        "form": form,
        "mail_note": mail.note(),
        "roles": _roles(place),
        "roles_told": _roles_told(),
        "may": may,
        **(_managed(request, place) if may["manage_members"] else {}),
    }
    return render(request, "teams/team.html", context, status=422 if form.errors else 200)


def _roles_told() -> list[tuple[str, list[str]]]:
    """Each role, the least first, and what it may besides all that the ones before it may."""
    told, held = [], frozenset[Action]()
    for role in reversed(Role):
        told.append((role.label, [action.label for action in Action if action in PERMISSIONS[role] - held]))
        held = PERMISSIONS[role]
    return told


def _invited(request: SignedInRequest, place: Membership, form: InvitationForm) -> bool:
    values = form.cleaned_data
    try:
        made = invitations.invite(request.user, place.team, values["email"], values["role"], values["days"])
    except InvalidInput as refused:
        refusing.tell(form, refused)
        return False
    except Conflict as refused:
        form.add_error("email", str(refused))
        return False
    tell_sent(request, made, invitations.send(made), "The invitation is open.")
    return True


def _managed(request: SignedInRequest, place: Membership) -> dict[str, Any]:
    """What those see besides who look after the members: a page of the open invitations, and everybody's tokens."""
    page = selectors.open_invitations(request.user, place.team, request.GET.get("before"))
    tokens, more = selectors.team_tokens(request.user, place.team)
    open_ones = [{"it": one, "link": _link(place, one)} for one in page.rows]
    return {"invitations": open_ones, "page": page, "tokens": tokens, "more_tokens": more}


def _link(place: Membership, one: Invitation) -> str:
    """What opens it, for who made it: whoever has seen a link can use it, and a manager must not come back as an owner."""
    if one.expired or one.created_by_id != place.user_id:
        return ""
    return settings.PUBLIC_URL + invitations.link_path(one)


def _roles(place: Membership) -> list[tuple[str, str]]:
    """The roles that this member may give."""
    owner = place.allows(Action.MANAGE_TEAM)
    return [(role.value, role.label) for role in Role if owner or role != Role.OWNER]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def settings_page(request: SignedInRequest) -> HttpResponse:
    """The team's name, and handing it to somebody else."""
    place = current.membership(request)
    access.require(request.user, place.team, Action.MANAGE_TEAM)
    transfer = "member" in request.POST
    name = TeamForm(request.POST if request.POST and not transfer else None, initial={"name": place.team.name})
    owner = OwnershipForm(request.POST if transfer else None, place=place)
    form = owner if transfer else name
    if request.method == "POST" and form.is_valid():
        try:
            return _transferred(request, owner) if transfer else _renamed(request, place, name)
        except (Conflict, InvalidInput) as refused:
            refusing.tell(form, refused)
    context = {"me": place, "name_form": name, "owner_form": owner}
    return render(request, "teams/settings.html", context, status=422 if form.errors else 200)


def _renamed(request: SignedInRequest, place: Membership, form: TeamForm) -> HttpResponse:
    teams.rename(request.user, place.team, form.cleaned_data["name"])
    messages.success(request, f"The team is called {place.team.name} now.")
    return redirect("team")


def _transferred(request: SignedInRequest, form: OwnershipForm) -> HttpResponse:
    member = form.cleaned_data["member"]
    teams.transfer_ownership(request.user, member, form.cleaned_data["typed_name"])
    messages.success(request, f"{member.user} owns the team now; you are a manager. Both of you are told by mail.")
    return redirect("team")


@require_POST
@signed_in
def member_role(request: SignedInRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    member = selectors.get_member_or_404(request.user, membership_id)
    try:
        teams.change_role(request.user, member, request.POST.get("role", ""))
    except (Conflict, InvalidInput) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{member.user} is {member.get_role_display().lower()} now.")
    return redirect("team")


@require_POST
@signed_in
def member_remove(request: SignedInRequest, membership_id: UUID) -> HttpResponse:
    """Take a member out, or leave."""
    member = selectors.get_member_or_404(request.user, membership_id)
    try:
        teams.remove_member(request.user, member)
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("team")
    if member.user_id == request.user.pk:
        messages.success(request, f"You have left {member.team.name}.")
        return redirect("home")
    told = " They are told by mail." if member.user.is_active else ""
    messages.success(request, f"{member.user} is no longer in the team.{told}")
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Found a team."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if accounts.has_team_called(request.user, form.cleaned_data["name"]):
                raise InvalidInput({"name": teams.NAME_TAKEN})
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
