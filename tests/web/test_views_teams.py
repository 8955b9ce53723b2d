"""The team's page, and looking at one of several teams."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from diagnostics.exceptions import Conflict
from diagnostics.models import Case, Environment, Invitation, Membership, PastedText, Role, Team, User
from diagnostics.services import case_work, exporting, importing, teams
from tests import factories


@pytest.fixture
def boss(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def _member(team: Team, user: User) -> Membership:
    return Membership.objects.get(team=team, user=user)


def test_changing_a_role_and_taking_out(boss: Client, team: Team, colleague: User) -> None:
    member = _member(team, colleague)
    boss.post(reverse("member_role", args=[member.pk]), {"role": "manager"})
    member.refresh_from_db()
    assert member.role == Role.MANAGER
    boss.post(reverse("member_remove", args=[member.pk]))
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_who_is_taken_out_is_told_by_mail_and_who_leaves_is_not(
    boss: Client,
    team: Team,
    owner: User,
    colleague: User,
    reader: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
) -> None:
    owner.first_name = "Ada <Byron>"
    owner.save()
    with django_capture_on_commit_callbacks(execute=True):
        page = boss.post(reverse("member_remove", args=[_member(team, colleague).pk]), follow=True).content.decode()
        teams.remove_member(reader, _member(team, reader))
    assert "is no longer in the team. They are told by mail." in page
    (told,) = mailoutbox
    assert (told.to, told.subject) == (["carlos@example.com"], "You are no longer in Platform")
    assert str(told.body).startswith("Ada <Byron> (olga@example.com) has taken you out of the team Platform")
    for ends in ("environments, runs and cases", "token", "a mistake? Ask Ada <Byron>"):
        assert ends in told.body


def test_no_mail_tells_what_did_not_happen_or_goes_to_a_locked_account(
    boss: Client,
    team: Team,
    owner: User,
    colleague: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
) -> None:
    colleague.is_active = False
    colleague.save()
    with django_capture_on_commit_callbacks(execute=True):
        boss.post(reverse("member_remove", args=[_member(team, owner).pk]))  # the last owner stays
        gone = boss.post(reverse("member_remove", args=[_member(team, colleague).pk]), follow=True)
    assert mailoutbox == []
    assert "is no longer in the team. They" not in gone.content.decode()


def test_a_manager_makes_no_owner(client: Client, team: Team, colleague: User) -> None:
    client.force_login(factories.make_member(team, Role.MANAGER))
    assert client.post(reverse("member_role", args=[_member(team, colleague).pk]), {"role": "owner"}).status_code == 403
    answer = client.post("/team/", {"email": "nina@example.com", "role": "owner", "days": "7"})
    assert answer.status_code == 422


def test_the_last_owner_stays(boss: Client, team: Team, owner: User) -> None:
    page = boss.post(reverse("member_remove", args=[_member(team, owner).pk]), follow=True).content.decode()
    assert "last owner" in page
    assert _member(team, owner)


def test_a_place_that_changed_meanwhile_is_judged_as_it_is(team: Team, owner: User, colleague: User) -> None:
    seen = _member(team, colleague)
    teams.transfer_ownership(owner, _member(team, colleague), team.name)
    with pytest.raises(Conflict, match="last owner"):
        teams.remove_member(colleague, seen)
    gone = _member(team, owner)
    teams.remove_member(colleague, _member(team, owner))
    with pytest.raises(Conflict, match="no longer in the team"):
        teams.transfer_ownership(colleague, gone, team.name)
    assert _member(team, colleague).role == Role.OWNER


def test_who_may_only_read_from_now_on_has_no_case_any_more(team: Team, owner: User, colleague: User) -> None:
    case = case_work.open_by_hand(owner, team, title="It wants a password", cause="unknown")
    case_work.assign(owner, case, colleague)
    teams.change_role(owner, _member(team, colleague), Role.READONLY)
    case.refresh_from_db()
    assert case.assignee is None
    assert case.events.filter(text__endswith="is read-only now: assigned to nobody.").exists()


def test_who_may_only_read_is_not_told_to_register(client: Client, reader: User) -> None:
    client.force_login(reader)
    assert "You are read-only here" in client.get("/").content.decode()
    assert "as read-only you then see it here" in client.get("/environments/").content.decode()


def test_the_account_menu_names_each_page_once(boss: Client) -> None:
    labels = [link["label"] for link in boss.get("/team/").context["account_links"]]
    assert labels == ["Team", "Shown to outsiders", "Hand-offs", "Your account", "Tokens"]
    boss.force_login(factories.make_user())
    assert [link["label"] for link in boss.get("/account/").context["account_links"]] == ["Your account", "Tokens"]


def test_who_leaves_the_last_team_can_found_one(client: Client, team: Team, colleague: User) -> None:
    client.force_login(colleague)
    client.post(reverse("member_remove", args=[_member(team, colleague).pk]))
    page = client.get("/").content.decode()
    assert "You are in no team yet" in page
    assert 'href="/environments/"' not in page, "a link that leads nowhere"
    assert client.get("/environments/").status_code == 404
    client.post("/team/new/", {"name": "Night shift"})
    page = client.get("/").content.decode()
    assert "Night shift" in page
    assert "Practice range" in page


def test_one_looks_at_one_team_at_a_time(boss: Client, owner: User, environment: Environment) -> None:
    other = factories.make_team("Zeppelin")
    Membership.objects.create(team=other, user=owner, role=Role.MEMBER, joined_at=other.created_at)
    factories.make_environment(other, name="Airship")

    def listed() -> Any:
        return [row.environment.name for row in boss.get("/environments/").context["page"].object_list]

    assert listed() == ["Olga's laptop"]
    boss.post("/team/switch/", {"team": str(other.pk)})
    assert listed() == ["Airship"]
    assert boss.get(reverse("environment", args=[environment.pk])).status_code == 200


@pytest.mark.parametrize("team_id", ["nonsense", ""])
def test_an_odd_team_changes_nothing(boss: Client, team_id: str) -> None:
    assert boss.post("/team/switch/", {"team": team_id})["Location"] == "/"


# -- Two tabs, two teams ---------------------------------------------------------------------


def _of_team(page: str) -> str:
    found = re.search(r'name="of_team" value="([^"]+)"', page)
    assert found, "the form does not say which team it is for"
    return found[1]


@pytest.fixture
def zeppelin(owner: User) -> Team:
    """Another team of the owner's."""
    made = factories.make_team("Zeppelin")
    Membership.objects.create(team=made, user=owner, role=Role.OWNER, joined_at=made.created_at)
    return made


