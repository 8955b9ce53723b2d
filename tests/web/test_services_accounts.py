"""Signing in by a link, once; teams and their members."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from diagnostics.exceptions import InvalidInput
from diagnostics.models import Environment, Membership, Role, SignInLink, Team, User
from diagnostics.services import accounts
from tests import factories


def token_of(path: str) -> str:
    return path.removeprefix("/sign-in/").rstrip("/")


def test_the_first_start_makes_an_owner_a_team_and_the_practice_range(db: None) -> None:
    user = accounts.redeem_sign_in_link(token_of(accounts.create_first_sign_in_link()))
    assert user is not None
    assert user.email == "owner@localhost"
    assert Membership.objects.get().role == Role.OWNER
    assert Environment.objects.filter(practice__isnull=False).count() == 3
    assert all(row.proxy_url or not row.proxy_shown for row in Environment.objects.all())


def test_the_next_start_signs_in_the_same_owner(db: None) -> None:
    first, second = accounts.create_first_sign_in_link(), accounts.create_first_sign_in_link()
    assert accounts.redeem_sign_in_link(token_of(first)) == accounts.redeem_sign_in_link(token_of(second))
    assert (User.objects.count(), Team.objects.count(), Environment.objects.count()) == (1, 1, 3)


def test_a_link_works_once_and_its_token_is_not_stored(owner: User) -> None:
    token = token_of(accounts.create_sign_in_link(owner))
    assert accounts.redeem_sign_in_link(token) == owner
    assert accounts.redeem_sign_in_link(token) is None
    assert token not in str(SignInLink.objects.values().get())


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_with_one_token_exactly_one_signs_in(owner: User) -> None:
    token = token_of(accounts.create_sign_in_link(owner))
    ready = threading.Barrier(8)

    def redeem(_: int) -> bool:
        ready.wait(5)
        try:
            return accounts.redeem_sign_in_link(token) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(redeem, range(8))) == 1


def test_an_expired_link_and_a_locked_out_person_stay_outside(owner: User, settings: object) -> None:
    minutes = settings.SIGN_IN_LINK_MINUTES  # type: ignore[attr-defined]
    token = token_of(accounts.create_sign_in_link(owner))
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes, seconds=1)):
        assert accounts.redeem_sign_in_link(token) is None
    User.objects.update(is_active=False)
    assert accounts.redeem_sign_in_link(token) is None
    assert accounts.redeem_sign_in_link("made up") is None


def test_the_command_prints_a_link_and_knows_whom(owner: User) -> None:
    out = StringIO()
    call_command("sign_in_link", "OLGA@example.com", stdout=out)
    assert accounts.redeem_sign_in_link(token_of(out.getvalue().strip().removeprefix("http://127.0.0.1:8000"))) == owner
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("sign_in_link", "nobody@example.com")


def test_one_address_is_one_account(db: None) -> None:
    factories.make_user("ada@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ADA@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Ada@example.com")


def test_teams_of_one_name_get_their_own_addresses(owner: User) -> None:
    slugs = [accounts.create_team(owner, "My team").slug for _ in range(3)]
    assert slugs == ["my-team", "my-team-2", "my-team-3"]
    with pytest.raises(InvalidInput):
        accounts.create_team(owner, "  ")
