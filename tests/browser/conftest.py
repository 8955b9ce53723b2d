"""A real dashboard, started as `make start` starts it, and Debian's Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.starting import ROOT, Running, environment, running

FIRST = "owner@localhost"
PATIENCE = 40_000  # milliseconds: two cores may be busy; what is there is seen at once all the same
expect.set_options(timeout=PATIENCE)
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 720}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They are the browser's; each process of tests starts one dashboard and one Chromium for all of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(400))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails tells what stands in the dashboard's logs."""
    report = yield
    dashboard = getattr(item, "funcargs", {}).get("dashboard")
    if report.failed and dashboard is not None:
        report.sections += [(log.name, log.read_text()[-4_000:]) for log in dashboard.it.data_dir.glob("logs/*.log")]
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Chromium as root, without its own talk to the internet."""
    quiet = ("background-networking", "component-update", "default-apps", "sync", "domain-reliability")
    return {
        "executable_path": shutil.which(os.environ.get("CHROMIUM", "chromium")),
        "args": ["--no-sandbox", "--disable-gpu", *(f"--disable-{name}" for name in quiet)],
    }


class Dashboard:
    """The running product, from outside."""

    def __init__(self, it: Running) -> None:
        self.it = it
        self.base = f"http://127.0.0.1:{it.port}"

    def manage(self, *words: str) -> str:
        """Output of a manage.py command on the dashboard's own data."""
        command = [sys.executable, "manage.py", *words]
        shell = environment(self.it.data_dir, PORT=str(self.it.port))
        done = subprocess.run(command, cwd=ROOT, env=shell, capture_output=True, text=True, check=True, timeout=200)
        return done.stdout.strip()

    @contextmanager
    def worker_paused(self) -> Iterator[None]:
        """Whatever is started meanwhile waits: what a page shows before it can be looked at for as long as one likes."""
        worker = self.it.children()["worker"]
        paused = [worker, *worker.children(recursive=True)]
        for process in paused:
            process.suspend()
        try:
            yield
        finally:
            for process in paused:
                process.resume()

    def link(self, email: str = FIRST) -> str:
        """A fresh link that signs this person in."""
        return self.manage("sign_in_link", email)


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Broker, web, worker and scheduler, with the practice range registered."""
    with running(tmp_path_factory.mktemp("browser") / "var") as it:
        yield Dashboard(it)


@pytest.fixture(scope="session")
def signed_in(browser: Browser, dashboard: Dashboard) -> Any:
    """The cookies of the first owner."""
    context = browser.new_context()
    context.new_page().goto(dashboard.link())
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_context(browser: Browser, dashboard: Dashboard, signed_in: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Make a browser window of the first owner; a page that logs an error or asks another host fails its test."""
    contexts, wrong = [], list[str]()

    def make(anonymous: bool = False, **options: Any) -> BrowserContext:
        state = None if anonymous else signed_in
        options.setdefault("viewport", WIDE)
        context = browser.new_context(base_url=dashboard.base, storage_state=state, **options)
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        context.on(
            "request",
            lambda asked: None if asked.url.startswith((dashboard.base, "data:")) else wrong.append(asked.url),
        )
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    unexpected = [text for text in wrong if "status of 4" not in text]
    assert not unexpected, unexpected


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A wide window of the first owner."""
    return open_context().new_page()
