"""The knowledge in a browser: the search as one types and by keyboard, with and without script; the PAC file in a real engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NARROW
from tests.browser.judging import too_wide, violations

Open = Callable[..., BrowserContext]


@pytest.fixture
def stranger(open_context: Open) -> Page:
    return open_context(anonymous=True).new_page()


def test_results_follow_as_one_types_and_the_arrows_lead_through_them(stranger: Page) -> None:
    stranger.goto("/search/")
    box = stranger.get_by_role("main").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("platform.claude")
    first = stranger.locator("#found a").first
    expect(first).to_contain_text("platform.claude.com")
    expect(stranger.locator("#announcer")).to_contain_text("for platform.claude")
    expect(box).to_be_focused()
    expect(stranger).to_have_url(re.compile(r"\?q=platform\.claude$"))
    box.press("ArrowDown")
    expect(first).to_be_focused()
    stranger.keyboard.press("ArrowDown")
    expect(stranger.locator("#found a").nth(1)).to_be_focused()
    stranger.keyboard.press("ArrowUp")
    stranger.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    stranger.keyboard.press("ArrowDown")
    stranger.keyboard.press("Enter")
    stranger.wait_for_url("**/hosts/**")


def test_a_whole_error_that_is_pasted_into_the_box_stays_here(open_context: Open) -> None:
    page = open_context(anonymous=True, permissions=["clipboard-read", "clipboard-write"]).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/search/")
    page.evaluate("navigator.clipboard.writeText('Error: connect ECONNREFUSED\\n    at TCPConnectWrap.afterConnect')")
    box = page.get_by_role("main").get_by_role("searchbox")
    box.focus()
    page.keyboard.press("Control+V")
    note = page.locator("#whole-error")
    expect(note).to_be_visible()
    expect(box).to_have_value("")
    expect(page.locator("#announcer")).to_contain_text("whole error")
    assert not [url for url in asked if "afterConnect" in url]
    note.get_by_role("link").click()
    page.wait_for_url("**/paste/")


@pytest.mark.parametrize("address", ["/search/", "/knowledge/", "/causes/", "/models/"])
@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-Ab9xAb9xAb9xAb9xAb9xAb9x",
        "http://joe:Pa55word@proxy.example.com:3128",
        "ghp_aB3daB3daB3daB3daB3daB3d",
    ],
)
def test_a_secret_in_a_search_is_never_sent(stranger: Page, address: str, secret: str) -> None:
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    stranger.goto(address)
    boxes = stranger.get_by_role("searchbox")
    for number in range(boxes.count()):
        box = boxes.nth(number)
        box.focus()
        stranger.keyboard.insert_text(secret)
        expect(stranger.locator("#refused-secret")).to_contain_text("Nothing was sent")
        expect(box).to_have_value("")
        box.evaluate("(box, secret) => { box.value = secret; box.form.requestSubmit(); }", secret)
        expect(box).to_have_value("")
    stranger.wait_for_timeout(600)  # longer than htmx waits before it asks
    assert secret[-8:] not in stranger.url
    assert not [url for url in asked if secret[-8:] in url or "Pa55word" in url]


def test_a_password_that_is_typed_letter_by_letter_is_not_sent_by_pieces(stranger: Page) -> None:
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    stranger.goto("/search/")
    box = stranger.get_by_role("main").get_by_role("searchbox")
    box.press_sequentially("http://joe:Pa55word@proxy", delay=60)
    expect(stranger.locator("#refused-secret")).to_be_visible()
    stranger.wait_for_timeout(600)
    assert not [url for url in asked if "Pa" in url]


def test_a_slash_leads_to_the_search_from_every_page(stranger: Page) -> None:
    stranger.goto("/causes/tls_intercepted/")
    stranger.keyboard.press("/")
    box = stranger.get_by_role("banner").get_by_role("searchbox")
    expect(box).to_be_focused()
    stranger.keyboard.type("NO_PROXY")
    stranger.keyboard.press("Enter")
    stranger.wait_for_url("**/search/?q=NO_PROXY")
    expect(stranger.locator("#found mark").first).to_contain_text(re.compile("no_proxy", re.IGNORECASE))


def test_a_list_keeps_its_own_box_behind_the_slash(stranger: Page) -> None:
    stranger.goto("/models/")
    stranger.keyboard.press("/")
    box = stranger.get_by_role("main").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("opus 4.5")
    expect(stranger.locator("#models tbody tr")).to_have_count(1)


def test_the_search_and_the_list_of_hosts_work_without_script(open_context: Open) -> None:
    page = open_context(anonymous=True, java_script_enabled=False).new_page()
    page.goto("/knowledge/")
    page.get_by_role("main").get_by_role("searchbox").fill("overloaded_error")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="The service is busy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The service is busy")
    page.goto("/hosts/")
    page.get_by_label("Client").select_option("curl")
    page.get_by_label("Anthropic", exact=True).uncheck()
    page.get_by_label("OpenRouter").check()
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("heading", name="1 host", exact=True)).to_be_visible()
    page.get_by_text("Squid", exact=True).click()
    expect(page.get_by_label("Lines for squid.conf")).to_contain_text("acl llm_api_hosts dstdomain openrouter.ai")


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("api.anthropic.com", "PROXY proxy.example.com:3128"),
        ("API.Anthropic.com", "PROXY proxy.example.com:3128"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "PROXY proxy.example.com:3128"),
        ("x.frame.claudeusercontent.com", "PROXY proxy.example.com:3128"),
        ("example.org", "DIRECT"),
        ("api.anthropic.com.example.org", "DIRECT"),
    ],
)
def test_the_pac_file_decides_in_a_real_engine(stranger: Page, host: str, answer: str) -> None:
    """With ``shExpMatch`` as browsers have it: ``*`` and ``?`` of a shell, the whole text."""
    text = stranger.request.get("/hosts/?provider=anthropic&provider=bedrock&optional=1&as=pac").text()
    given = "const shExpMatch = (text, shape) => new RegExp('^' + shape.replace(/[.+^${}()|[\\]\\\\]/g, '\\\\$&').replace(/\\*/g, '.*').replace(/\\?/g, '.') + '$').test(text);"  # noqa: E501
    stranger.goto("/hosts/")
    assert (
        stranger.evaluate(f"(() => {{ {given}\n{text}\nreturn FindProxyForURL('https://{host}/', '{host}'); }})()")
        == answer
    )


BROKEN = (Path(__file__).parent / "broken_tokens.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "address",
    [
        "/causes/",
        "/causes/region_unsupported/",
        "/clients/claude-code/",
        "/providers/",
        "/hosts/?optional=1",
        "/guides/gateways/",
    ],
)
def test_a_token_breaks_between_its_parts_alone(open_context: Open, address: str) -> None:
    page = open_context(anonymous=True, viewport=NARROW).new_page()
    page.goto(address)
    page.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    assert page.evaluate(BROKEN) == []
    assert too_wide(page) == []


def test_the_search_is_in_the_header_of_a_narrow_screen(open_context: Open) -> None:
    page = open_context(anonymous=True, viewport=NARROW).new_page()
    page.goto("/causes/tls_intercepted/")
    link = page.get_by_role("banner").get_by_role("link", name="Search the knowledge")
    brand = page.get_by_role("banner").get_by_role("link", name="Troubleshooter")
    boxes = link.bounding_box(), brand.bounding_box()
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert abs((boxes[0]["y"] + boxes[0]["height"] / 2) - (boxes[1]["y"] + boxes[1]["height"] / 2)) < 12, "one line"
    page.keyboard.press("/")
    page.wait_for_url("**/search/")
    expect(page.get_by_role("main").get_by_role("searchbox")).to_be_focused()


@pytest.mark.parametrize("anonymous", [True, False])
def test_the_whole_navigation_is_seen_where_it_is_narrow(open_context: Open, anonymous: bool) -> None:
    """Nothing of it has to be scrolled to; the little that is needed now and then stands behind one entry."""
    page = open_context(anonymous=anonymous, viewport=NARROW).new_page()
    page.goto("/causes/")
    nav = page.get_by_role("navigation", name="Main")
    assert nav.evaluate("(nav) => nav.scrollWidth <= nav.clientWidth")
    entries = nav.locator("> ul > li")
    assert entries.count() <= 6
    for at in range(entries.count()):
        expect(entries.nth(at)).to_be_in_viewport(ratio=1)
    if not anonymous:
        expect(nav.get_by_role("link", name="Check files")).to_be_hidden()
        nav.get_by_text("More").click()
        expect(nav.get_by_role("link", name="Check files")).to_be_in_viewport(ratio=1)
        assert violations(page) == []
    assert too_wide(page) == []


@pytest.mark.parametrize("address", ["/clients/claude-code/", "/guides/timeouts/"])
def test_what_is_on_a_page_stands_before_it_where_it_is_narrow(open_context: Open, address: str) -> None:
    page = open_context(anonymous=True, viewport=NARROW).new_page()
    page.goto(address)
    contents = page.get_by_role("heading", name="On this page").bounding_box()
    first = page.locator(".with-aside > :first-child h2").first.bounding_box()
    assert contents is not None
    assert first is not None
    assert contents["y"] < first["y"]


@pytest.mark.parametrize("address", ["/causes/", "/providers/bedrock/", "/clients/claude-code/", "/hosts/"])
def test_what_scrolls_is_reached_by_keyboard_where_it_is_narrow(open_context: Open, address: str) -> None:
    page = open_context(anonymous=True, viewport=NARROW).new_page()
    page.goto(address)
    assert violations(page, ["scrollable-region-focusable"]) == []
