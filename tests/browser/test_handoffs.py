"""A packet is handed over with a link; somebody without an account presses "I changed it", and both sides see what came."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.acting import go
from tests.browser.practice import EXERCISES, start


def test_handed_over_changed_and_proven(page: Page, open_context: Callable[..., BrowserContext]) -> None:
    start(page, EXERCISES[0].slug)
    go(page, page.get_by_role("link", name="Hand over to IT"))
    run = page.url.partition("hand-off")[0]
    expect(page.get_by_role("heading", level=1)).to_have_text("Hand over to IT")
    page.get_by_label("Host names").check()
    expect(page.locator("#packet")).not_to_contain_text("proxy.practice.example")
    page.get_by_label("Host names").uncheck()
    expect(page.locator("#packet")).to_contain_text("proxy.practice.example")
    page.get_by_label("Your words to them").fill("The build machine on the third floor.")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".links code").first.inner_text()

    outside = open_context(anonymous=True).new_page()
    outside.goto(link)
    expect(outside.locator("main")).to_contain_text("The build machine on the third floor.")
    assert not outside.get_by_role("link", name="Runs").count()
    outside.get_by_label("What you changed").fill("Added a rule.")
    outside.get_by_label("Your name").fill("Kim")
    outside.get_by_role("button", name="I changed it").click()
    expect(outside.locator("#outcome .notice-broken")).to_contain_text("Still stopped")

    page.reload()
    told = page.locator(".links > li").first
    expect(told).to_contain_text("Added a rule.")
    expect(told).to_contain_text("Not there yet")
    page.goto(run)
    expect(page.locator("#run")).to_contain_text("They changed it")
    page.get_by_role("link", name=re.compile("^case \\d+")).first.click()
    expect(page.locator(".timeline").first).to_contain_text("IT pressed “I changed it”. Still stopped")

    page.goto(f"{run}hand-off/it/")
    page.locator(".links > li").first.get_by_role("button", name="Revoke").click()
    expect(page.locator(".links > li").first).to_contain_text("Revoked")
    answer = outside.goto(link)
    assert answer is not None
    assert answer.status == 404


def test_a_receiver_without_script_presses_and_reads(page: Page, open_context: Callable[..., BrowserContext]) -> None:
    start(page, EXERCISES[0].slug)
    go(page, page.get_by_role("link", name="Hand over to IT"))
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".links code").first.inner_text()
    outside = open_context(anonymous=True, java_script_enabled=False).new_page()
    outside.goto(link)
    outside.get_by_role("button", name="I changed it").click()
    expect(outside.locator("#outcome .notice-broken")).to_contain_text("Still stopped")
