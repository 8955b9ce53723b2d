"""Invitations: for one address or whoever holds the link, once, for a while; and what an account made by one is worth."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import AuditEvent, Invitation, Membership, Role, Team, User
from diagnostics.services import accounts, invitations, teams
from tests import factories

ACCOUNT = {"name": "Nina Nadir", "password": "a long enough pass phrase"}


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def invited(owner: User, team: Team) -> Invitation:
    return invitations.invite(owner, team, "Nina@Example.com", Role.MEMBER)


@pytest.fixture
def open_door(owner: User, team: Team) -> Invitation:
    return invitations.invite(owner, team, "", Role.READONLY)


def _link(invitation: Invitation) -> str:
    return invitations.link_path(invitation)


def test_the_page_invites_and_mails_a_link(client: Client, owner: User, team: Team) -> None:
    client.force_login(owner)
    page = client.post("/team/", {"email": "Nina@Example.com", "role": "member", "days": "7"}, follow=True)
    assert "The mail to nina@example.com is on its way" in page.content.decode()
    found = re.search(r"http://127\.0\.0\.1:8000(/invitations/\S+)", str(mail.outbox[-1].body))
    assert found
    assert found.group(1) != _link(Invitation.objects.get())
    assert Client().get(found.group(1)).status_code == 200


def test_somebody_new_makes_an_account_and_is_in(client: Client, invited: Invitation, team: Team) -> None:
    done = client.post(_link(invited), {"email": "mallory@example.com", **ACCOUNT})
    assert done.status_code == 302
    person = User.objects.get(email="nina@example.com")
    assert str(person) == "Nina Nadir"
    assert Membership.objects.get(user=person).role == Role.MEMBER
    assert client.get("/team/").status_code == 200
    assert Client().get(_link(invited)).status_code == 410
    assert Client().post("/sign-in/", {"login": person.email, "password": ACCOUNT["password"]}).status_code == 302


@pytest.mark.parametrize("mailed", [True, False])
def test_only_the_mailed_link_shows_that_the_address_is_theirs(
    client: Client, invited: Invitation, mailed: bool
) -> None:
    invitations.send(invited)
    found = re.search(r"/invitations/\S+", str(mail.outbox[-1].body))
    assert found
    client.post(found.group(0) if mailed else _link(invited), ACCOUNT)
    assert EmailAddress.objects.get().verified is mailed


def test_with_an_account_one_signs_in_first_and_then_joins(
    client: Client, open_door: Invitation, stranger: User
) -> None:
    assert f"/sign-in/?next={quote(_link(open_door), safe='')}" in client.get(_link(open_door)).content.decode()
    client.force_login(stranger)
    page = client.post(_link(open_door), follow=True).content.decode()
    assert "You are in Platform now, as read-only." in page
    assert Membership.objects.filter(user=stranger).count() == 2


def test_one_for_an_address_is_for_nobody_else(client: Client, invited: Invitation, stranger: User) -> None:
    client.force_login(stranger)
    for answer in (client.get(_link(invited)), client.post(_link(invited))):
        assert answer.status_code == 403
        assert "for somebody else" in answer.content.decode()
    with pytest.raises(NotAllowed):
        invitations.accept(stranger, invited)
    assert Membership.objects.filter(user=stranger).count() == 1


def test_it_opens_no_account_that_exists(client: Client, open_door: Invitation, stranger: User) -> None:
    page = client.post(_link(open_door), {"email": stranger.email.upper(), **ACCOUNT})
    assert page.status_code == 422
    assert "There is an account with this address" in page.content.decode()
    assert ACCOUNT["name"] in page.content.decode()
    assert not Membership.objects.filter(user=stranger, team=open_door.team).exists()


@pytest.mark.parametrize("way", ["expired", "revoked", "cut", "made up"])
def test_a_link_that_is_over_opens_nothing(client: Client, owner: User, open_door: Invitation, way: str) -> None:
    link, later = _link(open_door), timedelta(0)
    if way == "expired":
        later = timedelta(days=8)
    elif way == "revoked":
        invitations.revoke(owner, open_door)
    elif way == "cut":
        link = link[:-4] + "/"
    else:
        link = "/invitations/nonsense/"
    with time_machine.travel(timezone.now() + later):
        for answer in (client.get(link), client.post(link, {"email": "n@example.com", **ACCOUNT})):
            assert answer.status_code == 410
    assert not User.objects.filter(email="n@example.com").exists()


def test_renewing_opens_an_expired_one_again(client: Client, owner: User, invited: Invitation) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        client.force_login(owner)
        client.post(reverse("invitation_renew", args=[invited.pk]))
        assert Client().get(_link(invited)).status_code == 200
    assert mail.outbox[-1].to == ["nina@example.com"]


def test_what_cannot_be_invited(owner: User, team: Team, colleague: User, invited: Invitation) -> None:
    with pytest.raises(Conflict, match="in this team already"):
        invitations.invite(owner, team, colleague.email, Role.MEMBER)
    with pytest.raises(Conflict, match="has an open invitation"):
        invitations.invite(owner, team, "NINA@example.com", Role.MEMBER)
    with pytest.raises(InvalidInput, match="Write an e-mail address"):
        invitations.invite(owner, team, "nina", Role.MEMBER)
    with pytest.raises(InvalidInput, match="Choose one of"):
        invitations.invite(owner, team, "x@example.com", "king")
    with pytest.raises(InvalidInput, match="Choose one of"):
        invitations.invite(owner, team, "x@example.com", Role.MEMBER, days=4000)
    manager = factories.make_member(team, Role.MANAGER)
    with pytest.raises(NotAllowed, match="Only an owner"):
        invitations.invite(manager, team, "x@example.com", Role.OWNER)


def test_the_second_of_two_is_told_that_it_is_used(stranger: User, open_door: Invitation) -> None:
    other = factories.make_user()
    invitations.accept(other, open_door)
    with pytest.raises(Conflict, match="no longer open"):
        invitations.accept(stranger, open_door)


def test_all_of_it_is_in_the_trail_and_no_link(owner: User, team: Team, open_door: Invitation, stranger: User) -> None:
    invitations.renew(owner, open_door)
    invitations.accept(stranger, open_door)
    told = list(AuditEvent.objects.filter(team=team).order_by("at", "id").values_list("action", flat=True))
    assert told == ["invitation_made", "invitation_renewed", "invitation_accepted"]
    token = _link(open_door).split("/")[2]
    assert token not in str(list(AuditEvent.objects.values()) + list(Invitation.objects.values()))


def test_no_mail_server_is_said_and_the_link_can_be_copied(client: Client, owner: User, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # type: ignore[attr-defined]
    client.force_login(owner)
    page = client.post("/team/", {"email": "nina@example.com", "role": "member", "days": "1"}, follow=True)
    text = page.content.decode()
    assert "copy the link and hand it over" in text
    assert _link(Invitation.objects.get()) in text
    assert "No mail server is set" in text


@pytest.mark.parametrize("goes", ["removed", "demoted", "leaves"])
def test_who_may_invite_no_longer_comes_back_by_no_link_of_theirs(owner: User, team: Team, goes: str) -> None:
    manager = factories.make_member(team, Role.MANAGER)
    mine, others = invitations.invite(manager, team, "", Role.MANAGER), invitations.invite(owner, team, "", Role.MEMBER)
    place = Membership.objects.get(team=team, user=manager)
    if goes == "demoted":
        teams.change_role(owner, place, Role.READONLY)
    else:
        teams.remove_member(owner if goes == "removed" else manager, place)
    assert Client().get(_link(mine)).status_code == 410
    assert Client().get(_link(others)).status_code == 200
    assert "who made it may do so no longer" in AuditEvent.objects.filter(action="invitation_revoked").get().about


def test_a_former_owner_makes_no_owner_by_an_old_link(owner: User, team: Team, colleague: User) -> None:
    door, plain = invitations.invite(owner, team, "", Role.OWNER), invitations.invite(owner, team, "", Role.MEMBER)
    teams.transfer_ownership(owner, Membership.objects.get(team=team, user=colleague), team.name)
    assert Client().get(_link(door)).status_code == 410
    assert Client().get(_link(plain)).status_code == 200


def test_a_manager_sees_no_link_but_their_own(client: Client, owner: User, team: Team) -> None:
    door = invitations.invite(owner, team, "", Role.OWNER)
    manager = factories.make_member(team, Role.MANAGER)
    own = invitations.invite(manager, team, "", Role.MEMBER)
    client.force_login(manager)
    page = client.get("/team/").content.decode()
    assert _link(door) not in page
    assert "who alone sees its link" in page
    assert _link(own) in page


def test_nobody_floods_mailboxes(owner: User, team: Team, invited: Invitation) -> None:
    assert [invitations.send(invited) for _ in range(41)] == [True] * 40 + [False]


def test_who_is_in_the_team_already_is_told_so_and_uses_nothing_up(client: Client, team: Team, owner: User) -> None:
    invitation = invitations.invite(owner, team, "", Role.MEMBER)
    client.force_login(owner)
    for ask in (client.get, client.post):
        page = ask(invitations.link_path(invitation), follow=True).content.decode()
        assert f"You are in {team.name} already." in page
    invitation.refresh_from_db()
    assert invitation.used_at is None


@pytest.mark.parametrize("name", ["Evil\r\n\r\nPlease pay here", "Evil\nBcc: x@example.com", "  Evil\t\u2028 one "])
def test_no_name_writes_lines_of_its_own_into_a_mail(team: Team, owner: User, name: str) -> None:
    assert "\n" not in accounts.create_team(owner, name).name
    opened = invitations.invite(owner, team, "", Role.MEMBER)
    person = invitations.accept_as_new(opened, False, "eve@example.com", name, "a long enough pass phrase")
    assert len(str(person).splitlines()) == 1
