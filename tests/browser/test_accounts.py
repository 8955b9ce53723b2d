"""Coming in as people do: by an invitation, by single sign-on at a real provider, with a second factor, and looking at it all."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import oidc_provider
from tests.browser.acting import go
from tests.browser.conftest import PATIENCE
from tests.browser.judging import too_wide, violations
from tests.starting import ROOT, Running, environment, free_port, running

PASSWORD = "a long enough pass phrase"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A dashboard of its own beside a provider of its own; gives the dashboard and the link that signs its owner in."""
    port, folder = free_port(), tmp_path_factory.mktemp("sign-on")
    named = {
        "OIDC_ISSUER": f"http://127.0.0.1:{port}/o",
        "OIDC_CLIENT_ID": oidc_provider.CLIENT_ID,
        "OIDC_CLIENT_SECRET": oidc_provider.CLIENT_SECRET,
        "OIDC_NAME": "Company Login",
    }
    with running(folder / "var", **named) as dashboard:
        back = f"http://127.0.0.1:{dashboard.port}/oidc/127-0-0-1-{port}-o/login/callback/"
        with oidc_provider.running(folder, port, back):
            yield dashboard, dashboard.line("Sign in: ").removeprefix("Sign in: ")


@pytest.fixture
def windows(browser: Browser, provider: tuple[Running, str]) -> Iterator[Callable[[], Page]]:
    """Browsers of different people, on the dashboard of `provider`; nothing may be wrong in their consoles."""
    opened, wrong = list[BrowserContext](), list[str]()

    def window() -> Page:
        context = browser.new_context(base_url=f"http://127.0.0.1:{provider[0].port}")
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        opened.append(context)
        return context.new_page()

    yield window
    for context in opened:
        context.close()
    assert not [text for text in wrong if "status of 4" not in text], wrong


def _no_violation(page: Page) -> None:
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 720})
    assert too_wide(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})


def _code(secret: str) -> str:
    _, now, _ = yield_hotp_counters_from_time()  # of half a minute each: this one still counts when the next begins
    return str(format_hotp_value(hotp_value(secret, now)))


def test_from_an_invitation_over_single_sign_on_into_the_team(
    windows: Callable[[], Page], provider: tuple[Running, str]
) -> None:
    owner, nina, carl = windows(), windows(), windows()
    owner.goto(provider[1])
    owner.goto("/team/")
    links = []
    for email in ("nina@example.com", ""):
        owner.get_by_label("E-mail address").fill(email)
        owner.get_by_role("button", name="Invite", exact=True).click()
        row = owner.get_by_role("row").filter(has_text=email or "Whoever holds the link")
        links.append(row.locator("details code").text_content() or "")
    owner.get_by_text("Show the link").first.click()
    assert owner.evaluate("document.documentElement.scrollWidth <= innerWidth"), "a link's address widens the page"
    _no_violation(owner)

    nina.goto(links[0])
    _no_violation(nina)
    nina.get_by_role("button", name="Sign in with Company Login").click()
    nina.get_by_label("Username").fill("nina@example.com")
    nina.get_by_label("Password").fill(oidc_provider.PASSWORD)
    nina.get_by_role("button", name="Log in").click()
    nina.get_by_role("button", name="Allow").click()
    nina.get_by_role("button", name="Join as nina@example.com").click()
    expect(nina.get_by_text("You are in My team now, as member.")).to_be_visible()
    nina.goto("/account/")
    expect(nina.get_by_role("row", name=re.compile("Company Login"))).to_contain_text("linked")
    _no_violation(nina)

    carl.goto(links[1])
    carl.get_by_label("E-mail address").fill("carl@example.com")
    carl.get_by_label("Name").fill("Carl Chandra")
    carl.get_by_label("Password").fill(PASSWORD)
    carl.get_by_role("button", name="Make the account and join").click()
    expect(carl.get_by_text("Welcome to My team.")).to_be_visible()
    owner.goto("/team/audit/")
    expect(owner.get_by_role("row").filter(has_text="Carl Chandra")).to_contain_text("joined by invitation as member")
    _no_violation(owner)


def test_an_address_that_is_not_confirmed_there_stays_outside(windows: Callable[[], Page]) -> None:
    page = windows()
    page.goto("/sign-in/")
    _no_violation(page)
    page.get_by_role("button", name="Sign in with Company Login").click()
    page.get_by_label("Username").fill("unverified@example.com")
    page.get_by_label("Password").fill(oidc_provider.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Your address is not confirmed there")).to_be_visible()
    page.goto("/account/")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_a_second_factor_and_its_recovery_codes(windows: Callable[[], Page], provider: tuple[Running, str]) -> None:
    owner = windows()
    owner.goto("/sign-in/")
    _sign_up_carla(windows, owner, provider)
    owner.get_by_role("link", name="Switch on two-factor sign-in").click()
    owner.get_by_label("Password").fill(PASSWORD)
    go(owner, owner.get_by_role("button", name="Go on"))
    _no_violation(owner)
    secret = owner.locator(".copy-block code").text_content() or ""
    owner.get_by_label("Code").fill(_code(secret))
    go(owner, owner.get_by_role("button", name="Switch it on"))
    codes = (owner.locator(".copy-block code").text_content() or "").split()
    assert len(codes) == 10
    _no_violation(owner)
    with owner.expect_download() as saved:
        owner.get_by_role("link", name="Download as a file").click()
    assert Path(saved.value.path()).read_text().split() == codes
    owner.get_by_role("link", name="I have kept them").click()
    owner.locator("main").get_by_role("button", name="Sign out").click()

    owner.get_by_label("E-mail address").fill("carla@example.com")
    owner.get_by_label("Password").fill(PASSWORD)
    go(owner, owner.get_by_role("button", name="Sign in", exact=True))
    _no_violation(owner)
    owner.get_by_label("Code").fill(codes[0])
    go(owner, owner.get_by_role("button", name="Sign in", exact=True))
    owner.goto("/account/devices/")
    expect(owner.get_by_text("this device")).to_be_visible()
    _no_violation(owner)


def _sign_up_carla(windows: Callable[[], Page], page: Page, provider: tuple[Running, str]) -> None:
    """An account by invitation; the owner's own link is used up, so another is printed."""
    shell = environment(provider[0].data_dir, PORT=str(provider[0].port))
    command = [sys.executable, "manage.py", "sign_in_link", "owner@localhost"]
    link = subprocess.run(command, cwd=ROOT, env=shell, capture_output=True, text=True, check=True).stdout.strip()
    owner = windows()
    owner.goto(link)
    owner.goto("/team/")
    owner.get_by_label("E-mail address").fill("carla@example.com")
    owner.get_by_role("button", name="Invite", exact=True).click()
    row = owner.get_by_role("row").filter(has_text="carla@example.com")
    page.goto(row.locator("details code").text_content() or "")
    page.get_by_label("Name").fill("Carla")
    page.get_by_label("Password").fill(PASSWORD)
    go(page, page.get_by_role("button", name="Make the account and join"))
    page.goto("/account/")
