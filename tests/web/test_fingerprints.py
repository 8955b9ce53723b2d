"""The same secret has the same fingerprint within a team, wherever it was measured, and another one everywhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from diagnostics import selectors
from diagnostics.engine.secrets import Secret
from diagnostics.models import Team, User
from diagnostics.services import execution, runs, uploads
from tests import factories
from tests.engine.environment.machines import seen

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "sk-ant-api03-" + "fiNgerPrint5" * 7 + "AA"


def by_a_worker(team: Team, key: str) -> Any:
    """What a run of a registered environment tells of its key."""
    planted = factories.make_environment(team, practice="corporate_proxy", credential=key)
    run = factories.make_run(planted)
    execution.execute(run.pk)
    run.refresh_from_db()
    return told(selectors.report(run))


def by_a_machine(owner: User, team: Team, key: str) -> Any:
    """What a machine's own report tells of it, once it is stored."""
    environment = factories.make_environment(team, runs_from="machine")
    started = runs.start(owner, environment)
    facts = seen({"ANTHROPIC_API_KEY": key}).facts
    report = factories.make_report()
    report["attempts"][0]["facts"] |= {name: facts[name] for name in facts if name == "config.key.fingerprint"}
    report["environment"]["credentials"] = [{"fingerprint": facts.get("config.key.fingerprint")}]
    assert started.upload_token is not None
    uploads.receive(started.upload_token, None, report)
    execution.execute(started.run.pk)
    started.run.refresh_from_db()
    stored = selectors.report(started.run)
    assert stored is not None
    assert stored["environment"]["credentials"][0]["fingerprint"] == told(stored)
    return told(stored)


def told(report: Any) -> Any:
    facts = {name: value for attempt in report["attempts"] for name, value in attempt["facts"].items()}
    return facts.get("config.key.fingerprint")


def test_it_is_the_same_within_a_team_and_only_there(owner: User, team: Team) -> None:
    registered = factories.make_environment(team, credential=KEY).credential_fingerprint
    elsewhere = factories.make_environment(factories.make_team(), credential=KEY).credential_fingerprint
    assert registered == by_a_worker(team, KEY) == by_a_machine(owner, team, KEY)
    assert len(registered) == len(elsewhere) == 16
    assert registered != elsewhere
    assert registered != factories.make_environment(team, credential=KEY + "x").credential_fingerprint


def test_one_without_a_salt_is_stored_nowhere(owner: User, team: Team) -> None:
    by_a_worker(team, KEY)
    by_a_machine(owner, team, KEY)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert Secret(KEY).fingerprint not in json.dumps(cursor.fetchall(), default=str), table


def test_what_could_be_guessed_has_one_within_a_team_alone(owner: User, team: Team) -> None:
    assert by_a_worker(team, "sk-hunter2")
    assert by_a_machine(owner, team, "sk-hunter2") is None
    assert seen({"ANTHROPIC_API_KEY": KEY}).facts["config.key.fingerprint"] == Secret(KEY).fingerprint
