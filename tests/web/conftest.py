"""A database on disk, as in service, and the people of every test: an owner, a colleague, a reader, a stranger."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connections

from diagnostics.models import Environment, Role, Team, User
from tests import factories


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file: threads that write at once meet the same locks as in service, which memory does not have."""
    database = connections["default"]
    if database.vendor == "sqlite":
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        database.settings_dict["TEST"]["NAME"] = str(settings.DATA_DIR / "test.sqlite3")


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
