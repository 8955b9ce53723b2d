"""Walking a practice environment as a person does, through the pages alone."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Exercise:
    """A practice environment: what a run must say, and the value that its wizard asks for."""

    slug: str
    cause: str
    label: str
    value: str


EXERCISES = (
    Exercise(
        "corporate_proxy",
        "proxy_auth_required",
        "Proxy of this environment",
        "http://practice:open-sesame@proxy.practice.example:3128",
    ),
    Exercise("other_vendor", "base_url_other_provider", "Base URL of this environment", "https://api.anthropic.com"),
    Exercise(
        "region", "region_unsupported", "Proxy of this environment", "http://proxy-frankfurt.practice.example:3128"
    ),
)


def start(page: Page, slug: str) -> None:
    """Break it, and start a practice run."""
    page.goto("/practice/")
    card = page.locator("section", has=page.locator(f"#{slug}"))
    card.get_by_role("button", name="Break it again").click()
    expect(page.get_by_role("status").first).to_contain_text("broken again")
    card.get_by_role("button", name="Start a practice run").click()


def walk(page: Page, exercise: Exercise) -> None:
    """From the verdict through the steps to the page of the proof; the fix is entered where it is asked for."""
    page.get_by_role("link", name="What to do").click()
    while "/fix/proof/" not in page.url:
        field = page.get_by_label(exercise.label)
        if field.count():
            field.fill(exercise.value)
            page.get_by_role("button", name="Save and check").click()
        else:
            page.get_by_role("button", name="I did it, check now").click()
        outcome = page.locator("#outcome .notice-works, #outcome .notice-broken")
        expect(outcome).to_be_visible()
        if "Proved." in outcome.inner_text():
            page.get_by_role("link", name="Next").click()
        else:
            page.get_by_role("button", name="go on").click()


def prove(page: Page) -> None:
    """Repeat the full run and wait until it is green."""
    page.get_by_role("button", name="Start the full run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It works again")
