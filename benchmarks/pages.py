"""What pages cost: queries, CPU and bytes, beside a view with one query, all in one process and without sockets.

The team has 200 environments, each with a finished run, and 40 open cases.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.measuring import Figure, cpu_beside, show

ENVIRONMENTS, CASES, MOST_QUERIES = 200, 40, 8
_STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="troubleshooter-benchmark-") as scratch:
        set_up(Path(scratch))
        from django.test.runner import DiscoverRunner

        runner = DiscoverRunner(verbosity=0)
        databases = runner.setup_databases()
        try:
            _measure()
        finally:
            runner.teardown_databases(databases)


def set_up(scratch: Path, database: str | None = None) -> None:
    """Django on scratch data, with static files collected as `make start` collects them; SQLite, or the `database` of a URL."""
    for name in ("DATABASE_URL", "CACHE_URL"):
        os.environ.pop(name, None)
    if database is not None:
        os.environ["DATABASE_URL"] = database
    os.environ |= {"DATA_DIR": str(scratch), "BROKER_URL": "memory://", "LOG_LEVEL": "ERROR"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "troubleshooter.settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.ROOT_URLCONF = "benchmarks.one_query"
    django.setup()
    call_command("collectstatic", verbosity=0, interactive=False)


def _measure() -> None:
    from benchmarks.team import furnish

    place = furnish(ENVIRONMENTS, CASES)
    server = Server(place.cookies, place.floor)
    floor = server.page("a view with one query", place.floor)
    again, htmx = {"HTTP_IF_NONE_MATCH": server.get(place.run).headers["ETag"]}, {"HTTP_HX_REQUEST": "true"}
    light = [
        server.page("a report on its permalink", place.run),
        server.page("the same, revisited", place.run, again),
        server.page("a poll with nothing new", f"{place.progress}?since={place.up_to_date}", htmx),
    ]
    others = [
        server.page("a shared report", place.shared),
        server.page("a poll with something new", place.progress, htmx),
        server.page("a live page", place.open_run),
        server.page("the dashboard", "/"),
        server.page(f"environments, {ENVIRONMENTS} rows", "/environments/"),
        server.page("runs, 50 rows", "/runs/"),
        server.page("cases", "/cases/"),
        server.page("an environment", place.environment),
    ]
    told = [Figure(floor.name, floor.cpu, "ms", note=f"{floor.queries} queries: session, person, its own")]
    show("The floor, for somebody who has signed in", told)
    goals = [(one, 1.5) for one in light] + [(one, None) for one in others]
    ratios = [Figure(one.name, one.ratio, "x", goal, f"{one.cpu:.1f} ms, {one.status}") for one, goal in goals]
    show("CPU of a page over a view with one query", ratios)
    show("Queries of a page", [Figure(one.name, one.queries, "", MOST_QUERIES) for one in light + others])
    show("Bytes of a page", [Figure(one.name, one.kilobytes, "kB", goal and 15) for one, goal in goals])
    show("Weight of a cold visit to a report", server.weights(place.run))


@dataclass(frozen=True)
class Page:
    """What one address costs: CPU in ms and beside the floor, and kB as they are sent to a browser."""

    name: str
    status: int
    cpu: float
    ratio: float
    queries: int
    kilobytes: float


@dataclass(frozen=True)
class Answer:
    """What the product sends."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, decompressed."""
        return (gzip.decompress(self.body) if self.headers.get("Content-Encoding") == "gzip" else self.body).decode()


class Server:
    """Django's WSGI handler without a wire: what gunicorn calls for each request."""

    def __init__(self, cookies: str, floor: str) -> None:
        from django.core.wsgi import get_wsgi_application

        self._application = get_wsgi_application()
        self._cookies = cookies
        self._floor = floor

    def get(self, address: str, **headers: str) -> Answer:
        """One request of somebody who has signed in."""
        path, _, query = address.partition("?")
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], problem: Any = None, /) -> Callable[[bytes], object]:
            told.extend((status, headers))
            return told.append

        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "HTTP_COOKIE": self._cookies,
            "HTTP_ACCEPT_ENCODING": "gzip", "HTTP_HOST": "127.0.0.1:8000", **headers,
        }  # fmt: skip
        chunks: Iterable[bytes] = self._application(environ, start)
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        return Answer(int(told[0].split()[0]), dict(told[1]), body)

    def page(self, name: str, address: str, headers: dict[str, str] | None = None) -> Page:
        """Everything about one address."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        told = headers or {}
        self.get(address, **told)  # templates are read, statements prepared
        with CaptureQueriesContext(connection) as asked:
            answer = self.get(address, **told)
        queries = len(asked)  # now: the next request clears the list
        cpu, ratio = cpu_beside(lambda: self.get(address, **told), lambda: self.get(self._floor))
        return Page(name, answer.status, cpu, ratio, queries, len(answer.body) / 1024)

    def weights(self, address: str) -> list[Figure]:
        """What a browser with an empty cache fetches for a page."""
        page = self.get(address)
        sent = {"page": len(page.body), "css": 0, "js": 0, "svg": 0}
        for part in dict.fromkeys(_STATIC.findall(page.text)):
            sent[part.rpartition(".")[2]] += len(self.get(part).body)
        kb = {name: size / 1024 for name, size in sent.items()}
        return [
            Figure("everything", sum(kb.values()), "kB", 80),
            Figure("page", kb["page"], "kB"),
            Figure("CSS", kb["css"], "kB", 30),
            Figure("JavaScript", kb["js"], "kB", 25),
            Figure("icons", kb["svg"], "kB"),
        ]


if __name__ == "__main__":
    main()
