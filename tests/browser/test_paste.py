"""Paste, answer, run: with and without script, by keyboard, at 320 px; and nothing leaves the browser unmasked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Request, expect

from diagnostics.engine import pasting
from diagnostics.engine.decoder.masking import masked as masked_by_server
from tests import factories
from tests.browser.conftest import NARROW
from tests.browser.judging import too_wide, violations
from tests.canaries import leaks

CANARY = "Kx7Qv9Zb2Lr4Tw8YcanaryY8wT4rL2bZ9vQ7xK"
SECRETS = (
    f"x-api-key: sk-ant-api03-{CANARY}{CANARY}AA",
    f"Authorization: Bearer {CANARY}",
    f"GATEWAY_API_KEY={CANARY}",
    f"HTTPS_PROXY=http://dev:{CANARY}@proxy.corp.example:3128",
    f"Cookie: session={CANARY}; other={CANARY}",
    f"GITHUB_TOKEN ghp_{CANARY}",
    f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n{CANARY}\n-----END PRIVATE KEY-----",
)
CASES = json.loads((Path(__file__).parents[1] / "masking.json").read_text(encoding="utf-8"))
TEXT = "* CONNECT tunnel failed, response 407\n< Proxy-Authenticate: Basic realm=corp\n"


@pytest.fixture
def bodies(page: Page) -> list[str]:
    """What the page sends."""
    sent: list[str] = []

    def note(asked: Request) -> None:
        sent.append((asked.post_data_buffer or b"").decode("utf-8", "replace") + asked.url)

    page.on("request", note)
    return sent


def test_a_strangers_error_is_answered_on_the_front_page(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(anonymous=True).new_page()
    page.goto("/")
    page.get_by_label("Paste the error").fill(TEXT)
    page.get_by_role("button", name="Find the cause").click()
    expect(page.locator("#answer .chip-code").first).to_have_text("proxy_auth_required")
    expect(page.locator("#announcer")).to_contain_text("The proxy wants a user name and password")
    expect(page.get_by_label("Paste the error")).to_have_value(TEXT)
    assert page.url.endswith("/")
    page.locator("#answer .lines a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#note-1")).to_be_in_viewport()
    page.get_by_role("link", name="What to do").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The proxy wants a user name and password")
    expect(page.locator("#steps .copy-block").first).to_be_visible()


def _register(page: Page, name: str) -> None:
    """An environment of the member's own whose runs ask this machine alone."""
    page.goto("/environments/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("[name=runs_from][value=worker]").check()
    page.get_by_label("Base URL").fill("http://127.0.0.1:9")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile("/environments/[0-9a-f-]{36}/$"))


