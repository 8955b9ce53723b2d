"""Workers that die, hang or come back, messages that get lost: every run still ends, and says truthfully how."""

from __future__ import annotations

import logging
import time
from uuid import UUID

import pytest
from django.conf import LazySettings

from diagnostics import selectors
from diagnostics.models import Case, Environment, Run, User
from diagnostics.services import environments, execution, freezing, sweep
from tests import factories
from tests.web.engines import CONFIG, CONNECT, concluded, engine, failing, in_thread, past, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(environment: Environment) -> Run:
    return factories.make_run(environment)


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
    assert time.monotonic() - began < 20
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
