"""Runs as tasks: the row is the truth, and every run ends truthfully by itself, whatever happens to its worker."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import Celery
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine import pipeline
from diagnostics.engine.records import Attempt as Tried
from diagnostics.engine.records import Event, Report
from diagnostics.exceptions import Conflict
from diagnostics.models import Attempt, Case, Environment, Run, User
from diagnostics.services import dispatch, environments, execution, freezing, runs, sweep
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

Tell = Callable[[Tried], None]

CONFIG = Tried("config", "done", facts={"config.key.present": True, "config.proxy.present": True})
CONNECT = Tried(
    "proxy.connect",
    "done",
    started=0.01,
    seconds=0.02,
    facts={"proxy.tcp.connected": True, "proxy.connect.status": 407, "proxy.connect.schemes": ("basic",)},
    events=(Event(0.01, "answered", "407"),),
)


def concluded(*attempts: Tried) -> Report:
    """The engine's own judgement of these attempts."""
    run = {
        "id": "0" * 32,
        "started_at": "2026-11-22T20:15:00Z",
        "seconds": 0.1,
        "client": {"name": "claude-code", "version": None, "source": "assumed"},
        "mode": "print",
        "vantage": {"kind": "worker", "name": "test"},
        "error": None,
    }
    return pipeline.conclude(run, {}, attempts)


def engine(*attempts: Tried, after: float = 0.0) -> execution.Diagnosis:
    """An engine that tells these attempts and concludes from them; `after` seconds of network before each."""

    def diagnosis(run: Run, course: pipeline.Course, tell: Tell) -> Coroutine[Any, Any, Report]:
        async def work() -> Report:
            course.expected = tuple(attempt.probe for attempt in attempts)
            for attempt in attempts:
                await asyncio.sleep(after)
                course.attempts.append(attempt)
                tell(attempt)
            return concluded(*attempts)

        return work()

    return diagnosis


def failing(problem: Exception) -> execution.Diagnosis:
    """An engine with a bug."""

    def diagnosis(run: Run, course: pipeline.Course, tell: Tell) -> Coroutine[Any, Any, Report]:
        async def work() -> Report:
            raise problem

        return work()

    return diagnosis


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """What a worker's thread does, with a database connection of its own."""

    def target() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=target)
    thread.start()
    return thread


def wait_until(run: Run, **columns: object) -> None:
    """Ask the row until it looks like this, at most five seconds."""
    for _ in range(500):
        if Run.objects.filter(pk=run.pk, **columns).exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{columns} did not come; the row is {Run.objects.filter(pk=run.pk).values().get()}")


def past(seconds: float = 1.0) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


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


def test_a_click_survives_a_broker_that_is_away(
    owner: User, environment: Environment, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.task_publish_retry_policy = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
    monkeypatch.setattr(dispatch, "app", away)
    dispatch.wake(uuid4())  # loads the Redis client, once a process
    began = time.monotonic()
    run = runs.start(owner, environment).run
    assert time.monotonic() - began < 1
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


# -- Workers that die, hang or come back -------------------------------------------------------


def test_a_dead_worker_s_run_is_taken_back_and_finished_by_another(run: Run, sent: list[UUID]) -> None:
    dead = execution.claim(run.pk)
    assert dead is not None
    sweep.sweep()
    assert sent == []  # its lease still runs
    Run.objects.update(lease_until=past())
    sweep.sweep()
    assert sent == [run.pk]
    execution.execute(run.pk, engine(CONFIG, CONNECT))
    run.refresh_from_db()
    assert (run.status, run.tries) == (Run.Status.FINISHED, 2)


def test_a_worker_that_was_thought_dead_cannot_overwrite(run: Run) -> None:
    first = execution.claim(run.pk)
    assert first is not None
    Run.objects.update(lease_until=past())
    second = execution.claim(run.pk)
    assert second is not None
    assert freezing.freeze(second, concluded(CONFIG, CONNECT))
    before = Run.objects.filter(pk=run.pk).values().get()
    assert not freezing.freeze(first, concluded(CONFIG))
    assert not freezing.give_up(first, Run.Status.FAILED, "late")
    assert Run.objects.filter(pk=run.pk).values().get() == before
    assert Case.objects.get().events.count() == 1


def test_a_worker_notices_that_its_lease_is_gone(run: Run) -> None:
    worker = in_thread(lambda: execution.execute(run.pk, engine(CONFIG, CONNECT, after=3)))
    wait_until(run, status=Run.Status.RUNNING)
    Run.objects.update(lease_owner="somebody else")
    worker.join(10)
    run.refresh_from_db()
    assert (run.status, run.lease_owner, run.report) == (Run.Status.RUNNING, "somebody else", None)


def test_a_lease_is_renewed_while_the_network_keeps_us_waiting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "RENEW_AFTER", 0.2)
    monkeypatch.setattr(execution, "LOOK_EVERY", 0.1)
    worker = in_thread(lambda: execution.execute(run.pk, engine(CONFIG, CONNECT, after=0.6)))
    wait_until(run, status=Run.Status.RUNNING)
    first = Run.objects.get(pk=run.pk).lease_until
    wait_until(run, lease_until__gt=first)
    worker.join(10)
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED


