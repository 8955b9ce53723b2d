"""The components in every state, and the small behaviours: each by mouse or key as a person would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import BrowserContext, Page, expect

from diagnostics.drawing import samples
from tests.browser.acting import copied
from tests.browser.conftest import NARROW, WIDE
from tests.browser.judging import too_wide, violations

Open = Callable[..., BrowserContext]


def show(page: Page) -> None:
    """Every component, as the page for staff shows them, with the running dashboard's styles and scripts."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = SessionBase()
    html = render_to_string("components/all.html", samples.context(), request)
    page.route("**/every-component", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/every-component")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_leaves_the_screen(open_context: Open, theme: str, size: dict[str, int]) -> None:
    page = open_context(viewport=size, color_scheme=theme).new_page()
    show(page)
    page.locator(".confirm summary").click()
    assert violations(page) == []
    assert too_wide(page) == []


def test_the_path_stands_up_where_it_is_narrow(open_context: Open) -> None:
    page = open_context().new_page()
    show(page)
    path = page.locator(".path").first
    expect(path.locator(".path-lying")).to_be_visible()
    expect(path.locator(".path-standing")).to_be_hidden()
    page.set_viewport_size({"width": 320, "height": 720})
    expect(path.locator(".path-standing")).to_be_visible()
    expect(path.locator(".path-lying")).to_be_hidden()
    labels, glyphs = path.locator("li"), path.locator(".path-standing [class^=stop-]")
    for label, glyph in zip(labels.all(), glyphs.all(), strict=True):
        row, stop = label.bounding_box(), glyph.bounding_box()
        assert row is not None
        assert stop is not None
        middle = stop["y"] + stop["height"] / 2
        assert row["y"] < middle < row["y"] + row["height"], "each glyph stands beside its own words"


def test_the_theme_is_the_systems_until_it_is_chosen(open_context: Open) -> None:
    context = open_context(color_scheme="dark")
    page = context.new_page()
    page.goto("/")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Theme").click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    light = page.evaluate(ground)
    assert light != dark
    page.reload(wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "light", (
        "the choice is there before the first paint"
    )
    page.wait_for_load_state()
    assert page.evaluate(ground) == light
    for name in ("Theme: dark", "Theme: as the system"):
        page.get_by_role("button", name="Theme").click()
        expect(page.get_by_role("button", name=name)).to_be_visible()
        assert page.evaluate(ground) == dark


def test_copying_says_so_and_copies_exactly(open_context: Open) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.clock.install()
    show(page)
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    button = page.locator(".tab-panel .copy").first
    assert copied(page, button) == samples.context()["command"]
    expect(button).to_have_text("Copied")
    page.clock.run_for(2_000)
    expect(button).to_have_text("Copy")


def test_keys_lead_everywhere_but_out_of_a_text_field(page: Page) -> None:
    show(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    page.keyboard.press("/")
    search = page.get_by_role("main").get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("gej?/")
    expect(search).to_have_value("gej?/")
    search.blur()
    for key, focused in (("j", "Payments staging"), ("j", "CI runners"), ("k", "Payments staging")):
        page.keyboard.press(key)
        expect(page.get_by_role("link", name=focused)).to_be_focused()


def test_g_and_a_letter_go_to_a_part(page: Page) -> None:
    page.goto("/")
    page.clock.set_fixed_time(datetime.now(UTC))
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases/")


def test_panels_close_by_escape_and_by_a_click_elsewhere(page: Page) -> None:
    page.goto("/")
    opener, way_out = page.locator(".site-tools summary"), page.get_by_role("button", name="Sign out")
    opener.click()
    expect(way_out).to_be_visible()
    page.keyboard.press("Escape")
    expect(way_out).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("heading", level=1).click()
    expect(way_out).to_be_hidden()


def test_the_shell_chosen_last_is_shown_next_time(page: Page) -> None:
    show(page)
    page.get_by_text("PowerShell", exact=True).click()
    page.reload()
    expect(page.get_by_role("radio", name="PowerShell")).to_be_checked()


def test_times_can_be_read_in_local_time(open_context: Open) -> None:
    page = open_context(timezone_id="Asia/Tokyo", locale="en-GB").new_page()
    show(page)
    moment, switch = page.locator("time").nth(2), page.get_by_role("button", name="Times")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<time id=old datetime=2020-01-01T23:30:00Z>1 Jan 2020</time>')"
    )
    utc = moment.get_attribute("title") or ""
    assert utc.endswith(" UTC")
    switch.click()
    expect(switch).to_have_text("Times: local")
    assert "UTC" not in (moment.get_attribute("title") or "UTC")
    expect(page.locator("#old")).to_have_text("2 Jan 2020")
    switch.click()
    expect(moment).to_have_attribute("title", utc)
    expect(page.locator("#old")).to_have_text("1 Jan 2020")


def test_a_milestone_is_announced_once_and_the_tab_follows(page: Page) -> None:
    show(page)
    page.evaluate(
        """() => {
          const news = document.createElement("p");
          news.dataset.milestone = "TLS failed.";
          news.dataset.pageTitle = "✓ Done";
          news.dataset.pageIcon = "/static/icons/favicon-works.svg";
          document.querySelector("main").append(news);
          news.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }));
        }"""
    )
    announcer = page.locator("#announcer")
    expect(announcer).to_have_text("TLS failed.")
    expect(page).to_have_title("✓ Done")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/icons/favicon-works.svg")
    page.evaluate("document.getElementById('announcer').textContent = ''")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('htmx:afterSettle', { bubbles: true }))")
    expect(announcer).to_have_text("")


def test_without_script_nothing_is_offered_that_would_not_work(open_context: Open) -> None:
    page = open_context(java_script_enabled=False).new_page()
    show(page)
    assert page.locator(".copy:visible, [data-theme-toggle]:visible").count() == 0
    page.get_by_text("PowerShell", exact=True).click()
    expect(page.get_by_text("corp-root.pem").nth(1)).to_be_visible()
    page.locator(".confirm summary").click()
    expect(page.get_by_role("button", name="Archive it")).to_be_visible()
