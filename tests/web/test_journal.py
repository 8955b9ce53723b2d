"""What is deleted leaves SQLite's journal as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.utils import timezone

from diagnostics.models import Environment, Team, User
from diagnostics.services import account_deletion, deletion, journal, texts
from tests import factories

pytestmark = [pytest.mark.optional, pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own journal")]


@pytest.fixture
def filed(tmp_path: Path) -> Any:
    """Two connections to a file, as the product opens one."""
    own = {**settings.DATABASES["default"], "NAME": tmp_path / "filed.sqlite3", "TEST": {}}
    handler = ConnectionHandler({"default": own, "other": own})
    yield handler["default"], handler["other"]
    handler.close_all()


def _write_and_delete(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE words (word TEXT)")
        cursor.execute("INSERT INTO words VALUES ('zqsecretname'), ('other')")
        cursor.execute("DELETE FROM words WHERE word = 'zqsecretname'")


def _stands(tmp_path: Path) -> list[str]:
    return [file.name for file in tmp_path.iterdir() if b"zqsecretname" in file.read_bytes()]


@pytest.mark.django_db
def test_nothing_of_it_stands_in_the_files(filed: Any, tmp_path: Path) -> None:
    _write_and_delete(filed[0])
    assert _stands(tmp_path) == ["filed.sqlite3-wal"]
    assert journal.write_back(filed[0])
    assert _stands(tmp_path) == []


@pytest.mark.django_db
def test_somebody_who_reads_holds_nobody_up(filed: Any) -> None:
    one, other = filed
    _write_and_delete(one)
    with other.cursor() as cursor, one.cursor() as mine:
        waits = mine.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("BEGIN")
        cursor.execute("SELECT word FROM words").fetchall()
        mine.execute("INSERT INTO words VALUES ('later')")
        assert not journal.write_back(one)
        assert mine.execute("PRAGMA busy_timeout").fetchone() == waits
        cursor.execute("ROLLBACK")


def _run(owner: User, environment: Environment) -> None:
    deletion.delete_run(owner, factories.make_finished_run(environment))


def _environment(owner: User, environment: Environment) -> None:
    Environment.objects.filter(pk=environment.pk).update(archived_at=timezone.now())
    deletion.delete_environment(owner, environment, environment.name)


def _team(owner: User, environment: Environment) -> None:
    deletion.delete_team(owner, environment.team, environment.team.name)


def _text(owner: User, environment: Environment) -> None:
    texts.delete(owner, texts.keep(owner, environment.team, "curl: (6) Could not resolve host: x"))


def _account(owner: User, environment: Environment) -> None:
    account_deletion.delete_account(owner, owner.email)


@pytest.mark.django_db
@pytest.mark.parametrize("delete", [_run, _environment, _team, _text, _account])
def test_every_deletion_ends_with_it(
    delete: Callable[[User, Environment], None],
    owner: User,
    team: Team,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    emptied: list[BaseDatabaseWrapper] = []
    monkeypatch.setattr(journal, "write_back", emptied.append)
    with django_capture_on_commit_callbacks(execute=True):
        delete(owner, environment)
    assert emptied


@pytest.mark.django_db
def test_what_is_deleted_is_deleted_though_the_index_is_held(
    owner: User, environment: Environment, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    emptied: list[BaseDatabaseWrapper] = []
    monkeypatch.setattr(journal, "write_back", emptied.append)
    monkeypatch.setattr(journal, "_WRITE_TOGETHER", "INSERT INTO of_nobody VALUES (1)")  # fails as a locked one does
    with django_capture_on_commit_callbacks(execute=True):
        _environment(owner, environment)
    assert emptied
    assert not Environment.objects.filter(pk=environment.pk).exists()
