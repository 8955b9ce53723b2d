"""The page of all components: for those who build pages, and nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from diagnostics.models import User
from tests import factories


@pytest.fixture
def staff(db: None) -> User:
    user = factories.make_user()
    User.objects.filter(pk=user.pk).update(is_staff=True)
    return User.objects.get(pk=user.pk)


def test_staff_see_every_component(client: Client, staff: User) -> None:
    client.force_login(staff)
    page = client.get("/design/")
    assert page.status_code == 200
    assert b"Every component" in page.content


def test_others_find_nothing(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/design/").status_code == 404
