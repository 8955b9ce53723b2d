"""The practice range and the address guard, run as a worker runs them: real sockets on loopback, no mock in between."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from diagnostics import selectors
from diagnostics.engine.library import load
from diagnostics.exceptions import Conflict
from diagnostics.lab.practice import PRACTICES
from diagnostics.models import Case, Environment, Run, Team, User
from diagnostics.services import environments, execution, practice, proving, runs, wizards
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def carried_out(run: Run) -> Run:
    execution.execute(run.pk)
    return Run.objects.get(pk=run.pk)


@pytest.fixture
def ranges(owner: User, team: Team) -> dict[str, Environment]:
    practice.register_environments(team, owner)
    return {row.practice or "": row for row in Environment.objects.all()}


@pytest.mark.parametrize("slug", PRACTICES)
def test_a_practice_environment_fails_for_real_and_its_fix_turns_it_green(
    slug: str, owner: User, ranges: dict[str, Environment]
) -> None:
    environment = ranges[slug]
    red = carried_out(runs.start(owner, environment).run)
    assert (red.status, red.cause, red.error) == (Run.Status.FINISHED, PRACTICES[slug].cause, "")
    assert red.confidence is not None
    assert red.confidence > 0.9
    walk = wizards.begin(owner, red)
    fixing = next(one.step for one in proving.steps(walk, {}) if one.step.fix in PRACTICES[slug].fixes)
    before = wizards.check(owner, walk, fixing.name).check
    assert before.run is not None
    assert carried_out(before.run).status == Run.Status.FINISHED
    wizards.apply_fix(owner, walk, fixing.name, PRACTICES[slug].fixes[fixing.fix or ""])
    after = wizards.check(owner, walk, fixing.name).check
    assert after.run is not None
    assert carried_out(after.run).status == Run.Status.FINISHED
    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.passed, after.passed) == (False, True), after.says
    green = carried_out(wizards.prove(owner, walk).run)
    assert (green.status, green.cause) == (Run.Status.FINISHED, "healthy")
    walk.refresh_from_db()
    assert walk.green_run == green
    assert Case.objects.get().green_since == green.finished_at
    assert all(word != "problem" for _, word in green.path)


def test_every_client_can_be_practised_with(owner: User, ranges: dict[str, Environment]) -> None:
    """Some clients read the system's store and some the public list; the range's one root stands in both."""
    for client in sorted(load().clients):
        environment = environments.edit(
            owner, ranges["other_vendor"], client=client, base_url="https://api.anthropic.com", mode="print"
        )
        run = carried_out(runs.start(owner, environment).run)
        assert (run.cause, run.error) == ("healthy", ""), client
        tried = {one["probe"]: one for one in selectors.attempts(run)}
        for name in ("tls.client", "tls.public", "tls.system"):
            assert tried[name]["facts"][f"{name}.trusted"] is True, (client, name)


def test_a_changed_practice_environment_is_broken_again_by_a_reset(owner: User, ranges: dict[str, Environment]) -> None:
    environment = environments.edit(owner, ranges["other_vendor"], base_url="https://api.anthropic.com", notes="mine")
    practice.reset(owner, environment)
    environment.refresh_from_db()
    assert environment.base_url == "https://api.openai.com"
    with pytest.raises(Conflict):
        practice.reset(owner, factories.make_environment(environment.team))


def test_the_practice_range_leads_nowhere_else(owner: User, ranges: dict[str, Environment], listener: Any) -> None:
    """Whoever edits a practice environment cannot reach this host or another network through its permission."""
    for base_url in (f"http://127.0.0.1:{listener.port}", f"http://[::1]:{listener.port}", "http://169.254.169.254"):
        environments.edit(owner, ranges["other_vendor"], base_url=base_url)
        run = carried_out(runs.start(owner, ranges["other_vendor"], Run.Kind.CHECK, ["tcp.v4", "tcp.v6"]).run)
        assert run.status == Run.Status.FINISHED
        assert not any(tried["facts"].get(f"{tried['probe']}.connected") for tried in selectors.attempts(run))
    assert listener.accepted == 0


# -- The guard ---------------------------------------------------------------------------------


class Listener:
    """Something inside the dashboard's network that must not be reached."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.accepted += 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    it = Listener()
    yield it
    it.socket.close()


def guarded(owner: User, team: Team, probe: str, **values: Any) -> dict[str, Any]:
    """What one probe of a worker's run found for an environment with these settings."""
    environment = factories.make_environment(team, **values)
    run = carried_out(runs.start(owner, environment, Run.Kind.CHECK, [probe]).run)
    assert run.status == Run.Status.FINISHED
    return next(tried for tried in selectors.attempts(run) if tried["probe"] == probe)


def test_a_worker_does_not_reach_its_own_host_and_names_the_setting(
    owner: User, team: Team, listener: Listener
) -> None:
    tried = guarded(owner, team, "tcp.v4", base_url=f"http://127.0.0.1:{listener.port}")
    assert (tried["status"], tried["reason"], listener.accepted) == ("skipped", "guard", 0)
    assert "ALLOWED_NETWORKS" in json.dumps(tried["events"])


def test_nor_a_proxy_there(owner: User, team: Team, listener: Listener) -> None:
    tried = guarded(owner, team, "proxy.tcp", proxy_url=f"http://127.0.0.1:{listener.port}")
    assert (tried["status"], tried["reason"], listener.accepted) == ("skipped", "guard", 0)


def test_an_operator_can_allow_a_network(owner: User, team: Team, listener: Listener, settings: LazySettings) -> None:
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    tried = guarded(owner, team, "tcp.v4", base_url=f"http://127.0.0.1:{listener.port}")
    assert (tried["status"], tried["facts"]["tcp.v4.connected"]) == ("done", True)


# -- The report's schema -------------------------------------------------------------------------


def check(value: Any, schema: dict[str, Any], where: str = "report") -> None:
    """As much of JSON Schema as ours uses."""
    if "oneOf" in schema:
        one = schema["oneOf"][0 if value is None else 1]
        check(value, one, where)
        return
    if "const" in schema:
        assert value == schema["const"], where
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    words = schema.get("type", [])
    words = [words] if isinstance(words, str) else words
    known = tuple({**kinds, "null": type(None)}[word] for word in words)
    assert not words or isinstance(value, known), f"{where}: {value!r} is not {words}"  # type: ignore[arg-type]
    assert set(schema.get("required", ())) <= set(value if isinstance(value, dict) else ()), where
    for name, item in value.items() if isinstance(value, dict) else ():
        assert name in schema.get("properties", {name}) or schema.get("additionalProperties", True), f"{where}.{name}"
        check(item, schema.get("properties", {}).get(name, {}), f"{where}.{name}")
    for item in value if isinstance(value, list) else ():
        check(item, schema.get("items", {}), f"{where}[]")


@pytest.mark.parametrize("slug", PRACTICES)
def test_real_reports_are_as_their_schema_says(slug: str, owner: User, ranges: dict[str, Environment]) -> None:
    schema = Client().get("/api/v1/report.schema.json").json()
    report = selectors.report(carried_out(runs.start(owner, ranges[slug]).run))
    check(report, schema)
    with pytest.raises(AssertionError):
        check({**(report or {}), "verdict": None}, schema)
