"""A wizard that two people follow, that looks by itself, and that needs neither scripts nor a wide window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NARROW
from tests.browser.judging import too_wide
from tests.browser.practice import EXERCISES, Exercise, begin, start

BOB, EMAIL = "Bob Brown", "bob@example.com"
PROXY, VENDOR = EXERCISES[0], EXERCISES[1]


@pytest.fixture
def bob(page: Page, open_context: Callable[..., BrowserContext]) -> Page:
    """A window of a second person, who is in the team."""
    page.goto("/team/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_role("button", name="Invite", exact=True).click()
    row = page.get_by_role("row").filter(has_text=EMAIL)
    other = open_context(anonymous=True).new_page()
    other.goto(row.locator("details code").text_content() or "")
    other.get_by_label("Name").fill(BOB)
    other.get_by_label("Password").fill("a long enough phrase 7")
    other.get_by_role("button", name="Make the account and join").click()
    expect(other.get_by_text("Welcome to My team.")).to_be_visible()
    return other


def _step(page: Page, exercise: Exercise) -> None:
    """The step of a fresh practice run that can be carried out here."""
    start(page, exercise.slug)
    begin(page, exercise)


def test_two_people_follow_one_wizard(page: Page, bob: Page) -> None:
    _step(page, PROXY)
    bob.goto(page.url)
    bob.get_by_role("button", name="I did it, check now").click()
    expect(bob.locator("#outcome .notice-broken")).to_contain_text("Not there yet.")
    expect(bob.locator("#outcome")).to_contain_text("The setting is unchanged since the red run.")
    expect(page.locator("#rail .current")).to_contain_text(f"{BOB} checked this")
    expect(page.locator("#outcome .notice-broken")).to_contain_text("Not there yet.")

    bob.get_by_role("link", name="I cannot do this").click()
    bob.get_by_label("Why not").fill("Only Ada knows the password.")
    bob.get_by_role("button", name="Mark it").click()
    expect(page.locator("#rail .current")).to_contain_text("Only Ada knows the password.")
    expect(page.locator("#outcome")).to_contain_text("What you can do instead")

    bob.locator(".brand").focus()
    page.get_by_label(PROXY.label).fill(PROXY.value)
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#outcome .notice-works")).to_contain_text("Proved.")
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    expect(bob.locator("#outcome .notice-works")).to_contain_text("Proved.")
    expect(bob.locator("#rail .current")).to_contain_text("checked by owner@localhost")
    expect(bob).to_have_title(re.compile("^✓ "))
    assert bob.evaluate("document.activeElement.className") == "brand"

    bob.keyboard.press("n")
    bob.wait_for_url(re.compile("/fix/(?!credentials)"))
    page.goto(re.sub(r"/fix/.*", "/fix/proof/", page.url))
    page.get_by_role("button", name="Start the full run").click()
    bob.goto(page.url)
    for window in (page, bob):
        expect(window.get_by_role("heading", level=1)).to_have_text("It works again")
        expect(window.locator(".compare-pair")).to_contain_text("later")


def test_whoever_stands_in_a_wizard_whose_run_is_deleted_is_told(
    page: Page, open_context: Callable[..., BrowserContext]
) -> None:
    _step(page, PROXY)
    other = open_context().new_page()
    other.goto(page.url)
    page.goto(re.sub(r"/fix/.*", "/", page.url))
    page.get_by_text("Delete this run").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator("#messages")).to_contain_text("The run is deleted.")
    expect(other.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")


def test_a_page_that_is_open_sees_the_change_by_itself(page: Page, open_context: Callable[..., BrowserContext]) -> None:
    _step(page, VENDOR)
    field = page.get_by_label(VENDOR.label)
    page.locator(".brand").focus()
    other = open_context().new_page()
    other.goto(page.url)
    other.locator(".back").click()
    other.locator(".run-header a").first.click()
    other.get_by_role("link", name="Edit").first.click()
    other.get_by_label("Base URL").fill(VENDOR.value)
    other.get_by_role("button", name="Save").click()
    expect(other.locator("#messages")).to_contain_text("Saved.")
    expect(page.locator("#outcome .notice-works")).to_contain_text("Proved.")
    expect(page.locator("#rail .current")).to_contain_text("Done (proved")
    assert page.evaluate("document.activeElement.className") == "brand"
    expect(page.locator("#announcer")).to_contain_text("Proved.")
    expect(field).to_be_visible()
    assert not page.locator("#watch").is_visible()


def test_without_scripts(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    _step(page, PROXY)
    expect(page.locator("#commands")).to_be_hidden()  # the dashboard makes these runs
    page.get_by_text("The same on a machine of your own").first.click()
    page.get_by_role("button", name="Windows").click()
    expect(page.get_by_role("button", name="Windows")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("#commands .copy-block").first).to_contain_text("$env:")
    page.get_by_role("button", name="Linux").click()
    page.get_by_role("link", name="All lines of this step").click()
    expect(page.locator("#commands")).to_contain_text("$env:")
    page.get_by_role("link", name="I cannot do this").click()
    page.get_by_role("button", name="Mark it").click()
    expect(page.locator("#outcome")).to_contain_text("Could not be completed")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#rail .current")).to_contain_text("To do")
    page.locator("#actions").get_by_role("link", name="Hand over to").click()
    expect(page.locator("#hand-over-text")).to_be_visible()


def test_in_a_narrow_window(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(viewport=NARROW).new_page()
    _step(page, PROXY)
    page.get_by_role("button", name="I did it, check now").click()
    expect(page.locator("#outcome .notice-broken")).to_be_visible()
    assert too_wide(page) == []
    bar = page.locator("#actions")
    assert bar.evaluate("(bar) => new Set([...bar.querySelectorAll('.button')].map((one) => one.offsetTop)).size") == 3
    page.get_by_role("link", name="I cannot do this").click()
    expect(page.get_by_label("Why not")).to_be_visible()
    assert too_wide(page) == []
    page.get_by_role("button", name="Mark it").click()
    expect(page.locator("#outcome")).to_contain_text("What you can do instead")
    assert too_wide(page) == []
    page.locator("#rail a").last.click()
    expect(page.get_by_role("button", name="Start the full run")).to_be_visible()
    assert too_wide(page) == []
