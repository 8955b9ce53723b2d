"""The team's page, and looking at one of several teams."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics.models import Environment, Membership, Role, Team, User
from tests import factories


@pytest.fixture
def boss(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def _member(team: Team, user: User) -> Membership:
    return Membership.objects.get(team=team, user=user)


def test_adding_somebody_hands_over_a_link_that_works(boss: Client, team: Team) -> None:
    page = boss.post("/team/", {"email": "Nina@Example.com", "role": "member"}).content.decode()
    link = re.search(r"<code>http://127\.0\.0\.1:8000(/sign-in/[\w-]+/)</code>", page)
    assert link
    other = Client()
    assert other.get(link.group(1), follow=True).status_code == 200
    assert other.get("/team/").context["me"].user.email == "nina@example.com"
    assert link.group(1) not in boss.get("/team/").content.decode()


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("", "Write the e-mail address"),
        ("nina", "such as ada@example.com"),
        ("olga@example.com", "is in this team already"),
    ],
)
def test_an_odd_address_is_refused(boss: Client, email: str, says: str) -> None:
    response = boss.post("/team/", {"email": email, "role": "member"})
    assert response.status_code == 422
    assert says in response.content.decode()


def test_changing_a_role_and_taking_out(boss: Client, team: Team, colleague: User) -> None:
    member = _member(team, colleague)
    boss.post(reverse("member_role", args=[member.pk]), {"role": "manager"})
    member.refresh_from_db()
    assert member.role == Role.MANAGER
    boss.post(reverse("member_remove", args=[member.pk]))
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_a_manager_makes_no_owner(client: Client, team: Team, colleague: User) -> None:
    client.force_login(factories.make_member(team, Role.MANAGER))
    assert client.post(reverse("member_role", args=[_member(team, colleague).pk]), {"role": "owner"}).status_code == 403
    assert client.post("/team/", {"email": "nina@example.com", "role": "owner"}).status_code == 403


def test_the_last_owner_stays(boss: Client, team: Team, owner: User) -> None:
    page = boss.post(reverse("member_remove", args=[_member(team, owner).pk]), follow=True).content.decode()
    assert "last owner" in page
    assert _member(team, owner)


def test_who_leaves_the_last_team_can_found_one(client: Client, team: Team, colleague: User) -> None:
    client.force_login(colleague)
    client.post(reverse("member_remove", args=[_member(team, colleague).pk]))
    assert "You are in no team yet" in client.get("/").content.decode()
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
