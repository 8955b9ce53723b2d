"""docker-compose.yml on real parts.

Containers cannot run everywhere, so the file is read here: what it promises is checked, and each of our
services' own commands and health checks runs for real, as written, against a local PostgreSQL and Redis.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import yaml

from tests.starting import ROOT, environment, free_port, health, wait_for

pytestmark = pytest.mark.timeout(400)

ADMIN_URL = os.environ.get("TEST_ADMIN_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_DB = 14
OURS = ("web", "worker", "scheduler")
ANSWERS = {
    "POSTGRES_PASSWORD": "written-by-the-operator",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "FIELD_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "=",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def compose() -> dict[str, Any]:
    """The file as it stands, variables not yet put in."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


SERVICES: dict[str, Any] = compose()["services"]


def put_in(text: str) -> str:
    """What Compose makes of ${VAR:?why}, ${VAR:-default} and $$."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if kind == ":?":
            return ANSWERS[name]
        return ANSWERS.get(name, rest or "")

    return _VARIABLE.sub(value, text).replace("$$", "$")


# -- What the file promises ------------------------------------------------------------------


def test_it_has_the_five_services() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}


@pytest.mark.parametrize("name", [*OURS, "postgres", "redis"])
def test_every_service_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_what_must_last_is_on_volumes() -> None:
    volumes = set(compose()["volumes"])
    for name in SERVICES:
        assert SERVICES[name]["volumes"][0].partition(":")[0] in volumes


def test_no_secret_stands_in_the_file() -> None:
    """Each secret must be given, and Compose's refusal says what to write."""
    required = dict(re.findall(r"\$\{(\w+):\?([^}]+)\}", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert set(required) == set(ANSWERS)
    assert all(why.startswith("write ") for why in required.values())
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|SECRET|TOKEN", variable):
                assert value.startswith("${"), f"{name}: {variable}"


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_without_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_nothing_but_the_web_is_published_and_that_on_this_machine_only() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert text.rindex("\nUSER troubleshooter") > text.rindex("\nFROM ")
    assert "--require-hashes" in text
    assert "diagnostics.packing build/probe.pyz" in text
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "var"} <= set(ignored)


# -- Its own commands, for real --------------------------------------------------------------


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """An empty PostgreSQL database of our own, dropped afterwards; and an empty Redis database."""
    if not _listens(5432) or not _listens(6379):
        pytest.skip("PostgreSQL or Redis does not listen on this machine")
    name = f"troubleshooter_compose_{os.getpid()}"
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    for number in (REDIS_DB, REDIS_DB + 1):
        redis.Redis(db=number).flushdb()
    yield ADMIN_URL.rpartition("/")[0] + "/" + name
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class Here:
    """The addresses of the containers' network, replaced by this machine's."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.port, self.data_dir, self.database_url = free_port(), data_dir, database_url

    def words(self, text: str) -> str:
        """A command or check as it would run in its container, with our port and host names."""
        text = put_in(text).replace("0.0.0.0:8000", f"127.0.0.1:{self.port}").replace("web:8000", "127.0.0.1:8000")
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")

    def variables(self, service: str) -> dict[str, str]:
        """The service's own environment."""
        values = {name: put_in(str(value)) for name, value in SERVICES[service]["environment"].items()}
        assert values["DATABASE_URL"].endswith("@postgres:5432/troubleshooter")
        assert values["BROKER_URL"] == "redis://redis:6379/0"
        values |= {"DATABASE_URL": self.database_url, "BROKER_URL": f"redis://127.0.0.1:6379/{REDIS_DB}"}
        return environment(self.data_dir, **values)

    def start(self, service: str, log: Path, node: str = "worker") -> subprocess.Popen[bytes]:
        """Run the service's command as written; a second worker on one machine needs another node name."""
        command = SERVICES[service]["command"]
        parts = command if isinstance(command, list) else shlex.split(put_in(command))
        parts = [self.words(part).replace("worker@", f"{node}@") for part in parts]
        with log.open("wb") as out:
            return subprocess.Popen(
                parts, cwd=ROOT, env=self.variables(service), stdout=out, stderr=out, start_new_session=True
            )

    def check(self, service: str) -> int:
        """Run the service's own health check; its exit code."""
        kind, *parts = SERVICES[service]["healthcheck"]["test"]
        parts = [self.words(part) for part in parts]
        command = ["sh", "-c", parts[0]] if kind == "CMD-SHELL" else parts
        return subprocess.run(
            command, cwd=ROOT, env=self.variables(service), capture_output=True, check=False
        ).returncode


@pytest.fixture(scope="module")
def site(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """Web, two workers and one scheduler, started in the order that depends_on asks for."""
    folder = tmp_path_factory.mktemp("compose")
    here = Here(database, folder / "var")
    processes: list[subprocess.Popen[bytes]] = []

    def logs() -> str:
        return "\n".join(file.read_text(errors="replace")[-1500:] for file in folder.glob("*.log"))

    try:
        processes.append(here.start("web", folder / "web.log"))
        with contextlib.suppress(AssertionError):
            wait_for(lambda: health(here.port, "/readyz")[0] == 200, 60, "the web is not ready")
        assert health(here.port, "/readyz")[0] == 200, logs()
        for node in ("worker", "worker2"):
            processes += [here.start("worker", folder / f"{node}.log", node)]
        processes.append(here.start("scheduler", folder / "scheduler.log"))
        with contextlib.suppress(AssertionError):
            wait_for(lambda: health(here.port)[0] == 200, 200, "not healthy")
        assert health(here.port)[0] == 200, logs()
        yield here
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_its_commands_bring_up_a_healthy_site(site: Here) -> None:
    status, answer = health(site.port)
    assert status == 200
    assert {answer[name] for name in ("status", "database", "broker", "worker")} == {"ok"}


@pytest.mark.parametrize("name", OURS)
def test_its_health_checks_pass(site: Here, name: str) -> None:
    assert site.check(name) == 0


def test_both_workers_answer_and_ticks_keep_coming(site: Here) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "celery", "-q", "-A", "troubleshooter", "inspect", "ping", "-t", "5"],
        cwd=ROOT,
        env=site.variables("worker"),
        capture_output=True,
        text=True,
        check=False,
    )
    host = socket.gethostname()
    assert f"worker@{host}" in told.stdout
    assert f"worker2@{host}" in told.stdout
    began = time.monotonic()
    wait_for(lambda: health(site.port)[1]["worker_age"] < time.monotonic() - began - 2, 60, "no sign of life any more")


def test_a_link_to_sign_in_can_be_had_in_the_web_container(site: Here) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "troubleshooter.prepare", "--link"],
        cwd=ROOT,
        env=site.variables("web"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/\S+", told.stdout.strip()), told.stderr


def test_the_databases_own_health_checks_pass(database: str) -> None:
    """As written for their containers, with the client programs of this machine."""
    pg_isready = shutil.which("pg_isready") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_isready")), "")
    assert SERVICES["postgres"]["healthcheck"]["test"][1] == "pg_isready -U troubleshooter"
    if pg_isready:
        assert subprocess.run([pg_isready, "-h", "127.0.0.1"], capture_output=True, check=False).returncode == 0
    assert SERVICES["redis"]["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]
    assert redis.Redis().ping()
