"""A real worker with a real broker, killed in the middle of a run: the run ends truthfully by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import pytest

from tests import starting


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[starting.Running]:
    """Broker, web, worker and scheduler, as `make start` runs them."""
    with starting.running(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture(scope="module")
def person(dashboard: starting.Running) -> Iterator[httpx.Client]:
    """Signed in by the printed link."""
    with httpx.Client(base_url=f"http://127.0.0.1:{dashboard.port}", follow_redirects=True, timeout=60) as client:
        assert client.get(dashboard.line("Sign in: ").removeprefix("Sign in: ")).status_code == 200
        yield client


def database(dashboard: starting.Running) -> sqlite3.Connection:
    return sqlite3.connect(dashboard.data_dir / "troubleshooter.sqlite3", timeout=10)


def row(dashboard: starting.Running, run_id: str) -> dict[str, Any]:
    """The run as it stands in the database."""
    with closing(database(dashboard)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM diagnostics_run WHERE id = ?", [run_id.replace("-", "")]).fetchone()
        return dict(found)


def practice(dashboard: starting.Running, slug: str) -> str:
    """The id of a practice environment."""
    with closing(database(dashboard)) as connection:
        found = connection.execute("SELECT id FROM diagnostics_environment WHERE practice = ?", [slug]).fetchone()
        return str(UUID(found[0]))


def start(person: httpx.Client, environment_id: str) -> str:
    """Press Run; the id of the run that its page is about."""
    page = person.get(f"/environments/{environment_id}/")
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = person.post(f"/environments/{environment_id}/run/", data={"csrfmiddlewaretoken": token})
    assert answer.status_code == 200
    return Path(answer.url.path).name


def test_a_run_goes_through_broker_and_worker_to_its_verdict(dashboard: starting.Running, person: httpx.Client) -> None:
    run_id = start(person, practice(dashboard, "other_vendor"))
    starting.wait_for(lambda: row(dashboard, run_id)["status"] == "finished", 100, "not finished")
    done = row(dashboard, run_id)
    assert (done["cause"], done["tries"], done["error"]) == ("base_url_other_provider", 1, "")


def halted_in_the_middle(dashboard: starting.Running, worker: psutil.Process, run_id: str) -> bool:
    """Hold the worker still once it has begun with the run; whether that was before the run's end. Else the worker goes on."""
    while row(dashboard, run_id)["status"] == "queued":
        time.sleep(0.005)
    worker.suspend()
    if row(dashboard, run_id)["status"] == "running":
        return True
    worker.resume()
    return False


def test_a_worker_killed_in_the_middle_does_not_take_the_run_with_it(
    dashboard: starting.Running, person: httpx.Client
) -> None:
    worker = dashboard.children()["worker"]
    run_id = start(person, practice(dashboard, "corporate_proxy"))
    while not halted_in_the_middle(dashboard, worker, run_id):
        run_id = start(person, practice(dashboard, "corporate_proxy"))
    worker.kill()
    left = row(dashboard, run_id)
    assert (left["status"], left["report"]) == ("running", None)
    # The lease would run out by itself within 30 s; the test does not wait for that.
    with closing(database(dashboard)) as connection, connection:
        connection.execute("UPDATE diagnostics_run SET lease_until = '2026-01-01 00:00:00' WHERE status = 'running'")
    starting.wait_for(lambda: row(dashboard, run_id)["status"] == "finished", 100, "never taken back")
    done = row(dashboard, run_id)
    assert (done["cause"], done["tries"], done["error"]) == ("proxy_auth_required", 2, "")
