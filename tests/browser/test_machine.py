"""A run made on the machine itself: the page shows the line to paste and fills itself when the report arrives."""

from __future__ import annotations

import json
import re
import shlex
import urllib.request
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests import factories
from tests.browser.conftest import Dashboard


def _register(page: Page, name: str) -> None:
    page.goto("/environments/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile("/environments/[0-9a-f-]{36}/$"))


def _send(dashboard: Dashboard, line: str) -> int:
    """What `probe.pyz` does at the end of that line, with a report that is at hand."""
    words = shlex.split(line)
    assert words[:2] == ["python3", "probe.pyz"]
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options["--upload"] == dashboard.base
    body = json.dumps({"report": factories.make_report(), "run": options["--run"]}).encode()
    headers = {"Authorization": f"Bearer {options['--token']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{options['--upload']}/api/v1/uploads", body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


def test_the_waiting_page_fills_itself(
    page: Page, open_context: Callable[..., BrowserContext], dashboard: Dashboard
) -> None:
    _register(page, "Grace's laptop")
    page.get_by_role("button", name="Start a run").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the report of Grace's laptop")
    line = page.locator(".copy-block code").last.inner_text()
    assert "curl -fsSLO" in page.locator(".copy-block code").first.inner_text()

    page.reload()
    assert page.locator(".copy-block code").last.inner_text() == line
    colleague = open_context().new_page()
    colleague.goto(page.url)
    expect(colleague.locator("main")).to_contain_text("Whoever started this run has the line to paste")
    assert "tsu_" not in colleague.content()

    assert _send(dashboard, line) == 202
    for window in (page, colleague):
        expect(window.locator(".verdict .chip-code")).to_have_text("proxy_auth_required")
        assert "From the dashboard's network" not in window.locator(".verdict").inner_text()
    expect(page).to_have_title(re.compile("^✕ "))


def test_a_step_is_checked_on_the_machine(page: Page, dashboard: Dashboard) -> None:
    _register(page, "Linus's laptop")
    page.get_by_role("button", name="Start a run").first.click()
    _send(dashboard, page.locator(".copy-block code").last.inner_text())
    page.get_by_role("link", name="What to do").click()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#actions")).to_be_visible()
    assert page.locator("#fix").count() == 0
    page.get_by_role("button", name="I did it, check now").click()
    check = page.locator("#outcome .copy-block code").first.inner_text()
    assert _send(dashboard, check) == 202
    expect(page.locator("#outcome .notice-broken")).to_contain_text("Not there yet.")