FORMS = {
    # page -> where its form goes, and what is filled in: all act on the team that is looked at
    "/environments/new/": ("/environments/new/", {"name": "Laptop", "kind": "laptop", "client": "claude-code"}),
    "/cases/new/": ("/cases/new/", {"title": "It hangs", "cause": "unknown"}),
    "/team/": ("/team/", {"email": "ida@example.com", "role": "member", "days": "7"}),
    "/team/settings/": ("/team/settings/", {"name": "Renamed"}),
    "/team/data/": ("/team/data/keep/", {"keep_days": "90"}),
    "/paste/": ("/paste/keep/", {"pasted": "connection refused"}),
}


@pytest.mark.parametrize("page", FORMS)
def test_a_form_acts_on_the_team_it_was_filled_in_for(boss: Client, team: Team, zeppelin: Team, page: str) -> None:
    boss.post("/team/switch/", {"team": str(team.pk)})
    of_team = _of_team(boss.get(page).content.decode())
    assert of_team == str(team.pk)
    boss.post("/team/switch/", {"team": str(zeppelin.pk)})  # in another tab

    address, values = FORMS[page]
    answer = boss.post(address, {**values, "of_team": of_team})
    if answer.status_code == 422:  # the form wants more than is filled in here: it still is that team's
        assert answer.context["team"] == team
    else:
        assert boss.get("/team/").context["team"] == team
    zeppelin.refresh_from_db()
    assert (zeppelin.name, zeppelin.keep_days) == ("Zeppelin", None)
    assert not Invitation.objects.filter(team=zeppelin).exists()
    assert not Environment.objects.filter(team=zeppelin).exists()
    assert not Case.objects.filter(team=zeppelin).exists()
    assert not PastedText.objects.filter(team=zeppelin).exists()


def test_a_form_for_a_team_one_has_left_does_nothing(boss: Client, team: Team, zeppelin: Team, owner: User) -> None:
    Membership.objects.filter(team=team, user=owner).delete()
    invited = {"email": "ida@example.com", "role": "member", "days": "7", "of_team": str(team.pk)}
    assert boss.post("/team/", invited).status_code == 404
    assert not Invitation.objects.exists()


def test_the_header_names_the_team_of_what_is_looked_at(
    boss: Client, team: Team, zeppelin: Team, environment: Environment
) -> None:
    boss.post("/team/switch/", {"team": str(zeppelin.pk)})
    address = reverse("environment", args=[environment.pk])
    boss.get(reverse("environment_listening", args=[environment.pk]), headers={"HX-Request": "true"})
    assert boss.get("/").context["team"] == zeppelin, "a page that asks by itself switches nothing"
    assert boss.get(address).context["team"] == team
    assert boss.get("/environments/").context["team"] == team


def test_two_teams_of_one_person_are_told_apart(client: Client, owner: User, team: Team) -> None:
    """One name for two would have the wrong one deleted."""
    client.force_login(owner)
    for name in ("Platform", "  platform "):
        answer = client.post(reverse("team_new"), {"name": name})
        assert answer.status_code == 422
        assert "You are in a team of this name" in answer.content.decode()
    client.post(reverse("team_new"), {"name": "Night shift"})
    renamed = client.post(reverse("team_settings"), {"name": "Platform"})
    assert "You are in a team of this name" in renamed.content.decode()
    assert client.post(reverse("team_settings"), {"name": "Night Shift"}).status_code == 302, "its own name is free"
    invited = factories.make_team("Platform")
    invited.memberships.create(user=owner, role=Role.MEMBER, joined_at=invited.created_at)
    menu = client.get(reverse("team")).content.decode().partition("Your teams")[2].partition("</form>")[0]
    assert f">Platform ({team.slug})</button>" in menu
    assert f">Platform ({invited.slug})</button>" in menu
    assert ">Night Shift</button>" in menu


def test_an_import_beside_its_origin_has_a_name_of_its_own(owner: User, team: Team) -> None:
    lines = list(exporting.export(owner, team))
    names = [importing.import_team(owner, lines).team.name for _ in range(2)]
    assert names == ["Platform (2)", "Platform (3)"]
