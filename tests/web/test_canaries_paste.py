"""Secrets in a pasted text appear in no answer, row, session, cache, mail or log line, whatever is done with it."""

from __future__ import annotations

import html
import io
import json
import logging
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from diagnostics.engine import pasting
from diagnostics.engine.decoder import Answer
from diagnostics.models import PastedText, User
from diagnostics.services import decoding
from tests import factories
from tests.canaries import SECRETS, leaks
from tests.web.test_canaries import rows

pytestmark = pytest.mark.django_db(transaction=True)

PLANTED = "\n".join((
    f"curl -v https://api.anthropic.com/v1/messages -H 'x-api-key: sk-ant-api03-{SECRETS['Gateway'] * 2}AA'",
    f"> Authorization: Bearer {SECRETS['SetToken']}",
    f"> Cookie: session={SECRETS['Cookie']}",
    f"* Uses proxy env variable HTTPS_PROXY == 'http://dev:{SECRETS['NpmWord']}@proxy.corp.example:3128'",
    f"GITHUB_TOKEN=ghp_{SECRETS['GitHub']}",
    f"DB_PASSWORD: {SECRETS['DataBase']}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRETS['Helper']}\n-----END RSA PRIVATE KEY-----",
    "* CONNECT tunnel failed, response 407",
))  # fmt: skip
CANARIES = [SECRETS[name] for name in ("Gateway", "SetToken", "Cookie", "NpmWord", "GitHub", "DataBase", "Helper")]
HTMX = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    cache.clear()
    caplog.set_level(logging.DEBUG)
    return caplog


def assert_nowhere(told: pytest.LogCaptureFixture, *answers: Any) -> None:
    """In no answer with its headers and cookies, and nowhere where anything could have been put."""
    for answer in answers:
        shown = answer.content.decode() + str(answer.headers) + str(answer.cookies)
        assert leaks(shown, CANARIES) == [], answer
    assert leaks(told.text, CANARIES) == [], "the log"
    assert leaks("\n".join(text for _, text in rows()), CANARIES) == [], "a row, such as a session's"
    assert leaks(repr(getattr(cache, "_cache", {})), CANARIES) == [], "the cache"
    assert leaks(repr([one.message().as_string() for one in mail.outbox]), CANARIES) == [], "a mail"


def test_the_search_itself_works() -> None:
    assert sorted(leaks(PLANTED, CANARIES)) == sorted(CANARIES)


def test_a_text_that_is_answered(member: Client, told: pytest.LogCaptureFixture) -> None:
    answers = [browser.post("/paste/", {"pasted": PLANTED}) for browser in (member, Client())]
    answers.append(member.post("/paste/", {"pasted": PLANTED}, headers=HTMX))
    answers.append(member.post("/paste/", {"pasted": "", "file": io.BytesIO(PLANTED.encode())}))
    answers.append(Client().post("/api/v1/decode", json.dumps({"text": PLANTED}), content_type="application/json"))
    assert {answer.status_code for answer in answers} == {200}
    assert all("response 407" in answer.content.decode() for answer in answers)
    assert_nowhere(told, *answers)


def test_a_text_that_is_kept_attached_and_looked_at(
    member: Client, owner: User, told: pytest.LogCaptureFixture
) -> None:
    answers = [member.post("/paste/keep/", {"pasted": PLANTED})]
    kept = PastedText.objects.get()
    assert "response 407" in kept.text
    answers += [member.get(f"/texts/{kept.pk}/"), member.get("/texts/")]
    assert leaks(json.dumps(kept.answer) + kept.text, CANARIES) == []
    assert_nowhere(told, *answers)


def test_a_text_that_is_refused(member: Client, told: pytest.LogCaptureFixture) -> None:
    answers = [
        member.post("/paste/", {"pasted": PLANTED, "file": io.BytesIO(b"\x89PNG" + PLANTED.encode())}),
        member.post("/paste/", {"pasted": PLANTED + " " * 6_100_000}),
        member.post("/paste/keep/", {"pasted": PLANTED + " \n" * 500_000}),
        member.post("/paste/report/", {"pasted": PLANTED, "environment": "new"}),
        member.post("/paste/check/", {"environment": PLANTED, "causes": PLANTED, "probes": PLANTED}),
        Client(enforce_csrf_checks=True).post("/paste/", {"pasted": PLANTED}),
        Client().post("/api/v1/decode", json.dumps({"text": [PLANTED]}), content_type="application/json"),
        Client().post("/api/v1/decode", PLANTED, content_type="application/json"),
    ]
    assert [answer.status_code for answer in answers] == [422, 413, 422, 422, 302, 403, 422, 400]
    for _ in range(decoding.LIMIT.most):
        decoding.LIMIT.take("127.0.0.1")
    answers.append(member.post("/paste/", {"pasted": PLANTED}))
    assert answers[-1].status_code == 429
    assert_nowhere(told, *answers)


@pytest.mark.parametrize("where", ["the decoder", "its answer", "the page"])
def test_a_text_on_which_our_own_code_breaks(
    member: Client, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(text: str, *_: object) -> Answer:
        raise RuntimeError(f"cannot read {text}")

    if where == "the decoder":
        monkeypatch.setattr(decoding, "decode", broken)
    elif where == "its answer":
        monkeypatch.setattr(decoding, "as_json", lambda answer: broken(PLANTED))
    else:
        monkeypatch.setattr(decoding, "decide", broken)
    member.raise_request_exception = False
    answers = [
        member.post("/paste/", {"pasted": PLANTED}),
        member.post("/paste/keep/", {"pasted": PLANTED}),
        Client(raise_request_exception=False).post(
            "/api/v1/decode", json.dumps({"text": PLANTED}), content_type="application/json"
        ),
    ]
    assert {answer.status_code for answer in answers} == {500}
    assert_nowhere(told, *answers)


@pytest.mark.parametrize("packed", [True, False])
def test_secrets_beside_a_report(member: Client, told: pytest.LogCaptureFixture, owner: User, packed: bool) -> None:
    report = json.dumps(factories.make_report(), sort_keys=True)
    block = pasting.write(report.encode()) if packed else report
    answers = [
        browser.post("/paste/", {"pasted": f"{PLANTED}\n{block}\n{PLANTED}" if packed else f"x: {PLANTED}\n{block}"})
        for browser in (member, Client())
    ]
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert "This is a probe" in answer.content.decode()
        assert "response 407" in answer.content.decode()
        assert not packed or html.escape(block) in answer.content.decode(), "the block opens as a run still"
    assert_nowhere(told, *answers)


def test_a_report_that_holds_secrets(
    member: Client, told: pytest.LogCaptureFixture, sent: list[UUID], owner: User
) -> None:
    leaky = factories.make_report()
    leaky["attempts"][1]["events"][0]["detail"] = f"DB_PASSWORD={SECRETS['DataBase']}"
    block = pasting.write(json.dumps(leaky, sort_keys=True).encode())
    answers = [browser.post("/paste/", {"pasted": block}) for browser in (member, Client())]
    assert {answer.status_code for answer in answers} == {200}
    refused = factories.make_report(environment={"key": f"sk-ant-api03-{SECRETS['Gateway'] * 2}AA"})
    answers.append(member.post("/paste/", {"pasted": json.dumps(refused)}))
    assert answers[-1].status_code == 422
    answers.append(member.post("/paste/", {"pasted": json.dumps(leaky)}))
    assert answers[-1].status_code == 200
    for answer in answers:
        assert leaks(answer.content.decode().replace(block, ""), CANARIES) == []
    assert_nowhere(told)
