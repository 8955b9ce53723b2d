"""The people of every test: an owner, a colleague, a reader, a stranger."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client

from diagnostics.engine.library import load
from diagnostics.engine.playbook_records import Question
from diagnostics.models import Environment, Role, Team, User
from diagnostics.services import dispatch
from tests import factories


@pytest.fixture
def team(db: None) -> Team:
    """A team with nobody in it yet."""
    return factories.make_team("Platform")


@pytest.fixture
def owner(team: Team) -> User:
    """Owns the team."""
    return factories.make_member(team, Role.OWNER, "olga@example.com")


@pytest.fixture
def colleague(team: Team) -> User:
    """A member of the team."""
    return factories.make_member(team, Role.MEMBER, "carlos@example.com")


@pytest.fixture
def member(client: Client, colleague: User) -> Client:
    """A browser in which the colleague is signed in."""
    client.force_login(colleague)
    return client


@pytest.fixture
def reader(team: Team) -> User:
    """May look and nothing else."""
    return factories.make_member(team, Role.READONLY, "rita@example.com")


@pytest.fixture
def stranger(db: None) -> User:
    """Has a team of their own."""
    return factories.make_member(factories.make_team("Elsewhere"), Role.OWNER, "sam@example.net")


@pytest.fixture
def environment(team: Team) -> Environment:
    """A laptop that the team registered, without a key."""
    return factories.make_environment(team, name="Olga's laptop")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Runs whose wake-up calls went out, instead of a broker."""
    calls: list[UUID] = []

    def wake(run_id: UUID) -> bool:
        calls.append(run_id)
        return True

    monkeypatch.setattr(dispatch, "wake", wake)
    return calls


@pytest.fixture
def asked() -> Question:
    """What the proxy's playbook asks before its first step: whether one has an account ("have" or "none")."""
    (question,) = load().playbooks["proxy_auth_required"].questions
    return question


@pytest.fixture
def ada(owner: User) -> Client:
    owner.first_name = "Ada"
    owner.save()
    client = Client()
    client.force_login(owner)
    return client
