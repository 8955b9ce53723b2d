"""Sharing as two people do it: one makes a link from its preview, the other opens it without an account; and paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.judging import too_wide
from tests.browser.practice import start

SHEETS = {"A4": 794, "Letter": 816}
MARGINS = 76  # 10 mm on each side, in CSS pixels


@pytest.fixture
def run(open_context: Callable[..., BrowserContext]) -> Page:
    """A member on the page of a finished run."""
    page = open_context().new_page()
    _finished(page, "corporate_proxy")
    return page


def _finished(page: Page, slug: str) -> None:
    start(page, slug)
    expect(page.get_by_role("heading", name="Take it along")).to_be_visible(timeout=60_000)


def test_a_public_link_opens_logged_out_and_ends_at_once(
    run: Page, open_context: Callable[..., BrowserContext]
) -> None:
    run.get_by_role("link", name="Share outside the team").click()
    run.get_by_label("Visible").select_option("public")
    run.get_by_label("Host names").check()
    run.get_by_role("button", name="Preview what they see").click()
    expect(run.locator(".card-picture")).to_have_count(1)
    run.locator(".preview-bar summary").click()
    expect(run.locator(".card-picture")).to_have_js_property("naturalWidth", 1200)
    seen = run.locator("main h1").inner_text()
    run.get_by_role("button", name="Make this public").click()
    address = run.get_by_role("link", name="Open as they see it").get_attribute("href")
    assert address
    outsider = open_context(anonymous=True).new_page()
    outsider.goto(address)
    expect(outsider.locator("main h1")).to_have_text(seen)
    assert "proxy.practice.example" not in outsider.locator("html").inner_html().replace("<wbr>", "")
    with outsider.expect_download() as started:
        outsider.get_by_role("link", name="One file").click()
    assert re.fullmatch(r"troubleshooter-[a-z-]+\.html", started.value.suggested_filename)
    outsider.goto("/knowledge/")
    run.reload()
    expect(run.get_by_text("Opened 2 times")).to_be_visible()
    run.get_by_role("button", name="Revoke").click()
    expect(run.get_by_text("The link no longer works.")).to_be_visible()
    outsider.go_back()  # no copy is kept
    expect(outsider.locator("h1")).to_have_text("There is nothing at this address")


def test_a_link_of_seven_days_ends_in_seven(run: Page) -> None:
    """The server writes the words and the script renews them: both count a day that has begun as a day."""
    run.get_by_role("link", name="Share outside the team").click()
    run.get_by_role("button", name="Make a link").click()
    expect(run.locator(".links")).to_contain_text("ends in 7 days")


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_report_and_a_comparison_fit_on_paper_in_black_on_white(run: Page, sheet: str) -> None:
    address = run.url
    _finished(run, "other_vendor")
    pages = [address, f"{address}compare/{run.url.rstrip('/').rpartition('/')[2]}/"]
    for page in pages:
        run.emulate_media(media="screen")
        run.set_viewport_size({"width": 1280, "height": 900})
        run.goto(page)
        run.evaluate("document.documentElement.dataset.theme = 'dark'")
        run.emulate_media(media="print", color_scheme="dark")
        run.set_viewport_size({"width": SHEETS[sheet] - MARGINS, "height": 1000})
        assert too_wide(run) == [], page
        assert run.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert (
            run.evaluate(
                "[...document.querySelectorAll('button, .site-header')].filter((one) => one.checkVisibility()).length"
            )
            == 0
        )
        expect(run.locator(".on-paper").first).to_be_visible()
