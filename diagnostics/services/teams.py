"""Who is in a team and as what, its name, and who owns it."""

from __future__ import annotations

from django.db import transaction

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Membership, Role, Team, User
from diagnostics.services import accounts, audit, case_work, invitations, locks, mail, one_line
from diagnostics.services.access import check_role, require

NAME_TAKEN = "You are in a team of this name: choose another one, so that nobody takes one for the other."


@transaction.atomic
def rename(user: User, team: Team, name: str) -> None:
    """Another name; the team's addresses stay."""
    require(user, team, Action.MANAGE_TEAM)
    name = one_line.name(name, 80)
    if not name:
        raise InvalidInput({"name": "Give the team a name."})
    if accounts.has_team_called(user, name, besides=team):
        raise InvalidInput({"name": NAME_TAKEN})
    before = team.name
    Team.objects.filter(pk=team.pk).update(name=name)
    team.name = name
    if before != name:
        audit.record(team, user, "team_renamed", f"from {before} to {name}", "/team/")


@transaction.atomic
def change_role(user: User, membership: Membership, role: str) -> None:
    """Give a member another role; the last owner stays one."""
    _lock(membership)
    mine = require(user, membership.team, Action.MANAGE_MEMBERS)
    check_role(mine, role)
    check_role(mine, membership.role)
    if role != Role.OWNER:
        _keep_an_owner(membership)
    before = membership.get_role_display().lower()
    Membership.objects.filter(pk=membership.pk).update(role=role)
    held, membership.role = membership.role, role
    invitations.close_after(membership, held)
    if not membership.allows(Action.WORK_CASES):
        case_work.unassign_all(membership, "is read-only now")
    told = f"{membership.user} from {before} to {membership.get_role_display().lower()}"
    audit.record(membership.team, user, "role_changed", told, "/team/")


@transaction.atomic
def remove_member(user: User, membership: Membership) -> None:
    """Take a member out of the team, which they are told by mail; everybody may leave, but the last owner."""
    leaves = membership.user_id == user.pk
    _lock(membership)
    if not leaves:
        check_role(require(user, membership.team, Action.MANAGE_MEMBERS), membership.role)
    _keep_an_owner(membership)
    case_work.unassign_all(membership)
    membership.delete()
    invitations.close_after(membership, membership.role)
    action, about = ("member_left", "") if leaves else ("member_removed", str(membership.user))
    audit.record(membership.team, user, action, about, "/team/")
    if not leaves and membership.user.is_active:
        transaction.on_commit(lambda: _tell_removed(membership, user))


def _tell_removed(membership: Membership, by: User) -> None:
    """Their programs stop and their pages answer 404: without a word that looks like a fault."""
    team = membership.team
    context = {"team": team, "by": by}
    mail.send(membership.user.email, f"You are no longer in {team.name}", "removed_from_team", context)


@transaction.atomic
def transfer_ownership(user: User, membership: Membership, typed_name: str) -> None:
    """Make another member the owner and oneself a manager; the team's name is typed as a check. Both are told by mail."""
    team = membership.team
    _lock(membership)
    mine = require(user, team, Action.MANAGE_TEAM)
    if membership.user_id == user.pk:
        raise InvalidInput({"member": "You own this team already: choose somebody else."})
    if " ".join(typed_name.split()) != team.name:
        raise InvalidInput({"typed_name": f"Write the team's name as it stands: {team.name}"})
    Membership.objects.filter(pk=membership.pk).update(role=Role.OWNER)
    Membership.objects.filter(pk=mine.pk).update(role=Role.MANAGER)
    membership.role = Role.OWNER
    mine.role = Role.MANAGER
    invitations.close_after(mine, Role.OWNER)
    audit.record(team, user, "ownership_transferred", str(membership.user), "/team/")
    transaction.on_commit(lambda: _tell_both(team, user, membership.user))


def _tell_both(team: Team, before: User, after: User) -> None:
    for person in (before, after):
        context = {"team": team, "before": before, "after": after}
        mail.send(person.email, f"{team.name} has another owner", "ownership", context)


def _lock(membership: Membership) -> None:
    """Changes of who is in a team take turns, and each judges the place as the one before left it. Raises Conflict if it is gone."""
    locks.hold_team(membership.team_id)
    role = Membership.objects.filter(pk=membership.pk).values_list("role", flat=True).first()
    if role is None:
        raise Conflict(f"{membership.user} is no longer in the team.")
    membership.role = role


def _keep_an_owner(membership: Membership) -> None:
    if (
        membership.role == Role.OWNER
        and not Membership.objects.filter(team=membership.team_id, role=Role.OWNER).exclude(pk=membership.pk).exists()
    ):
        raise Conflict("This is the team's last owner: hand the team to somebody else first.")
