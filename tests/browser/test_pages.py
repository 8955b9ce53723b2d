"""Every page as everybody needs it: both themes, 320 px, a heading and a title that say what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import NARROW, PATIENCE, Dashboard
from tests.browser.judging import too_wide, violations
from tests.browser.practice import EXERCISES, prove, start, walk

MEMBERS = (
    *(
        "home",
        "environments",
        "environment_new",
        "environment_refused",
        "environment",
        "environment_edit",
        "environment_paste",
    ),
    *("environment_long", "run_long"),
    *("run_red", "run_green", "run_waiting", "run_stopped", "runs", "cases", "case_open", "case_closed"),
    *(
        "tokens",
        "token_new",
        "environment_listen",
        "hand_off",
        "hand_offs",
        "shares",
        "compare",
        "compare_environments",
    ),
    *("wizard_step", "wizard_ask", "wizard_cannot", "wizard_checked", "wizard_end", "share", "share_preview"),
    *("case_new", "case_times", "case_search", "case_example", "run_contradict"),
    *("practice", "team", "team_new", "account", "missing", "paste_member", "texts"),
)
KNOWLEDGE = {
    "knowledge": "/knowledge/",
    "guides": "/guides/",
    "guide": "/guides/strategies/",
    "providers": "/providers/",
    "provider": "/providers/anthropic/",
    "provider_cloud": "/providers/bedrock/",
    "clients": "/clients/",
    "client": "/clients/claude-code/",
    "models": "/models/",
    "models_judged": "/models/?q=claude-3-opus-20240229",
    "hosts": "/hosts/?provider=anthropic&provider=bedrock&optional=1",
    "hosts_refused": "/hosts/?proxy=nothing",
    "search": "/search/?q=certificate",
    "search_nothing": "/search/?q=qwertzu",
}
STRANGERS = (
    *(
        "welcome",
        "sign_in",
        "link_used",
        "shared",
        "handed",
        "causes",
        "cause",
        "cause_unknown",
        "paste",
        "paste_answer",
        "request_lab",
        "files",
    ),
    *KNOWLEDGE,
)


@pytest.fixture(scope="module")
def places(browser: Browser, dashboard: Dashboard, signed_in: Any) -> dict[str, str]:
    """The address of every kind of page, each brought about by using the product."""
    context = browser.new_context(base_url=dashboard.base, storage_state=signed_in)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    found = {"home": "/", "welcome": "/", "missing": "/runs/00000000-0000-4000-8000-000000000000/"}
    found |= {name: f"/{name}/" for name in ("environments", "runs", "cases", "practice", "team", "account")}
    found |= {"causes": "/causes/", "cause": "/causes/tls_intercepted/", "cause_unknown": "/causes/unknown/"}
    found |= {"case_new": "/cases/new/", "case_times": "/cases/times/", "case_search": "/cases/?q=proxy"}
    found |= {"case_example": "/cases/examples/region/"}
    found |= KNOWLEDGE | {"request_lab": "/request/", "files": "/files/"}
    found |= {
        "paste": "/paste/",
        "paste_answer": "/paste/?sample=key",
        "paste_member": "/paste/?sample=proxy",
        "texts": "/texts/",
    }
    found |= {"sign_in": "/sign-in/", "team_new": "/team/new/", "link_used": "/sign-in/used-long-ago/"}
    found |= {"tokens": "/account/tokens/", "token_new": "/account/tokens/new/", "hand_offs": "/hand-offs/"}
    found |= {"account_delete": "/account/delete/", "devices": "/account/devices/", "audit": "/team/audit/"}
    found |= {"environment_new": "/environments/new/", "environment_refused": "/environments/new/"}
    found |= _healed(page) | _broken(page) | _waiting(page) | _long(page)
    context.close()
    return found


def _path(page: Page) -> str:
    return re.sub(r"https?://[^/]+", "", page.url).partition("#")[0]


def _healed(page: Page) -> dict[str, str]:
    """A red run that was walked to green, its case closed."""
    start(page, EXERCISES[0].slug)
    expect(page.locator(".verdict")).to_be_visible()
    red = _path(page)
    page.goto(f"{red}hand-off/")
    page.get_by_role("button", name="Make a link").click()
    handed = page.locator(".links code").first.inner_text()
    page.goto(red)
    walk(page, EXERCISES[0])
    prove(page)
    end = _path(page)
    green = page.get_by_role("link", name="The green run").get_attribute("href") or ""
    page.get_by_role("button", name="Close the case").click()
    checked = f"{red}fix/credentials/"
    hand_off = {"hand_off": f"{red}hand-off/it/", "handed": re.sub(r"https?://[^/]+", "", handed)}
    return hand_off | {"run_green": green, "wizard_end": end, "wizard_checked": checked, "case_closed": _path(page)}


def _broken(page: Page) -> dict[str, str]:
    """A red run with its open case and a share link."""
    start(page, EXERCISES[1].slug)
    expect(page.locator(".verdict")).to_be_visible()
    red = _path(page)
    page.goto(f"{red}share/")
    page.get_by_role("button", name="Make a link").click()
    shared = page.locator(".copy-block code").first.inner_text()
    page.goto(red)
    case = page.get_by_role("link", name=re.compile("case \\d+")).first.get_attribute("href") or ""
    environment = page.locator(".run-header a").first.get_attribute("href") or ""
    return {
        "run_red": red,
        "wizard_step": f"{red}fix/point_back/",
        "wizard_ask": f"{red}fix/question/meant/",
        "wizard_cannot": f"{red}fix/point_back/cannot/",
        "share": f"{red}share/",
        "share_preview": f"{red}share/preview/?hides=names",
        "shares": "/sharing/",
        "compare": f"{red}compare/?choose",
        "compare_environments": "/environments/compare/?one=x&two=y",
        "shared": re.sub(r"https?://[^/]+", "", shared),
        "case_open": case,
        "run_contradict": f"{red}contradict/",
        "environment": environment,
        "environment_edit": f"{environment}edit/",
        "environment_paste": f"{environment}paste/",
    }


def _waiting(page: Page) -> dict[str, str]:
    """A run that waits for its machine, and one that was stopped."""
    page.goto("/environments/new/")
    page.get_by_label("Name", exact=True).fill("Ada's laptop")
    page.get_by_label("The machine itself").check()
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile("/environments/[0-9a-f-]{36}/$"))
    environment = _path(page)
    page.get_by_role("button", name="Start a run").first.click()
    stopped = _path(page)
    page.get_by_role("button", name="Stop").click()
    page.goto(environment)
    page.get_by_role("button", name="Start a run").first.click()
    return {"run_stopped": stopped, "run_waiting": _path(page), "environment_listen": f"{environment}listen/"}


def _long(page: Page) -> dict[str, str]:
    """Words without an end, where a page may be pushed wide."""
    page.goto("/environments/new/")
    page.get_by_label("Name", exact=True).fill("W" * 80)
    page.get_by_label("Base URL").fill(f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.example")
    page.get_by_label("Not through the proxy").fill("h" * 300)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile("/environments/[0-9a-f-]{36}/$"))
    environment = _path(page)
    page.get_by_role("button", name="Start a run").first.click()
    return {"environment_long": environment, "run_long": _path(page)}


def _look(page: Page, name: str, places: dict[str, str]) -> None:
    page.goto(places[name])
    if name == "environment_refused":
        page.get_by_label("Name", exact=True).fill("Ada's desktop")
        page.get_by_label("Base URL").fill("api.anthropic.com/v1")
        page.get_by_role("button", name="Register").click()
        expect(page.get_by_label("keep it as written")).to_be_visible()
    page.evaluate("document.querySelectorAll('details:not([data-menu])').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("name", [*MEMBERS, *STRANGERS])
def test_a_page_is_for_everybody(
    open_context: Callable[..., BrowserContext], places: dict[str, str], name: str
) -> None:
    """One visit: one heading, a title, no finding of axe in either theme, no sideways scrolling at 320 px."""
    page = open_context(anonymous=name in STRANGERS).new_page()
    _look(page, name, places)
    expect(page.locator("h1")).to_have_count(1)
    assert page.title().strip(" ✓✕▲?!…")
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert too_wide(page) == []
