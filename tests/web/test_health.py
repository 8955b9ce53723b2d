"""/healthz tells which part is away, to anybody, and never lets a connection's password out."""

from __future__ import annotations

import time
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.test import Client, override_settings

from diagnostics import tasks
from diagnostics.services import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_has_answered() -> None:
    """Each test says itself what a worker did."""
    cache.delete(health._ANSWER_KEY)


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    """Status and JSON of /healthz."""
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


def test_all_is_well_after_a_worker_answered_the_tick(client: Client) -> None:
    tasks.tick()
    status, answer = ask(client)
    assert status == 200
    assert answer.pop("worker_age") < 5
    assert answer == {"status": "ok", "database": "ok", "broker": "ok", "worker": "ok"}


def test_before_the_first_answer_the_worker_is_named(client: Client) -> None:
    status, answer = ask(client)
    assert status == 503
    assert answer["status"] == "failing: worker"
    assert answer["worker"] == "no worker has answered the scheduler yet"


@override_settings(WORKER_SILENT_AFTER=10)
def test_a_silent_worker_is_named_with_its_age(client: Client) -> None:
    cache.set(health._ANSWER_KEY, time.time() - 61)
    status, answer = ask(client)
    assert status == 503
    assert answer["worker"].startswith("no answer for 61 s")
    assert answer["worker_age"] == pytest.approx(61, abs=2)


def test_a_broker_that_is_away_is_named_without_its_password(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.tick()

    def away(*_: Any, **__: Any) -> Any:
        raise ConnectionError("redis://:canary-pw@broker/0")

    monkeypatch.setattr(current_app.pool, "acquire", away)
    status, answer = ask(client)
    assert status == 503
    assert answer["status"] == "failing: broker, worker"
    assert "canary-pw" not in str(answer)


def test_pages_are_ready_without_a_worker(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


def test_it_needs_no_sign_in_and_is_never_cached(client: Client) -> None:
    answer = client.get("/healthz")
    assert "no-store" in answer["Cache-Control"]
    assert "sessionid" not in answer.cookies
    assert client.post("/healthz").status_code == 405


def test_it_asks_one_query(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        client.get("/healthz")