def test_three_dead_workers_are_told_as_such(run: Run) -> None:
    for _ in range(execution.MOST_TRIES):
        assert execution.claim(run.pk) is not None
        Run.objects.update(lease_until=past())
    assert execution.claim(run.pk) is None
    sweep.sweep()
    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert run.error == (
        "3 workers stopped in the middle of it; the workers' log says why. Your connection was not judged."
    )
    assert not Case.objects.exists()


def test_an_engine_that_hangs_is_cut_off_at_its_limit_with_what_there_is(
    run: Run, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_TIME_LIMIT = 2
    monkeypatch.setattr(execution, "GRACE", 0.1)
    began = time.monotonic()
    execution.execute(run.pk, engine(CONFIG, CONNECT, after=1.2))
    assert time.monotonic() - began < 4
    run.refresh_from_db()
    assert (run.status, run.cause, run.probes_done, run.probes_total) == (Run.Status.FINISHED, "unknown", 1, 2)
    report = selectors.report(run)
    assert report is not None
    cut = report["attempts"][1]
    assert (cut["probe"], cut["status"], cut["reason"]) == ("proxy.connect", "skipped", "deadline")


def test_a_run_over_its_deadline_is_given_up_even_if_its_worker_lives(run: Run) -> None:
    held = execution.claim(run.pk)
    assert held is not None
    Run.objects.update(deadline_at=past())
    sweep.sweep()
    run.refresh_from_db()
    assert (run.status, run.lease_owner) == (Run.Status.FAILED, "")
    assert "time limit" in run.error
    assert not freezing.freeze(held, concluded(CONFIG))


def test_a_bug_of_ours_is_no_verdict_and_its_traceback_shows_no_secret(
    run: Run, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    environments.edit(owner, run.environment, credential=factories.KEY)
    with caplog.at_level(logging.ERROR):
        execution.execute(run.pk, failing(ValueError(f"illegal header value {factories.KEY!r}")))
    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert run.error.startswith("Our own code failed (ValueError)")
    assert factories.KEY not in caplog.text + run.error
    assert "ValueError" in caplog.text
    assert not Case.objects.exists()


def test_a_key_that_cannot_be_opened_is_said(run: Run, owner: User, settings: LazySettings) -> None:
    environments.edit(owner, run.environment, credential=factories.KEY)
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    execution.execute(run.pk, engine(CONFIG))
    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert "FIELD_ENCRYPTION_KEYS no longer holds" in run.error


# -- Stopping --------------------------------------------------------------------------------


def test_a_queued_run_is_stopped_at_once(run: Run, owner: User) -> None:
    runs.cancel(owner, run)
    assert run.status == Run.Status.CANCELLED
    execution.execute(run.pk, engine(CONFIG))
    run.refresh_from_db()
    assert (run.status, run.tries) == (Run.Status.CANCELLED, 0)


def test_a_running_run_is_stopped_soon(run: Run, owner: User) -> None:
    worker = in_thread(lambda: execution.execute(run.pk, engine(CONFIG, CONNECT, after=20)))
    wait_until(run, status=Run.Status.RUNNING)
    began = time.monotonic()
    runs.cancel(owner, run)
    assert run.cancel_requested
    wait_until(run, status=Run.Status.CANCELLED)
    assert time.monotonic() - began < 2
    worker.join(5)
    run.refresh_from_db()
    assert run.error == "Stopped before it was finished."


def test_a_run_whose_worker_died_can_still_be_stopped(run: Run, owner: User, sent: list[UUID]) -> None:
    execution.claim(run.pk)
    runs.cancel(owner, run)
    Run.objects.update(lease_until=past())
    sweep.sweep()
    run.refresh_from_db()
    assert (run.status, sent) == (Run.Status.CANCELLED, [])


# -- Sweeping --------------------------------------------------------------------------------


def test_a_lost_message_is_sent_again_and_a_fresh_one_left_alone(environment: Environment, sent: list[UUID]) -> None:
    lost = factories.make_run(environment, woken_at=past(16), queued_at=past(16))
    factories.make_run(environment, woken_at=past(5), queued_at=past(16))
    never = factories.make_run(environment, queued_at=past(17))
    factories.make_run(environment)
    sweep.sweep()
    assert sent == [never.pk, lost.pk]
    sweep.sweep()
    assert len(sent) == 2


def test_what_waits_for_a_day_expires_with_its_reason(environment: Environment) -> None:
    waiting = factories.make_run(
        environment, status=Run.Status.WAITING, deadline_at=past(), vantage_kind="probe", upload_token_sha256="0" * 64
    )
    queued = factories.make_run(environment, deadline_at=past())
    sweep.sweep()
    waiting.refresh_from_db()
    queued.refresh_from_db()
    assert (waiting.status, waiting.error) == (
        Run.Status.EXPIRED,
        "No report came from the machine within a day.",
    )
    assert (queued.status, queued.error) == (Run.Status.EXPIRED, "No worker was there to take it within a day.")


def test_sweeping_touches_nothing_that_is_over(environment: Environment, sent: list[UUID]) -> None:
    for status in (Run.Status.FAILED, Run.Status.CANCELLED, Run.Status.EXPIRED):
        factories.make_run(environment, status=status, deadline_at=past(), lease_until=past(), finished_at=past())
    factories.make_finished_run(environment, deadline_at=past())
    before = list(Run.objects.order_by("pk").values())
    sweep.sweep()
    assert list(Run.objects.order_by("pk").values()) == before
    assert sent == []
