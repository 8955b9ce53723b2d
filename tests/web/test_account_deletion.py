"""Deleting one's own account: what goes, what stays without a name, and when it is refused."""

from __future__ import annotations

import json
import re

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.serializers import serialize
from django.test import Client

from diagnostics.exceptions import CallRefused, Conflict
from diagnostics.models import AuditEvent, Case, CaseEvent, Invitation, Membership, Role, Team, User
from diagnostics.services import account_deletion, accounts, case_work, cases, invitations, teams, tokens
from tests import factories

PASSWORD = "a long enough pass phrase"


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def ada(team: Team, owner: User) -> User:
    """A manager who has been through everything that writes a name down."""
    ada = factories.make_member(team, Role.MANAGER, "ada@example.com")
    ada.set_password(PASSWORD)
    ada.save()
    invitations.invite(ada, team, "", Role.MEMBER)
    other = factories.make_team("Other")
    boss = factories.make_member(other, Role.OWNER)
    invitations.accept(ada, invitations.invite(boss, other, ada.email, Role.MEMBER))
    place = Membership.objects.get(team=other, user=ada)
    teams.change_role(boss, place, Role.READONLY)
    teams.remove_member(boss, place)
    return ada


def _enter(user: User) -> Client:
    client = Client()
    assert client.post("/sign-in/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return client


def _confirmed(user: User) -> Client:
    client = _enter(user)
    client.post("/account/confirm/", {"password": PASSWORD, "next": "/account/"})
    return client


def _everything() -> str:
    models = [model for model in apps.get_models() if model is not Session]
    return json.dumps([serialize("json", model._default_manager.all()) for model in models])


def test_it_asks_for_the_password_and_the_address(ada: User) -> None:
    client = _enter(ada)
    assert client.get("/account/delete/")["Location"].startswith("/account/confirm/")
    assert client.post("/account/delete/", {"email": ada.email})["Location"].startswith("/account/confirm/")
    client = _confirmed(ada)
    page = client.get("/account/delete/").content.decode()
    assert "There is no way back" in page
    for typed, says in (("", "to say that you mean it"), ("olga@example.com", "as it stands here, ada@example.com")):
        answer = client.post("/account/delete/", {"email": typed})
        assert answer.status_code == 422
        assert says in answer.content.decode()
    assert User.objects.filter(pk=ada.pk).exists()


def test_every_way_in_goes_and_no_row_names_the_person(ada: User, team: Team) -> None:
    made = tokens.make(ada, team, "nightly", ["read"], 30)
    link, old = accounts.create_sign_in_link(ada), _enter(ada)
    door = invitations.link_path(Invitation.objects.get(team=team))
    client = _confirmed(ada)
    done = client.post("/account/delete/", {"email": " Ada@Example.com "}, follow=True)
    assert "Your account is deleted." in done.content.decode()
    assert mail.outbox[-1].to == ["ada@example.com"]
    for seen in (client, old):
        assert seen.get("/account/").status_code == 302
    with pytest.raises(CallRefused):
        tokens.open_token(made.secret)
    assert Client().get(link).status_code == Client().get(door).status_code == 410
    assert not UserSession.objects.exists()
    assert not Session.objects.filter(session_key=old.session.session_key).exists()
    assert "ada@example.com" not in _everything()
    assert AuditEvent.objects.get(team=team, action="account_deleted").actor_name == account_deletion.GONE


def test_what_was_written_in_cases_stays_without_a_name(ada: User, owner: User, team: Team) -> None:
    case = case_work.open_by_hand(ada, team, title="It wants a password", cause="unknown")
    cases.add_note(ada, case, "Ask Rita of the network team.")
    case_work.assign(owner, case, ada)
    account_deletion.delete_account(ada, ada.email)
    assert Case.objects.get(pk=case.pk).assignee is None
    lines = list(CaseEvent.objects.filter(case=case).order_by("at", "id").values_list("author", "text"))
    assert "(None, 'Ask Rita of the network team.')" in str(lines)
    assert "ada@example.com" not in str(lines)


def test_former_names_and_addresses_go_too(ada: User, owner: User, team: Team) -> None:
    client = _confirmed(ada)
    place = Membership.objects.get(team=team, user=ada)
    case = case_work.open_by_hand(owner, team, title="It wants a password", cause="unknown")
    for name, role in (("Zqfirst", Role.MEMBER), ("Zqsecond person", Role.MANAGER), ("", Role.MEMBER)):
        assert client.post("/account/", {"name": name}).status_code == 302
        place.refresh_from_db()
        place.user.refresh_from_db()
        teams.change_role(owner, place, role)
        case_work.assign(owner, case, place.user)
        case_work.assign(owner, case, None)
    client.post("/account/address/", {"action_add": "1", "email": "lovelace@example.com"})
    link = re.search(r"http://127\.0\.0\.1:8000(/account/address/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    client.post(link.group(1))
    ada.refresh_from_db()
    assert ada.email == "lovelace@example.com"
    account_deletion.delete_account(ada, ada.email)
    left = _everything()
    assert [word for word in ("Zqfirst", "Zqsecond", "ada@", "lovelace@") if word in left] == []
    assert CaseEvent.objects.filter(text=f"Assigned to {account_deletion.GONE}.").count() == 3


def test_the_last_owner_of_others_stays(owner: User, colleague: User, team: Team) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    client = _confirmed(owner)
    assert "Not yet: you are the last owner of a team" in client.get("/account/delete/").content.decode()
    answer = client.post("/account/delete/", {"email": owner.email})
    assert answer.status_code == 422
    assert f"the last owner of {team.name}" in answer.content.decode()
    teams.change_role(owner, Membership.objects.get(user=colleague, team=team), Role.OWNER)
    account_deletion.delete_account(owner, owner.email)
    with pytest.raises(Conflict, match="last owner"):
        teams.remove_member(colleague, Membership.objects.get(user=colleague))


def test_a_team_of_ones_own_goes_too_after_being_told(ada: User) -> None:
    alone = accounts.create_team(ada, "Night shift")
    page = _confirmed(ada).get("/account/delete/").content.decode()
    assert "Nobody else is in <strong>Night shift</strong>: it goes, too" in page
    account_deletion.delete_account(ada, ada.email)
    assert not Team.objects.filter(pk=alone.pk).exists()


def test_a_namesake_of_another_team_keeps_the_name(ada: User, owner: User) -> None:
    accounts.rename_person(ada, "Ada")
    far = factories.make_team("Far")
    boss, namesake = factories.make_member(far, Role.OWNER), factories.make_member(far)
    accounts.rename_person(namesake, "Ada")
    teams.remove_member(boss, Membership.objects.get(user=namesake))
    account_deletion.delete_account(ada, ada.email)
    assert AuditEvent.objects.get(team=far, action="member_removed").about == "Ada"
