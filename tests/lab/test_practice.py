"""The three practice networks: they fail for real, and their fixes heal them for real."""

from __future__ import annotations

import asyncio
import base64
import os
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from diagnostics.engine import pipeline, report
from diagnostics.engine.environment import Asked, registered
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Report
from diagnostics.lab import practice
from diagnostics.lab.network import Lab
from diagnostics.lab.practice import PRACTICES, Practice
from tests.lab.referee import Told, ask, shake

EVERY = pytest.mark.parametrize("slug", list(PRACTICES))


@pytest.fixture(autouse=True)
def _closed_afterwards() -> Iterator[None]:
    yield
    practice.close()


def models(lab: Lab, base_url: str, proxy_url: str, key: str) -> Told:
    """What a client with these settings meets at the model list."""
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    parts = urlsplit(proxy_url)
    via = f"{parts.hostname}:{parts.port}" if proxy_url else ""
    pair = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    given = {"proxy-authorization": f"Basic {pair}"} if parts.username else {}
    return ask(lab, f"{base_url}/v1/models", headers, via=via, via_headers=given)


def healed(one: Practice) -> tuple[str, str]:
    """Base URL and proxy URL with the fixes put in."""
    return one.fixes.get("base_url", one.base_url), one.fixes.get("proxy_url", one.proxy_url)


@EVERY
def test_its_fixes_turn_refusal_into_an_answer(slug: str) -> None:
    one, lab = PRACTICES[slug], practice.open(slug)
    try:
        before = models(lab, one.base_url, one.proxy_url, one.key).status
    except OSError as refusal:
        before = 407 if "407" in str(refusal) else 0
    assert before == {"corporate_proxy": 407, "other_vendor": 403, "region": 403}[slug]
    assert models(lab, *healed(one), one.key).status == 200


@EVERY
def test_the_first_run_check_passes_after_the_fix(slug: str) -> None:
    one, lab = PRACTICES[slug], practice.open(slug)
    proxy_url = healed(one)[1]
    assert models(lab, "https://platform.claude.com", proxy_url, one.key).status == 200


@EVERY
def test_its_key_opens_nothing_but_practice(slug: str) -> None:
    one, lab = PRACTICES[slug], practice.open(slug)
    assert "practice" in one.key
    assert models(lab, *healed(one), one.key[:-3] + "BAA").status == 401
    assert one.key not in repr(one)
    assert lab.seen == ()


def test_the_story_tells_what_the_fix_needs() -> None:
    assert PRACTICES["region"].fixes["proxy_url"] in PRACTICES["region"].story
    for part in (practice.PROXY_USER, practice.PROXY_PASSWORD):
        assert part in PRACTICES["corporate_proxy"].story


def test_behind_the_office_proxy_there_is_no_other_way_out() -> None:
    with pytest.raises(ConnectionRefusedError):
        shake(practice.open("corporate_proxy"), "api.anthropic.com")


def test_the_region_changes_with_the_exit() -> None:
    lab = practice.open("region")
    trace = "https://api.anthropic.com/cdn-cgi/trace"
    exit_ = urlsplit(PRACTICES["region"].fixes["proxy_url"])
    assert "loc=HK" in ask(lab, trace).text
    assert "loc=DE" in ask(lab, trace, via=f"{exit_.hostname}:{exit_.port}").text


def test_a_network_is_opened_once_for_all_threads() -> None:
    found: list[Lab] = []
    threads = [threading.Thread(target=lambda: found.append(practice.open("region"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_closing_ends_it_and_opening_starts_anew() -> None:
    first = practice.open("region")
    practice.close()
    with pytest.raises(RuntimeError, match="not running"):
        first.routes()
    assert ask(practice.open("region"), "https://api.anthropic.com/cdn-cgi/trace").status == 200


def test_a_forked_worker_opens_its_own() -> None:
    practice.open("region")
    child = os.fork()
    if child == 0:
        try:
            answered = ask(practice.open("region"), "https://api.anthropic.com/cdn-cgi/trace").status
            practice.close()
            os._exit(0 if answered == 200 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ask(practice.open("region"), "https://api.anthropic.com/cdn-cgi/trace").status == 200


# -- what the engine says of them --------------------------------------------------------------


def diagnosed(one: Practice, base_url: str, proxy_url: str) -> Report:
    """A worker's run of the practice environment with these settings."""
    lab = practice.open(one.slug)
    variables = {"ANTHROPIC_API_KEY": one.key, "ANTHROPIC_BASE_URL": base_url}
    if proxy_url:
        variables |= {"HTTPS_PROXY": proxy_url, "HTTP_PROXY": proxy_url}
    net = Net(Guard.strict(), lab.network_map(), Roots(public_pem=lab.public_pem, read=lambda path: None))
    asked = Asked(client=one.client, mode="interactive")
    return asyncio.run(pipeline.diagnose(asked, registered(variables), net, Plan()))


@EVERY
def test_a_run_names_its_cause_and_is_green_after_the_fix(slug: str) -> None:
    one = PRACTICES[slug]
    broken = diagnosed(one, one.base_url, one.proxy_url)
    assert broken.verdict.cause == one.cause, broken.verdict.ranked
    assert broken.verdict.confidence >= 0.9
    assert broken.next_step is not None
    assert broken.next_step.playbook == one.cause
    fixed = diagnosed(one, *healed(one))
    assert fixed.verdict.cause == "healthy", fixed.verdict.ranked
    assert fixed.verdict.confidence >= 0.9
    text = (report.dumps(broken) + report.dumps(fixed)).decode()
    assert one.key not in text
    assert practice.PROXY_PASSWORD not in text


def test_the_key_is_withheld_from_the_other_vendor() -> None:
    one = PRACTICES["other_vendor"]
    made = diagnosed(one, one.base_url, one.proxy_url)
    facts = {name: value for attempt in made.attempts for name, value in attempt.facts.items()}
    assert facts["api.models.credential_sent"] is False
    assert facts["api.models.withheld"] == "other_vendor"


def test_there_is_no_other_practice() -> None:
    with pytest.raises(KeyError):
        practice.open("moon")
