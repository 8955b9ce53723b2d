"""Register, run, verdict, wizard, green, case closed: the whole job in a real browser, for each practice environment."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.practice import EXERCISES, Exercise, prove, start, walk


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.slug)
def test_from_the_broken_run_to_the_closed_case(page: Page, exercise: Exercise) -> None:
    start(page, exercise.slug)
    expect(page.locator(".verdict .chip-code")).to_have_text(exercise.cause)
    expect(page.locator(".verdict")).to_contain_text("From the dashboard's network.")
    expect(page).to_have_title(re.compile("^✕ "))
    red = page.url

    walk(page, exercise)
    prove(page)
    expect(page).to_have_title(re.compile("^✓ "))
    expect(page.locator(".compare-pair")).to_contain_text("later")

    page.get_by_label("What fixed it").fill("Entered what the story tells.")
    page.get_by_role("button", name="Close the case").click()
    expect(page.locator(".notice-works").last).to_contain_text("Entered what the story tells.")

    page.goto(red)
    expect(page.locator(".verdict .chip-code")).to_have_text(exercise.cause)
    expect(page.locator("main")).to_contain_text("closed: Entered what the story tells.")
