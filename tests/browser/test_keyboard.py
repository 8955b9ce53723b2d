"""Everything by keyboard: Tab and Enter reach all of it, letters are shortcuts, focus never moves by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Dashboard
from tests.browser.practice import EXERCISES, start

KAY = "kay@example.com"
PLACES = {"e": "Environments", "r": "Runs", "c": "Cases", "p": "Practice range", "x": "What went wrong?"}
PASSWORD = "a long enough pass phrase"


def _focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()"))


def _tab_to(page: Page, words: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if words in _focused(page):
            return
    raise AssertionError(f"Tab never reached {words!r}")


def test_signing_in_and_out(page: Page, open_context: Callable[..., BrowserContext]) -> None:
    page.goto("/team/")
    page.get_by_label("E-mail address").fill(KAY)
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.get_by_role("row").filter(has_text=KAY).locator("details code").text_content() or ""

    other = open_context(anonymous=True).new_page()
    other.goto(link)
    other.get_by_label("Name").fill("Kay")
    other.get_by_label("Password").fill(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.get_by_text("Welcome to My team.")).to_be_visible()
    other.goto("/account/")
    other.locator("main").get_by_role("button", name="Sign out").click()

    other.goto("/cases/")
    expect(other.get_by_label("E-mail address")).to_be_focused()
    other.keyboard.type(KAY)
    other.keyboard.press("Tab")
    other.keyboard.type(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", level=1)).to_have_text("Cases")
    _tab_to(other, "My team")
    other.keyboard.press("Enter")
    _tab_to(other, "Sign out")
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_first_tab_skips_to_the_content(page: Page) -> None:
    page.goto("/environments/")
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_letters_lead_through_the_product(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.clock.set_fixed_time(datetime.now(UTC))  # the letter counts for a moment after the g, however slow the machine
    for letter, heading in PLACES.items():
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.wait_for_load_state()  # the keys' script comes after the words
    page.goto("/environments/")
    page.keyboard.press("/")
    page.keyboard.type("office proxy")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    assert "q=office" in page.url
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("office proxy")


def test_a_run_and_its_wizard(page: Page) -> None:
    exercise = EXERCISES[0]
    start(page, exercise.slug)
    expect(page.locator(".verdict")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    _tab_to(page, "choice")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    field = page.get_by_label(exercise.label)
    expect(field).to_be_visible()
    page.wait_for_load_state()
    _tab_to(page, "value")
    page.keyboard.press("Control+a")
    page.keyboard.type(exercise.value)
    page.keyboard.press("Enter")
    expect(page.locator("#outcome .notice-works")).to_be_visible()
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="check now")).to_be_visible()


def test_focus_stays_where_it_is_while_a_run_goes_on(page: Page, dashboard: Dashboard) -> None:
    with dashboard.worker_paused():  # the run ends after its page has loaded, so that its end is news
        start(page, EXERCISES[2].slug)
        page.locator(".brand").focus()
    expect(page.locator(".verdict")).to_be_visible()
    assert page.evaluate("document.activeElement.className") == "brand"
    said = page.locator("#announcer")
    expect(said).to_contain_text("The run is finished. The provider does not serve the place requests come from")


def test_a_list_is_asked_for_once_and_no_focus_is_lost_to_it(page: Page) -> None:
    """Leaving the search box changes nothing: a list drawn anew just then would take the focus that j has put on a row."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    page.goto("/environments/")
    page.keyboard.press("/")
    page.keyboard.insert_text("office proxy")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.keyboard.press("Tab")
    page.wait_for_timeout(600)  # longer than what is typed waits
    assert len([one for one in asked if "q=office" in one]) == 1
    page.get_by_label("Kind").select_option("ci")
    expect(page.locator("#results tbody tr")).to_have_count(0)
    assert "kind=ci" in page.url
