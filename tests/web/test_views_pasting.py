"""A report that somebody pastes: for the run that waits, or as a run of its own; read as strictly as one that was sent."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from diagnostics.engine import pasting
from diagnostics.models import Environment, Run, Team, User
from diagnostics.services import environments, execution, runs, uploads
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def block(report: dict[str, Any] | None = None) -> str:
    """What the probe prints."""
    return pasting.write(json.dumps(report or factories.make_report(), sort_keys=True).encode())


@pytest.fixture
def waiting(colleague: User, environment: Environment, sent: list[UUID]) -> Run:
    """A run that waits for its machine."""
    environments.edit(colleague, environment, runs_from="machine")
    return runs.start(colleague, environment).run


def paste(browser: Client, address: str, pasted: str) -> Any:
    return browser.post(address, {"pasted": pasted})


def for_environment(environment: Environment) -> str:
    return f"/environments/{environment.pk}/paste/"


def test_a_pasted_block_becomes_a_run_and_is_judged_anew(
    member: Client, environment: Environment, sent: list[UUID]
) -> None:
    answer = paste(member, for_environment(environment), block(factories.make_report("healthy")))
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/runs/{run.pk}/")
    assert (run.status, run.vantage_kind, run.vantage_name, sent) == ("queued", "probe", "ada-laptop", [run.pk])
    execution.execute(run.pk)
    run.refresh_from_db()
    assert (run.status, run.cause, run.upload) == ("finished", "proxy_auth_required", "")


@pytest.mark.parametrize("form", ["quoted mail", "JSON"])
def test_mail_and_json_will_do(member: Client, environment: Environment, sent: list[UUID], form: str) -> None:
    pasted = json.dumps(factories.make_report(), indent=1)
    if form == "quoted mail":
        pasted = "Hello,\r\n" + "".join(f"> {line} \r\n" for line in block().splitlines()) + "\r\nBye"
    assert paste(member, for_environment(environment), pasted).status_code == 302


def test_a_run_that_waits_gets_its_report_on_its_own_page(member: Client, waiting: Run) -> None:
    page = member.get(f"/runs/{waiting.pk}/").content.decode()
    assert f'href="/runs/{waiting.pk}/paste/"' in page
    form = member.get(f"/runs/{waiting.pk}/paste/").content.decode()
    assert f"probe.pyz --paste --run {waiting.pk}" in form
    assert paste(member, f"/runs/{waiting.pk}/paste/", block())["Location"] == f"/runs/{waiting.pk}/"
    waiting.refresh_from_db()
    assert waiting.status == Run.Status.QUEUED
    assert member.get(f"/runs/{waiting.pk}/paste/").status_code == 302


def test_a_block_that_names_the_waiting_run_finds_it_from_the_environment(
    member: Client, environment: Environment, waiting: Run
) -> None:
    named = factories.make_report()
    named["run"]["id"] = str(waiting.pk)
    assert paste(member, for_environment(environment), block(named))["Location"] == f"/runs/{waiting.pk}/"
    assert Run.objects.count() == 1


def test_the_name_of_another_teams_run_opens_nothing(
    member: Client, environment: Environment, sent: list[UUID]
) -> None:
    others = factories.make_environment(factories.make_team())
    theirs = factories.make_run(others, status=Run.Status.WAITING, upload_token_sha256="f" * 64)
    named = factories.make_report()
    named["run"]["id"] = str(theirs.pk)
    assert paste(member, for_environment(environment), block(named)).status_code == 302
    theirs.refresh_from_db()
    assert theirs.status == Run.Status.WAITING
    assert Run.objects.get(environment=environment).status == Run.Status.QUEUED


def test_what_is_pasted_twice_is_one_run(member: Client, environment: Environment, sent: list[UUID]) -> None:
    first, second = (paste(member, for_environment(environment), block())["Location"] for _ in range(2))
    assert first == second
    assert Run.objects.count() == 1


def test_another_report_for_the_same_run_is_refused(member: Client, waiting: Run) -> None:
    address = f"/runs/{waiting.pk}/paste/"
    paste(member, address, block())
    answer = paste(member, address, block(factories.make_report(environment={"base_url": "https://other.example"})))
    assert answer.status_code == 422
    assert "has its report already" in answer.content.decode()


REFUSED = [
    ("", "Paste the report"),
    ("Hello", "This is no report"),
    (block()[:300], "The end of the block is missing"),
    (block().replace("REPORT 1 ", "REPORT "), "first line of the block is damaged"),
    (block().replace("eN", "AA", 1), "checksum"),
    (json.dumps({"schema": "other/1"}), "not a report of the form"),
    ("{}", "not a report of the form"),
    ("{" * 5000 + "}", "This is no report"),
    ('{"schema": NaN}', "not a report of the form"),
    (json.dumps(factories.make_report() | {"environment": {"key": factories.KEY}}), "replace that secret"),
    (json.dumps(factories.make_report() | {"attempts": [{"probe": "rm", "status": "done"}]}), "attempts"),
]


@pytest.mark.parametrize(("pasted", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_is_no_report_is_refused_and_neither_kept_nor_shown(
    member: Client, environment: Environment, sent: list[UUID], pasted: str, says: str
) -> None:
    answer = paste(member, for_environment(environment), pasted)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page.replace("&#x27;", "'")
    assert factories.KEY not in page
    assert "<script" not in page.partition('id="paste-form"')[2].partition("</form>")[0]
    assert not Run.objects.exists()


def test_a_stored_key_in_a_pasted_report_is_blacked_out(
    member: Client, colleague: User, environment: Environment, sent: list[UUID]
) -> None:
    environments.edit(colleague, environment, credential="not-shaped-like-a-key-at-all")
    leaky = factories.make_report()
    leaky["attempts"][1]["events"][0]["detail"] = "sent not-shaped-like-a-key-at-all"
    paste(member, for_environment(environment), block(leaky))
    assert "not-shaped" not in Run.objects.get().upload


def test_an_archived_environment_takes_none(
    member: Client, colleague: User, environment: Environment, sent: list[UUID]
) -> None:
    environments.archive(colleague, environment)
    answer = paste(member, for_environment(environment), block())
    assert (answer.status_code, Run.objects.count()) == (422, 0)
    assert "archived" in answer.content.decode()


def test_readers_and_strangers_paste_nothing(
    reader: User, stranger: User, team: Team, environment: Environment, waiting: Run
) -> None:
    for user, status in ((reader, 403), (stranger, 404)):
        browser = Client()
        browser.force_login(user)
        for address in (for_environment(environment), f"/runs/{waiting.pk}/paste/"):
            assert paste(browser, address, block()).status_code == status
    assert paste(Client(), for_environment(environment), block())["Location"].startswith("/sign-in/")
    assert Run.objects.get().status == Run.Status.WAITING


def test_the_form_needs_its_token(colleague: User, environment: Environment) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(colleague)
    assert paste(browser, for_environment(environment), block()).status_code == 403


def test_a_report_pasted_by_several_at_once_is_one_run(
    colleague: User, environment: Environment, sent: list[UUID]
) -> None:
    ready, pasted = threading.Barrier(6), block()

    def act(_: int) -> UUID:
        ready.wait(5)
        try:
            return uploads.paste(colleague, environment, pasted).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(act, range(6))) == {Run.objects.get().pk}
