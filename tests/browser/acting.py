"""What a person does on any page, and when it is done: a busy machine takes its time over what a click sets off."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def go(page: Page, by: Locator, to: re.Pattern[str] | None = None) -> None:
    """Press it, and wait until the page that it leads to has loaded: any other, or the one whose address fits."""
    before = page.url
    by.click()
    page.wait_for_url(to or (lambda url: url != before))


def copied(page: Page, button: Locator) -> str:
    """Press a copy button; what the clipboard holds once the page says that it holds it."""
    page.evaluate("document.getElementById('announcer').textContent = ''")
    button.click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))
