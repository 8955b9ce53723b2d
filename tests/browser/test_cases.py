"""A case from the first note to what fixed it, as somebody does it with keyboard and mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_a_case_by_hand_from_opening_to_closing_and_back(page: Page) -> None:
    page.goto("/cases/")
    page.get_by_role("link", name="Open a case").first.click()
    page.get_by_label("Title").fill("Walrus in the tunnel")
    page.get_by_label("First note").fill("Since **Monday**")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Walrus in the tunnel")
    expect(page.locator(".note-text strong")).to_have_text("Monday")
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(".timeline")).to_contain_text("Taken.")
    page.get_by_label("Waiting for").fill("the network team")
    page.get_by_role("button", name="It waits").click()
    expect(page.locator(".page-header")).to_contain_text("for the network team")
    _note(page)
    page.get_by_label("What it was").fill("A walrus")
    page.get_by_label("What fixed it").fill("Herring")
    page.get_by_role("button", name="Close the case").click()
    expect(page.locator("main")).to_contain_text("What it was")
    page.locator("#messages").get_by_role("button", name="Open it again").click()
    expect(page.locator(".timeline")).to_contain_text("Opened again.")
    expect(page.get_by_label("What fixed it")).to_have_value("Herring")


def _note(page: Page) -> None:
    """A preview without leaving the page, then the note, then the note taken back."""
    page.get_by_label("Note").fill("Looks like `ECONNRESET`")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview code")).to_have_text("ECONNRESET")
    expect(page.get_by_label("Note")).to_have_value("Looks like `ECONNRESET`")
    page.get_by_role("button", name="Add the note").click()
    last = page.locator(".timeline > li").last
    expect(last.locator("code")).to_have_text("ECONNRESET")
    last.get_by_text("Delete", exact=True).click()
    last.get_by_role("button", name="Delete the note").click()
    expect(page.locator(".timeline > li").last).to_contain_text("A note that its author deleted")


def test_the_search_answers_as_one_types_and_a_number_goes_there(page: Page) -> None:
    page.goto("/cases/new/")
    page.get_by_label("Title").fill("Zebra on the line")
    page.get_by_role("button", name="Open the case").click()
    number = re.findall(r"Case (\d+)", page.locator(".page-header").inner_text())[0]
    page.goto("/cases/")
    box = page.get_by_role("searchbox", name="Search", exact=True)
    box.press_sequentially("on the zeb", delay=20)
    expect(page.locator("#results mark").first).to_have_text("Zeb")
    expect(page).to_have_url(re.compile(r"q=on(\+|%20)the(\+|%20)zeb"))
    page.goto(f"/cases/?q=%23{number}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zebra on the line")
