"""Runs as tasks: the row is the truth, and every run ends truthfully by itself, whatever happens to its worker."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from celery import Celery
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction

from diagnostics import selectors
from diagnostics.exceptions import Conflict
from diagnostics.models import Attempt, Case, Environment, Run, Team, User
from diagnostics.services import dispatch, environments, execution, runs, sweep
from tests import factories
from tests.web.engines import CONFIG, CONNECT, engine, in_thread, past, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(environment: Environment) -> Run:
    return factories.make_run(environment)


# -- Asking for a run ------------------------------------------------------------------------


def test_a_run_is_sent_when_its_row_is_there_and_not_before(
    owner: User, environment: Environment, sent: list[UUID]
) -> None:
    with transaction.atomic():
        run = runs.start(owner, environment).run
        assert sent == []
    assert sent == [run.pk]
    run.refresh_from_db()
    assert (run.status, run.vantage_kind, run.requested_by) == (Run.Status.QUEUED, "worker", owner)
    assert run.snapshot == environments.snapshot(environment)
    assert run.woken_at is not None


def test_a_run_on_its_machine_waits_with_a_token_that_is_not_stored(
    owner: User, environment: Environment, sent: list[UUID]
) -> None:
    environments.edit(owner, environment, runs_from="machine")
    started = runs.start(owner, environment)
    assert started.upload_token is not None
    assert sent == []
    row = Run.objects.filter(pk=started.run.pk).values().get()
    assert row["status"] == Run.Status.WAITING
    assert row["upload_token_sha256"] == sha256(started.upload_token.encode()).hexdigest()
    assert started.upload_token not in str(row)


def test_an_archived_environment_is_not_run(owner: User, environment: Environment) -> None:
    environments.archive(owner, environment)
    with pytest.raises(Conflict, match="restore it"):
        runs.start(owner, environment)


def test_a_team_s_flood_of_runs_is_refused(
    owner: User, environment: Environment, stranger: User, monkeypatch: pytest.MonkeyPatch, sent: list[UUID]
) -> None:
    monkeypatch.setattr(runs, "MOST_OPEN", 2)
    first = runs.start(owner, environment).run
    runs.start(owner, environment)
    with pytest.raises(Conflict, match="under way"):
        runs.start(owner, environment)
    other = factories.make_environment(Team.objects.get(memberships__user=stranger))
    runs.start(stranger, other)
    runs.cancel(owner, first)
    runs.start(owner, environment)
    assert len(sent) == 4


def test_a_click_survives_a_broker_that_is_away(
    owner: User, environment: Environment, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.task_publish_retry_policy = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
    monkeypatch.setattr(dispatch, "app", away)
    dispatch.wake(uuid4())  # loads the Redis client, once a process
    began = time.monotonic()
    run = runs.start(owner, environment).run
    assert time.monotonic() - began < 20  # without a policy of ours it tries for ever
    run.refresh_from_db()
    assert (run.status, run.woken_at) == (Run.Status.QUEUED, None)
    Run.objects.update(queued_at=past(20))
    sweep.sweep()  # still away: the run stays as it is
    run.refresh_from_db()
    assert (run.status, run.woken_at) == (Run.Status.QUEUED, None)
    monkeypatch.undo()  # the broker is back
    sweep.sweep()
    run.refresh_from_db()
    assert run.woken_at is not None


# -- A run that goes well --------------------------------------------------------------------


def test_attempts_are_stored_as_they_end_and_the_report_is_frozen(run: Run) -> None:
    worker = in_thread(lambda: execution.execute(run.pk, engine(CONFIG, CONNECT, after=0.8)))
    wait_until(run, probes_done=1)
    assert [tried["probe"] for tried in selectors.attempts(Run.objects.get(pk=run.pk))] == ["config"]
    worker.join(10)
    done = Run.objects.get(pk=run.pk)
    assert (done.status, done.cause, done.probes_done, done.tries) == (
        Run.Status.FINISHED,
        "proxy_auth_required",
        2,
        1,
    )
    assert done.report_sha256 == sha256((done.report or "").encode()).hexdigest()
    assert done.report == json.dumps(
        json.loads(done.report or ""), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert (done.lease_owner, done.lease_until, done.error) == ("", None, "")
    assert done.case == Case.objects.get()
    report = selectors.report(done)
    assert report is not None
    stored = [{**tried, "variant": ""} | {"variant": tried.get("variant", "")} for tried in report["attempts"]]
    assert selectors.attempts(done) == stored


def test_binary_rubbish_from_a_server_and_a_key_that_is_a_word_break_nothing(run: Run, owner: User) -> None:
    environments.edit(owner, run.environment, credential="credentials")
    odd = replace(CONNECT, facts={**CONNECT.facts, "proxy.connect.title": "credentials\0\ud800"}, reason="x\0")
    execution.execute(run.pk, engine(CONFIG, odd))
    run.refresh_from_db()
    assert (run.status, run.cause) == (Run.Status.FINISHED, "proxy_auth_required")
    tried = selectors.attempts(run)[1]
    assert tried["facts"]["proxy.connect.title"] == "[… (11 characters)]\ufffd?"
    assert (selectors.report(run) or {})["findings"][0]["code"] == "proxy.wants_credentials"


def test_the_path_for_lists_names_the_broken_layer(run: Run) -> None:
    execution.execute(run.pk, engine(CONFIG, CONNECT))
    run.refresh_from_db()
    assert [layer for layer, word in run.path if word == "problem"] == ["proxy"]
    assert run.path[0] == ["config", "ok"]
    assert run.path[-1] == ["request", "skipped"]


def test_a_message_that_comes_twice_does_nothing_the_second_time(run: Run) -> None:
    execution.execute(run.pk, engine(CONFIG, CONNECT))
    before = Run.objects.filter(pk=run.pk).values().get()
    execution.execute(run.pk, engine(CONFIG))
    assert Run.objects.filter(pk=run.pk).values().get() == before
    assert Attempt.objects.count() == 2


def test_of_many_workers_one_gets_the_run(run: Run) -> None:
    ready = threading.Barrier(8)

    def take(_: int) -> bool:
        ready.wait(5)
        try:
            return execution.claim(run.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    run.refresh_from_db()
    assert run.tries == 1


def test_many_runs_at_once_store_everything_without_a_lock_error(environment: Environment) -> None:
    made = [factories.make_run(environment) for _ in range(40)]

    def work(run: Run) -> None:
        try:
            execution.execute(run.pk, engine(CONFIG, CONNECT, after=0.05))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(made)) as pool:
        list(pool.map(work, made))
    assert Run.objects.filter(status=Run.Status.FINISHED).count() == len(made)
    assert Attempt.objects.count() == 2 * len(made)
    assert Case.objects.count() == 1


def test_a_finished_run_can_hold_nothing_but_its_report(run: Run) -> None:
    execution.execute(run.pk, engine(CONFIG, CONNECT))
    for damage in (
        {"report": None},
        {"report_sha256": ""},
        {"cause": ""},
        {"status": Run.Status.RUNNING},
        {"status": Run.Status.FAILED},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(**damage)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=factories.make_run(run.environment).pk).update(status=Run.Status.FINISHED)


# -- Stopping --------------------------------------------------------------------------------


def test_a_queued_run_is_stopped_at_once(run: Run, owner: User) -> None:
    runs.cancel(owner, run)
    assert run.status == Run.Status.CANCELLED
    execution.execute(run.pk, engine(CONFIG))
    run.refresh_from_db()
    assert (run.status, run.tries) == (Run.Status.CANCELLED, 0)


def test_a_running_run_is_stopped_soon(run: Run, owner: User) -> None:
    worker = in_thread(lambda: execution.execute(run.pk, engine(CONFIG, CONNECT, after=100)))
    wait_until(run, status=Run.Status.RUNNING)
    began = time.monotonic()
    runs.cancel(owner, run)
    assert run.cancel_requested
    wait_until(run, status=Run.Status.CANCELLED)
    assert time.monotonic() - began < 40
    worker.join(60)
    run.refresh_from_db()
    assert run.error == "Stopped before it was finished."


def test_a_run_whose_worker_died_can_still_be_stopped(run: Run, owner: User, sent: list[UUID]) -> None:
    execution.claim(run.pk)
    runs.cancel(owner, run)
    Run.objects.update(lease_until=past())
    sweep.sweep()
    run.refresh_from_db()
    assert (run.status, sent) == (Run.Status.CANCELLED, [])
