"""Secrets planted where people put them appear in no row, log line, API answer, export or error, whatever happens to a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from diagnostics import selectors
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Environment, Run, Team, User
from diagnostics.services import cases, environments, execution, handoffs, runs, sharing, wizards
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "sk-ant-api03-" + "CanaryKeyCanaryKey" * 5 + "ZZZZZZAA"
PASSWORD = "canary/pass word:9"
QUOTED = "canary%2Fpass%20word%3A9"
NOTED = "sk-ant-api03-" + "CanaryNoteCanaryNote" * 4 + "YYYYYYAA"
CANARIES = (KEY, KEY[20:60], PASSWORD, QUOTED, NOTED, NOTED[20:60], "CanaryKey", "CanaryNote")


def rows() -> Iterator[tuple[str, str]]:
    """Every text in every table, as the database holds it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for found in cursor.fetchall():
                yield from ((table, str(value)) for value in found)


def assert_clean(text: str, where: str) -> None:
    assert not [canary for canary in CANARIES if canary in text], where


@pytest.fixture
def planted(owner: User, team: Team) -> Environment:
    """A practice network whose proxy asks for credentials; the key, the password and the notes are canaries."""
    return factories.make_environment(
        team,
        name="Canary",
        practice="corporate_proxy",
        credential=KEY,
        proxy_url=f"http://ada:{QUOTED}@proxy.practice.example:3128",
        notes=f"The key is {NOTED}, the proxy wants {PASSWORD}. Authorization: Bearer {KEY}",
    )


def test_a_whole_life_of_an_environment_shows_no_canary(
    planted: Environment, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run = runs.start(owner, planted).run
    execution.execute(run.pk)
    run.refresh_from_db()
    assert (run.status, run.cause) == (Run.Status.FINISHED, "proxy_auth_required")
    walk = wizards.begin(owner, run)
    check = wizards.check(owner, walk, "credentials").check
    assert check.run is not None
    execution.execute(check.run.pk)
    wizards.apply_fix(owner, walk, "credentials", f"http://bob:{QUOTED}@proxy.practice.example:3128")
    assert run.case is not None
    cases.add_note(owner, run.case, f"We tried {KEY} and {PASSWORD} and {NOTED}.")
    cases.close(owner, run.case, f"Set http://bob:{QUOTED}@proxy.practice.example:3128")
    link = sharing.create(owner, run, 7)
    assert_clean(json.dumps(sharing.outsiders_report(run, [])), "what outsiders see")
    assert_clean(json.dumps(selectors.report(run)), "the report")
    assert sharing.token(link)
    handed = handoffs.create(owner, run, "it", 7, note=f"Our key is {KEY}, its password {PASSWORD}.")
    handoffs.changed(handed, NOTED[:70], f"Let {KEY} through with {QUOTED}, and {NOTED}")
    page = Client().get(f"/h/{handoffs.token(handed)}/").content.decode()
    mail = Client().get(f"/h/{handoffs.token(handed)}/files/packet.eml").content.decode()
    assert_clean(page + mail, "what the receiver of a hand-off sees")
    for table, text in rows():
        assert_clean(text, f"a row of {table}: {text[:200]}")
    assert_clean(caplog.text, "the log")
    assert any("proxy.practice.example" in text for _, text in rows()), "the search itself works"


def test_an_error_in_the_middle_shows_no_canary(
    planted: Environment, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    run = factories.make_run(planted)

    def broken(*_: object) -> None:
        raise RuntimeError(f"cannot send {KEY} through http://ada:{QUOTED}@proxy with {PASSWORD}")

    execution.execute(run.pk, broken)  # type: ignore[arg-type]
    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert "RuntimeError" in run.error
    assert "cannot send" in caplog.text
    assert_clean(run.error + caplog.text, "the error")


def test_a_refused_upload_with_a_canary_repeats_and_stores_nothing(
    planted: Environment, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    plain = factories.make_environment(planted.team, runs_from="machine")
    started = runs.start(owner, plain)
    for leaky in (
        factories.make_report(environment={"key": KEY}),
        factories.make_report(schema=KEY),
        {"attempts": KEY, KEY: KEY},
    ):
        answer = Client().post(
            "/api/v1/uploads",
            json.dumps({"report": leaky, "run": KEY if leaky.get("schema") == KEY else None}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {started.upload_token}"},
        )
        assert answer.status_code == 422
        assert_clean(answer.content.decode(), "the API's answer")
    assert_clean(caplog.text, "the log")
    for table, text in rows():
        assert_clean(text, table)


def test_an_edit_that_is_refused_repeats_no_canary(planted: Environment, owner: User) -> None:
    for field in ("base_url", "model", "name", "no_proxy"):
        with pytest.raises(InvalidInput) as refused:
            environments.edit(owner, planted, **{field: f"https://{KEY}:x@host" if field == "base_url" else KEY})
        assert_clean(str(refused.value), field)
        planted.refresh_from_db()
