"""What is said of a cause that only a text shows: nothing that a run alone could know; and what the probe's command says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.engine.decoder import Answer, Candidate
from diagnostics.engine.vocabulary import CAUSES, HEALTHY, UNKNOWN
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.services import decoding, preset

MEASURED = re.compile(
    r"do answer|the network works|Connection and key work|Everything (?:up to|else)|not about the API|Nothing is wrong|"
    r"a gateway that works|never left|rightly|no direct way\.|is not looked|was not looked"
)


@pytest.fixture(autouse=True)
def fresh_count() -> None:
    cache.clear()


def summary(code: str) -> str:
    told: str = decoding.as_json(Answer((Candidate(code, 0.9),)))["summary"]
    return told


@pytest.mark.parametrize("code", [code for code in CAUSES if code not in (HEALTHY, UNKNOWN)])
def test_no_cause_is_told_by_what_only_a_run_measures(code: str) -> None:
    assert not MEASURED.search(summary(code))
    assert "{" not in summary(code)


def test_the_measured_words_would_be_noticed() -> None:
    assert any(MEASURED.search(cause.plain) for cause in library.load().causes.values())


def test_one_line_about_a_name_does_not_speak_for_the_network(client: Client) -> None:
    page = client.post("/paste/", {"pasted": "Error: getaddrinfo ENOTFOUND api.anthropic.com"}).content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Other things beyond this network do answer" not in words
    assert "one line does not tell these apart" in words
    assert "rather than" in words
    assert "“there” is the other" in words


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Error: connect ECONNREFUSED 127.0.0.1:7890", "client"),
        ("HTTPS_PROXY=http://localhost:7890\ncurl: (7) Failed to connect to localhost port 7890: refused", "client"),
        ("HTTPS_PROXY=http://[::1]:7890\nError: connect ECONNREFUSED ::1:7890", "client"),
        ("HTTPS_PROXY=http://proxy.corp.example:3128\nError: connect ECONNREFUSED 10.1.2.3:3128", "network"),
    ],
)
def test_a_proxy_on_the_readers_own_machine_is_the_readers_to_mend(text: str, side: str) -> None:
    answer = decoding.decide(text).answer
    first = answer["ranked"][0]
    assert (first["cause"], first["side"]) == ("proxy_unreachable", side)
    assert ("its own machine" in answer["summary"]) is (side == "client")


def test_each_sentence_that_tells_two_apart_says_which_of_them_it_is_about() -> None:
    ranked = (Candidate("dns_failure", 0.6), Candidate("no_internet", 0.3))
    tell = decoding.as_json(Answer(ranked))["tell"]
    titles = {one["cause"]: one["title"] for one in tell}
    assert [(one["cause"], one["rather"]) for one in tell] == [
        ("dns_failure", titles["no_internet"]),
        ("no_internet", titles["dns_failure"]),
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"printed": {"gremlins": "Words that are long enough."}}, "gremlins"),
        ({"printed": {"key_missing": "It asks {config.base_url.host} for a key."}}, "printed.key_missing"),
        ({"own": {"causes": [], "says": "Words that are long enough."}}, "own.causes"),
    ],
    ids=["no cause", "a fact", "none"],
)
def test_wrong_words_are_refused_with_file_and_key(change: dict[str, Any], says: str) -> None:
    table = {**pages_schema.pages().model_dump(), **change}
    with pytest.raises(KnowledgeError, match=f"knowledge/pages.toml.*{says}"):
        pages_schema.parse(pages_schema.Pages, "pages", table)


def test_marks_that_turn_a_line_around_are_made_visible(client: Client) -> None:
    nasty = "Error: connect ECONNREFUSED 127.0.0.1:7890 \u202egnihtyna\u202c \u200f\u2067x\u2069"
    for answer in (
        client.post("/paste/", {"pasted": nasty}),
        client.post("/api/v1/decode", {"text": nasty}, content_type="application/json"),
    ):
        said = answer.content.decode("unicode_escape") if answer["Content-Type"].startswith("application") else ""
        assert not set("\u202e\u202c\u200f\u2067\u2069") & set(answer.content.decode() + said)
    told = decoding.decide(nasty)
    assert len(told.text) == len(nasty)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ANTHROPIC_BASE_URL=https://api.deepseek.com/anthropic", "--base-url https://api.deepseek.com/anthropic"),
        ('baseURL: "http://127.0.0.1:3456"', "--base-url http://127.0.0.1:3456"),
        ('{"model": "claude-sonnet-9-20260101"}', "--model claude-sonnet-9-20260101"),
        ("ANTHROPIC_MODEL=claude-opus-4-1", "--model claude-opus-4-1"),
        ("not_found_error: model: claude-3-opus-20240229", "--model claude-3-opus-20240229"),
        ("ANTHROPIC_BASE_URL=https://evil.example", ""),
        ("ANTHROPIC_BASE_URL=https://api.deepseek.com.evil.example/anthropic", ""),
        ("ANTHROPIC_BASE_URL=https://api.deepseek.com@evil.example/", ""),
        ("ANTHROPIC_BASE_URL=http://api.deepseek.com/anthropic", ""),
        ("ANTHROPIC_BASE_URL=http://127.0.0.1.evil.example:80", ""),
        ("base_url=https://api.deepseek.com/anthropic?key=x", ""),
        ("base_url=https://api.anthropic.com\nbase_url=https://api.deepseek.com/anthropic", ""),
        ('{"model": "claude-a-1"} {"model": "claude-b-2"}', ""),
        ("the model is required, model: Field required", ""),
        ("model: --send-message-2", ""),
        ("model: $(reboot-1)", ""),
    ],
)
def test_the_command_carries_what_the_text_names_and_nothing_that_could_harm(text: str, words: str) -> None:
    assert " ".join(preset.words_of(text)) == words


def test_the_command_on_the_page_names_the_model_of_the_text(client: Client) -> None:
    page = client.post(
        "/paste/", {"pasted": '404 {"type":"error","error":{"type":"not_found_error","message":"model: claude-foo-9"}}'}
    )
    assert "python3 probe.pyz --model claude-foo-9" in page.content.decode()