def test_a_members_error_becomes_a_run_that_ends_in_a_verdict(page: Page) -> None:
    _register(page, "Build server")
    page.goto("/paste/")
    page.get_by_label("Paste the error").fill(TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer .chip-code").first).to_have_text("proxy_auth_required")
    assert "Practice" not in page.locator("#check-environment").inner_text()
    page.get_by_label("Environment").select_option(label="Build server")
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url(re.compile("/runs/[0-9a-f-]{36}/$"))
    expect(page.locator(".verdict .chip-code").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("what was measured counts")


def test_keeping_leads_to_the_kept_text_and_deleting_ends_it(page: Page) -> None:
    page.goto("/paste/")
    page.get_by_label("Paste the error").fill(TEXT)
    page.get_by_role("button", name="Find the cause").click()
    page.get_by_role("button", name="Keep this for the team").click()
    page.wait_for_url(re.compile("/texts/[0-9a-f-]{36}/$"))
    expect(page.locator("main")).to_contain_text("response 407")
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/texts/")


def test_nothing_secret_leaves_the_browser_and_the_person_sees_it_first(page: Page, bodies: list[str]) -> None:
    page.goto("/paste/")
    box = page.get_by_label("Paste the error")
    box.fill("\n".join([TEXT, *SECRETS]))
    says = page.locator("[data-mask-says]")
    expect(says).to_contain_text(re.compile(r"^\d+ secrets found, to be masked before anything is sent\."))
    assert not [body for body in bodies if CANARY[:12] in body]
    says.get_by_role("button").click()
    assert CANARY[:12] not in box.input_value()
    box.fill("\n".join([TEXT, *SECRETS]))
    page.get_by_role("button", name="Find the cause").click()
    expect(page.locator("#answer .chip-code").first).to_have_text("proxy_auth_required")
    expect(says).to_contain_text("masked here in your browser")
    assert any("response 407" in body for body in bodies)
    assert not [body for body in bodies if CANARY[:12] in body]
    assert CANARY[:12] not in page.content() + box.input_value()
    page.get_by_role("button", name="Keep this for the team").click()
    page.wait_for_url(re.compile("/texts/[0-9a-f-]{36}/$"))
    assert not [body for body in bodies if CANARY[:12] in body]


def test_what_is_no_secret_stays(page: Page) -> None:
    page.goto("/paste/")
    plain = (
        "https://api.anthropic.com:443/v1/messages user@example.com\n"
        "token: required, key=200000, Basic realm=corp, ANTHROPIC_API_KEY is not set\n"
        "2026-11-22T20:15:00Z request_id: req_011CZabcDEF\n"
    )
    page.get_by_label("Paste the error").fill(plain)
    page.get_by_role("button", name="Find the cause").click()
    expect(page.locator("#answer h2").first).to_be_visible()
    expect(page.get_by_label("Paste the error")).to_have_value(plain)


def test_the_browser_masks_what_the_server_masks(page: Page) -> None:
    """The cases of tests/engine/decoder/test_masking.py; what only the server can know, it has to mask alone."""
    page.goto("/paste/")
    gone = [case for case in CASES["gone"] if not case.get("server_only")]
    masked = page.evaluate(
        """(texts) => {
            const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
            document.addEventListener("submit", stop, true);
            const form = document.querySelector("form[data-mask]");
            return texts.map((text) => {
                form.elements.pasted.value = text;
                form.requestSubmit();
                return form.elements.pasted.value;
            });
        }""",
        [*(case["text"] for case in gone), *CASES["stays"]],
    )
    for case, shown in zip(gone, masked, strict=False):
        assert [one for one in case["gone"] if leaks(shown, [one])] == [], (case["name"], shown)
        assert [one for one in case.get("stays", ()) if one not in shown] == [], (case["name"], shown)
        assert shown == masked_by_server(case["text"])[0] or "\r" in case["text"], case["name"]
    assert masked[len(gone) :] == CASES["stays"]


def test_a_file_is_read_in_the_browser(page: Page, bodies: list[str]) -> None:
    page.goto("/paste/")
    content = ("\ufeff" + TEXT + SECRETS[0]).encode("utf-16-le")
    page.get_by_label("or a file").set_input_files(FilePayload(name="log.txt", mimeType="text/plain", buffer=content))
    expect(page.get_by_label("Paste the error")).to_have_value(re.compile("response 407"))
    page.get_by_role("button", name="Find the cause").click()
    expect(page.locator("#answer .chip-code").first).to_have_text("proxy_auth_required")
    assert not [body for body in bodies if CANARY[:12] in body]
    page.get_by_label("or a file").set_input_files(
        FilePayload(name="a.png", mimeType="image/png", buffer=b"\x89PNG\0\0")
    )
    expect(page.locator("[data-mask-says]")).to_contain_text("This file is no text")


def test_a_report_in_the_same_box_opens_as_a_run(page: Page) -> None:
    page.goto("/paste/")
    block = pasting.write(json.dumps(factories.make_report(), sort_keys=True).encode())
    page.get_by_label("Paste the error").fill(block)
    page.get_by_role("button", name="Find the cause").click()
    expect(page.get_by_role("heading", name="This is a probe's report")).to_be_visible()
    page.get_by_role("button", name="Open it as a run").click()
    page.wait_for_url(re.compile("/runs/[0-9a-f-]{36}/$"))
    expect(page.locator(".verdict .chip-code").first).to_have_text("proxy_auth_required")


@pytest.mark.parametrize("anonymous", [False, True], ids=["member", "stranger"])
def test_a_report_fits_a_narrow_window(open_context: Callable[..., BrowserContext], anonymous: bool) -> None:
    page = open_context(anonymous=anonymous, viewport=NARROW).new_page()
    page.goto("/paste/")
    report = factories.make_report()
    report["run"]["vantage"]["name"] = "a-machine-with-a-rather-long-name.of-a-department.corp.example"
    page.get_by_label("Paste the error").fill(pasting.write(json.dumps(report, sort_keys=True).encode()))
    page.get_by_role("button", name="Find the cause").click()
    expect(page.get_by_role("heading", name="This is a probe's report")).to_be_visible()
    assert too_wide(page) == []


def test_what_stands_beside_a_report_is_masked_and_its_block_is_not(page: Page, bodies: list[str]) -> None:
    page.goto("/paste/")
    block = pasting.write(json.dumps(factories.make_report(), sort_keys=True).encode())
    box = page.get_by_label("Paste the error")
    box.fill(f"$ export {SECRETS[2]}\n$ python3 probe.pyz --paste\n{block}\n{SECRETS[0]}\n")
    page.get_by_role("button", name="Find the cause").click()
    expect(page.get_by_role("heading", name="This is a probe's report")).to_be_visible()
    assert block in box.input_value()
    assert CANARY[:12] not in page.content() + box.input_value()
    assert not [body for body in bodies if CANARY[:12] in body]


def test_the_same_without_script(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    _register(page, "Night build")
    page.goto("/paste/")
    page.get_by_label("Paste the error").fill(f"{TEXT}{SECRETS[0]}\n")
    page.get_by_role("button", name="Find the cause").click()
    expect(page.locator("#answer .chip-code").first).to_have_text("proxy_auth_required")
    expect(page.locator("#answer")).to_contain_text("1 secret masked")
    assert CANARY[:12] not in page.content()
    page.get_by_label("Environment").select_option(label="Night build")
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url(re.compile("/runs/[0-9a-f-]{36}/$"))
    expect(page.locator("main")).to_contain_text("What the pasted text suggested")


@pytest.mark.parametrize("kind", ["answer", "unknown", "refused", "report", "long"])
def test_every_answer_is_for_everybody(open_context: Callable[..., BrowserContext], kind: str) -> None:
    texts = {
        "answer": TEXT,
        "unknown": "all is well",
        "refused": " ",
        "report": pasting.write(json.dumps(factories.make_report(), sort_keys=True).encode()),
        "long": "\n".join([*["x" * 700] * 60, TEXT, "y" * 300]),
    }
    page = open_context(anonymous=True).new_page()
    page.goto("/paste/")
    page.get_by_label("Paste the error").fill(texts[kind])
    page.get_by_role("button", name="Find the cause").click()
    expect(page.locator("#answer > *").first).to_be_attached()
    expect(page.locator("h1")).to_have_count(1)
    page.evaluate("document.querySelectorAll('details:not([data-menu])').forEach((one) => { one.open = true; })")
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert too_wide(page) == []
