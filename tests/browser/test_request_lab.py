"""Somebody pastes a curl command, sees what is wrong, and copies the request that is right."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.acting import copied
from tests.browser.conftest import NARROW
from tests.browser.judging import too_wide, violations

Open = Callable[..., BrowserContext]
KEY = "sk-ant-api03-" + "CanaryShownCanary9" * 5 + "ZZZZZAA"
COMMAND = f"""curl https://api.anthropic.com/v1/messages \\
  -H "x-api-key: {KEY}" -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \\
  -d '{{"model": "claude-opus-5-5", "max_token": 64, "messages": [{{"role": "user", "content": [{{"type": "txt", "text": "Hello"}}]}}]}}'"""


def test_from_a_pasted_command_to_the_corrected_request(open_context: Open) -> None:
    context = open_context(anonymous=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.post_data or "") if asked.method == "POST" else None)
    page.goto("/request/")
    page.get_by_role("textbox", name="The request").fill(COMMAND)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="is sure to be refused")).to_be_visible()
    faults = page.locator(".faults > li")
    expect(faults.filter(has_text="max_token is no field").locator("mark")).to_have_text('"max_token"')
    page.get_by_role("link", name="The corrected request").click()
    corrected = page.locator("#corrected")
    right = json.loads(copied(page, corrected.get_by_role("button", name="Copy")))
    assert right["max_tokens"] == 64
    assert right["messages"][0]["content"][0] == {"type": "text", "text": "Hello"}
    page.get_by_text("Python", exact=True).click()
    expect(page.get_by_text('os.environ["ANTHROPIC_API_KEY"]')).to_be_visible()
    assert not any(KEY[20:40] in one for one in sent)  # masked before it was sent
    page.get_by_role("textbox", name="The request").fill(json.dumps(right))
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="Nothing wrong was found")).to_be_visible()


def test_the_pages_are_for_everybody(open_context: Open) -> None:
    page = open_context(anonymous=True).new_page()
    for address in ("/request/", "/request/?sample=curl", "/request/?sample=fine", "/request/?sample=call"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        expect(page.locator("h1")).to_have_count(1)
        assert violations(page) == [], address
        page.set_viewport_size(NARROW)
        assert too_wide(page) == [], address


def test_it_works_without_script(open_context: Open) -> None:
    page = open_context(anonymous=True, java_script_enabled=False).new_page()
    page.goto("/request/")
    page.get_by_role("textbox", name="The request").fill(COMMAND.replace(KEY, "$KEY"))
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="is sure to be refused")).to_be_visible()
    expect(page.get_by_role("textbox", name="The request")).to_have_value(COMMAND.replace(KEY, "$KEY"))
