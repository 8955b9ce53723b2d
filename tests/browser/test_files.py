"""The page that looks at files, as somebody uses it: paste, read, copy the corrected line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.acting import copied
from tests.browser.conftest import NARROW
from tests.browser.judging import too_wide, violations
from tests.engine.scan.keys import ANTHROPIC

BROKEN = (
    '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "https://api.anthropic.com/v1",\n'
    f'    "ANTHROPIC_API_KEY": "{ANTHROPIC}"\n    "NODE_TLS_REJECT_UNAUTHORIZED": "0"\n  }}\n}}\n'
)


def check(page: Page) -> None:
    page.goto("/files/")
    page.get_by_label("The file's text").fill(BROKEN)
    page.get_by_label("Its name").fill(".claude/settings.json")
    page.get_by_role("button", name="Check it").click()
    expect(page.locator(".file-lines")).to_be_visible()


def test_a_broken_settings_file_is_mended_with_what_the_page_says(open_context: Callable[..., BrowserContext]) -> None:
    context = open_context(anonymous=True, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    check(page)
    expect(page.get_by_text("JSON that cannot be read")).to_be_visible()
    expect(page.get_by_text("Put a comma behind the entry before.")).to_be_visible()
    expect(page.locator(".line-problem")).to_have_count(3)
    assert ANTHROPIC[20:60] not in page.content()
    line = copied(page, page.locator(".copy-block", has_text="Write instead").first.get_by_role("button"))
    assert line.strip() == '"ANTHROPIC_BASE_URL": "https://api.anthropic.com",'
    assert page.get_by_label("The file's text").input_value() == ""
    assert page.get_by_label("Its name").input_value() == ".claude/settings.json"


def test_what_is_missing_is_told_and_stays(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(anonymous=True).new_page()
    page.goto("/files/")
    page.get_by_label("Its name").fill("odd.env")
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("Paste a file, such as .env")).to_be_visible()
    assert page.get_by_label("Its name").input_value() == "odd.env"


def test_without_script(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(anonymous=True, java_script_enabled=False).new_page()
    check(page)
    expect(page.get_by_text("JSON that cannot be read")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
def test_everybody_can_read_it(open_context: Callable[..., BrowserContext], theme: str, narrow: bool) -> None:
    options = {"viewport": NARROW} if narrow else {}
    page = open_context(anonymous=True, color_scheme=theme, **options).new_page()
    page.goto("/files/")
    for filled in (False, True):
        if filled:
            check(page)
        assert violations(page) == []
        assert too_wide(page) == []


def test_nothing_moves_under_the_hand_that_has_pasted(open_context: Callable[..., BrowserContext]) -> None:
    """That secrets were found is said a moment after the paste, when the button may already be on its way down."""
    page = open_context(anonymous=True).new_page()
    page.goto("/files/")
    place = "document.querySelector('form[data-mask] [type=submit]').getBoundingClientRect().top"
    page.get_by_label("The file's text").fill(BROKEN)  # the field grows with it at once
    before = page.evaluate(place)
    expect(page.locator("[data-mask-says]")).to_contain_text("1 secret found")
    assert page.evaluate(place) == before
