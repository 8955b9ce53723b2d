"""The whole product as `make start` starts it, on scratch data: either pair by settings alone, ended with the benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import redis

from tests.starting import Running, running

PAIRS = ("SQLite + embedded broker", "PostgreSQL + Redis")
POSTGRES = os.environ.get("TEST_ADMIN_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
_REDIS = "redis://127.0.0.1:6379"
_BROKER_NUMBER, _CACHE_NUMBER = 12, 13  # tests use others


@dataclass
class Product:
    """A running product and a person who has signed in to it."""

    it: Running
    database_url: str
    client: httpx.Client
    environments: dict[str, str] = field(default_factory=dict)  # name of each -> its path

    def post(self, path: str) -> httpx.Response:
        """Press a button: the form's token goes along. Answers the redirect, not what it leads to."""
        token = self.client.cookies.get("csrftoken") or ""
        return self.client.post(
            path, data={"csrfmiddlewaretoken": token}, headers={"referer": str(self.client.base_url)}
        )

    def run_to_end(self, environment: str, limit: float = 30.0) -> str:
        """Start a run and wait for its report; the path of its page."""
        path = self.post(f"{environment}run/").headers["location"]
        until = time.monotonic() + limit
        while self.client.get(f"{path}report.json").status_code != 200:
            if time.monotonic() > until:
                raise TimeoutError(f"{path} has no report after {limit:.0f} s")
            time.sleep(0.05)
        return str(path)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Straight from the database, past the product."""
        if self.database_url:
            with psycopg.connect(self.database_url) as postgres:
                return postgres.execute(query.encode()).fetchall()
        with contextlib.closing(sqlite3.connect(self.it.data_dir / "troubleshooter.sqlite3")) as sqlite:
            return sqlite.execute(query).fetchall()

    def processes(self) -> dict[str, psutil.Process]:
        """All of them by name; the scheduler is a thread of the worker where there is one worker."""
        named = {"supervisor": psutil.Process(self.it.popen.pid)}
        for name, process in self.it.children().items():
            named[name] = process
            named |= {f"{name} {number}": one for number, one in enumerate(process.children(recursive=True), start=1)}
        return named


@contextlib.contextmanager
def product(pair: str, lab: dict[str, Any] | None = None) -> Iterator[Product]:
    """Start it, sign in, and end everything afterwards. With ``lab`` the far network is one of its environments."""
    more = {"PUBLIC_URL": ""}
    if lab is not None:
        more |= {"DJANGO_SETTINGS_MODULE": "benchmarks.far_settings", "BENCHMARK_LAB": json.dumps(lab)}
    with tempfile.TemporaryDirectory(prefix="troubleshooter-benchmark-") as scratch, contextlib.ExitStack() as stack:
        url = stack.enter_context(_postgres_and_redis()) if pair == PAIRS[1] else ""
        if url:
            more |= {
                "DATABASE_URL": url,
                "BROKER_URL": f"{_REDIS}/{_BROKER_NUMBER}",
                "CACHE_URL": f"{_REDIS}/{_CACHE_NUMBER}",
            }
        it = stack.enter_context(running(Path(scratch) / "var", **more))
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{it.port}", trust_env=False, timeout=20))
        started = Product(it, url, client)
        _sign_in(started)
        yield started


def _sign_in(it: Product) -> None:
    link = urlsplit(it.it.line("Sign in: ").removeprefix("Sign in: "))
    it.client.get(link.path)
    page = it.client.get("/environments/").text
    found = re.findall(r'<a href="(/environments/[0-9a-f-]{36}/)"[^>]*>([^<]+)</a>', page)
    it.environments = {name.strip(): path for path, name in found}


@contextlib.contextmanager
def _postgres_and_redis() -> Iterator[str]:
    """A database of our own on the local servers, and two empty numbers of Redis."""
    name = f"troubleshooter_benchmark_{os.getpid()}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
    finally:
        for number in (_BROKER_NUMBER, _CACHE_NUMBER):
            redis.Redis.from_url(f"{_REDIS}/{number}").flushdb()
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def pairs() -> list[str]:
    """The pairs that can be had here."""
    try:
        with psycopg.connect(POSTGRES, connect_timeout=2):
            redis.Redis.from_url(_REDIS, socket_connect_timeout=2).ping()
    except (OSError, psycopg.Error, redis.RedisError):
        print("PostgreSQL or Redis does not listen here: the second pair is left out.")
        return [PAIRS[0]]
    return list(PAIRS)


def moment(value: Any) -> float:
    """A stored time as seconds: SQLite gives text, PostgreSQL a datetime; both are UTC."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value.replace(tzinfo=None)).timestamp()
