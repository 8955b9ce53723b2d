"""Making a token, and a machine whose probe listens: a check that is pressed here is done there, within five seconds."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from diagnostics import packing
from tests.browser.acting import go
from tests.browser.conftest import NARROW, Dashboard
from tests.browser.judging import too_wide, violations
from tests.probe.running import ALONE, BARE, WORLD


def test_a_token_is_made_shown_once_and_revoked(page: Page) -> None:
    page.goto("/account/tokens/")
    expect(page.get_by_role("heading", name="No token yet")).to_be_visible()
    assert violations(page) == []
    go(page, page.get_by_role("link", name="Make a token").first)
    assert violations(page) == []
    page.get_by_label("Name").fill("Nightly build")
    page.get_by_label("Start runs and read them").check()
    go(page, page.get_by_role("button", name="Make the token"))
    secret = page.locator(".copy-block code").first.inner_text()
    assert re.fullmatch(r"tsk_\w{8}_[\w-]{43}", secret)
    assert violations(page) == []
    asked = page.request.get("/api/v1/environments", headers={"Authorization": f"Bearer {secret}"})
    assert asked.ok
    go(page, page.get_by_role("link", name="I have copied it"))
    assert secret not in page.content()
    expect(page.locator("table")).to_contain_text("Nightly build")
    page.set_viewport_size(NARROW)
    assert too_wide(page) == []
    assert violations(page) == []
    page.get_by_text("Revoke", exact=True).click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.locator("#messages")).to_contain_text("Nightly build is revoked")
    refused = page.request.get("/api/v1/environments", headers={"Authorization": f"Bearer {secret}"})
    assert refused.status == 401


@contextmanager
def bridge(port: int, path: Path) -> Iterator[None]:
    """A Unix socket that leads to the dashboard: it can be reached from where there is no network."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=serve, daemon=True).start()
        yield


@pytest.fixture
def listen(dashboard: Dashboard, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Start the line that a page shows, on a machine that has no network but the way to the dashboard."""
    file, started = packing.build(tmp_path / "probe.pyz"), []

    def start(line: str) -> Any:
        words = shlex.split(line.partition(" > ")[0])
        assert words[:2] == ["python3", "probe.pyz"]
        command = [*ALONE, sys.executable, str(WORLD), "bridged", str(dashboard.it.port), str(tmp_path / "way")]
        command += [sys.executable, "-I", "-S", str(file), *words[2:], "--yes"]
        process = subprocess.Popen(
            command, env=BARE, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    with bridge(dashboard.it.port, tmp_path / "way"):
        yield start
        for process in started:
            process.terminate()
            _, told = process.communicate(timeout=100)
            assert "Traceback" not in told


@pytest.mark.netns
def test_what_is_pressed_here_is_done_on_the_listening_machine(page: Page, listen: Callable[[str], Any]) -> None:
    page.goto("/environments/new/")
    page.get_by_label("Name", exact=True).fill("Ada's workstation")
    page.get_by_label("The machine itself").check()
    page.get_by_role("button", name="Register").click()
    expect(page.locator("#listening")).to_contain_text("Nothing listens on that machine")
    go(page, page.get_by_role("link", name="Keep the probe listening"))
    assert violations(page) == []
    page.get_by_role("button", name="Make a token and show the lines").click()
    expect(page.locator(".copy-block code:visible").nth(1)).to_be_visible()
    assert violations(page) == []
    listen(page.locator(".copy-block code:visible").nth(1).inner_text())
    expect(page.locator("#listening")).to_contain_text("The machine is listening", timeout=100_000)

    # A whole run, with nothing to copy: it begins there by itself, and its page fills.
    page.get_by_role("link", name="← Ada's workstation").click()
    expect(page.locator("#runs-title ~ .table-wrap, #runs-title ~ * table").first).to_be_visible()  # the first beat's
    page.get_by_role("button", name="Start a run").first.click()
    expect(page.locator("#listening")).to_contain_text("The machine is listening")
    expect(page.locator(".verdict .chip-code")).to_have_text("no_internet", timeout=100_000)

    # A check of one step: long before the machine's next beat.
    page.get_by_role("link", name="What to do").click()
    page.wait_for_url(re.compile("/fix/"))
    if "/fix/question/" in page.url:  # without a route it may be a container
        page.get_by_label("No", exact=True).check()
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(re.compile("/fix/connect/"))
    page.get_by_role("button", name="check now").click()
    expect(page.locator("#outcome .notice-broken")).to_contain_text("Not there yet.")
