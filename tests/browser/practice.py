"""Walking a practice environment as a person does, through the pages alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.acting import go


@dataclass(frozen=True)
class Exercise:
    """A practice environment: what a run must say, what its wizard asks for: an answer, and a value in a field."""

    slug: str
    cause: str
    answer: str
    label: str
    value: str


EXERCISES = (
    Exercise(
        "corporate_proxy",
        "proxy_auth_required",
        "Yes",
        "Proxy of this environment",
        "http://practice:open-sesame@proxy.practice.example:3128",
    ),
    Exercise(
        "other_vendor",
        "base_url_other_provider",
        "Anthropic's",
        "Base URL of this environment",
        "https://api.anthropic.com",
    ),
    Exercise(
        "region",
        "region_unsupported",
        "Yes",
        "Proxy of this environment",
        "http://proxy-frankfurt.practice.example:3128",
    ),
)


def start(page: Page, slug: str) -> None:
    """Break it, and start a practice run."""
    page.goto("/practice/")
    card = page.locator("section", has=page.locator(f"#{slug}"))
    expect(card.get_by_role("button", name="Start a practice run")).to_be_visible()
    again = card.get_by_role("button", name="Break it again")
    if again.count():  # one that is broken already needs it not
        again.click()
        expect(page.get_by_role("status").first).to_contain_text("broken again")
    go(page, card.get_by_role("button", name="Start a practice run"), re.compile("/runs/[0-9a-f-]{36}/$"))


def begin(page: Page, exercise: Exercise) -> None:
    """From the verdict to the first step that can be carried out here, by way of the question before it."""
    go(page, page.get_by_role("link", name="What to do"))
    answer(page, exercise)
    expect(page.get_by_label(exercise.label)).to_be_visible()


def answer(page: Page, exercise: Exercise) -> None:
    """Answer the question that the page asks, if it asks one."""
    if "/fix/question/" in page.url:
        page.get_by_label(exercise.answer, exact=True).check()
        go(page, page.get_by_role("button", name="Continue"))


def walk(page: Page, exercise: Exercise) -> None:
    """From the verdict through the steps to the page of the proof; the fix is entered where it is asked for."""
    go(page, page.get_by_role("link", name="What to do"))
    while "/fix/proof/" not in page.url:
        answer(page, exercise)
        field = page.get_by_label(exercise.label)
        if field.count():
            field.fill(exercise.value)
            page.get_by_role("button", name="Save and check").click()
        else:
            page.get_by_role("button", name="check now").click()
        outcome = page.locator("#outcome .notice-works, #outcome .notice-broken")
        expect(outcome).to_be_visible()
        if "Proved." in outcome.inner_text():
            go(page, page.get_by_role("link", name="Next"))
        else:
            go(page, page.get_by_role("button", name="go on"))


def prove(page: Page) -> None:
    """Repeat the full run and wait until it is green."""
    page.get_by_role("button", name="Start the full run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It works again")
