"""The team page: adding people gives nobody a way into somebody else's account."""

from __future__ import annotations

from django.test import Client

from diagnostics.models import Membership, Role, SignInLink, User


def test_a_new_person_s_link_is_shown_once(client: Client, owner: User) -> None:
    client.force_login(owner)
    answer = client.post("/team/", {"email": "new@example.com", "role": Role.MEMBER})
    assert b"Hand over this sign-in link" in answer.content
    assert SignInLink.objects.get().user.email == "new@example.com"


def test_adding_somebody_with_an_account_makes_no_link(client: Client, owner: User, stranger: User) -> None:
    client.force_login(stranger)
    answer = client.post("/team/", {"email": owner.email, "role": Role.MEMBER})
    assert b"They have an account and sign in as usual." in answer.content
    assert not SignInLink.objects.exists()
    assert Membership.objects.filter(user=owner).count() == 2
