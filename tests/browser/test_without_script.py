"""The same job with scripts switched off: links, forms, and pages that reload themselves."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.practice import EXERCISES, begin, start


def test_the_whole_way_works_without_script(open_context: Callable[..., BrowserContext]) -> None:
    exercise = EXERCISES[0]
    page = open_context(java_script_enabled=False).new_page()
    start(page, exercise.slug)
    expect(page.locator(".verdict .chip-code")).to_have_text(exercise.cause)
    begin(page, exercise)
    page.get_by_label(exercise.label).fill(exercise.value)
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#outcome .notice-works")).to_contain_text("Proved.")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("button", name="check now").click()
    expect(page.locator("#outcome .notice-works")).to_contain_text("Proved.")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("button", name="Start the full run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It works again")
    page.get_by_role("button", name="Close the case").click()
    expect(page.locator("main")).to_contain_text("What fixed it")
