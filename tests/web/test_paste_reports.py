"""A probe's report in the box for errors: shown to anybody, stored by nobody, and a run for members who want it."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics.engine import pasting
from diagnostics.models import Environment, Run, Team, User
from diagnostics.services import decoding
from tests import factories


@pytest.fixture(autouse=True)
def fresh_count() -> None:
    cache.clear()


def prose(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def post(browser: Client, pasted: str, htmx: bool = False) -> Any:
    return browser.post("/paste/", {"pasted": pasted}, headers={"hx-request": "true"} if htmx else {})


def block(report: dict[str, Any] | None = None) -> str:
    return pasting.write(json.dumps(report or factories.make_report(), sort_keys=True).encode())


@pytest.mark.parametrize("form", ["block", "JSON"])
def test_a_probes_report_is_shown_to_anybody_and_stored_by_nobody(client: Client, db: None, form: str) -> None:
    pasted = block() if form == "block" else json.dumps(factories.make_report(), indent=1)
    page = post(client, f"Hello,\n{pasted}\nBye")
    words = prose(page.content.decode())
    assert page.status_code == 200
    assert "This is a probe's report" in words.replace("&#x27;", "'")
    assert "The proxy wants a user name and password" in words
    assert "Where the time went" in words
    assert not Run.objects.exists()


@pytest.mark.parametrize("form", ["block", "JSON"])
def test_what_stands_around_a_report_comes_back_masked(client: Client, db: None, form: str) -> None:
    report = block() if form == "block" else json.dumps(factories.make_report(), indent=1)
    around = f"$ export ANTHROPIC_API_KEY={factories.KEY}\n$ python3 probe.pyz\n{report}\nkey: {factories.KEY}\n"
    answer = post(client, around)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert factories.KEY not in page
    assert "python3 probe.pyz" in page
    assert form == "JSON" or block() in page


def test_a_key_between_marks_that_hold_no_report_is_masked(client: Client, db: None) -> None:
    fake = f"BEGIN TROUBLESHOOTER REPORT\n{factories.KEY}\nEND TROUBLESHOOTER REPORT\n"
    assert factories.KEY not in decoding.report_masked(fake + block())
    assert block() in decoding.report_masked(fake + block())
    assert factories.KEY not in post(client, fake + block()).content.decode()


def test_a_damaged_report_is_told_in_a_sentence(client: Client) -> None:
    answer = post(client, block()[:300])
    assert answer.status_code == 422
    assert "The end of the block is missing" in prose(answer.content.decode())


def test_a_pasted_report_opens_as_a_run_of_an_environment(
    member: Client, environment: Environment, sent: list[UUID]
) -> None:
    page = post(member, block(), htmx=True).content.decode()
    assert f'<option value="{environment.pk}">' in page
    answer = member.post("/paste/report/", {"pasted": block(), "environment": str(environment.pk)})
    run = Run.objects.get()
    assert (answer["Location"], run.environment, run.status) == (f"/runs/{run.pk}/", environment, "queued")


def test_or_of_a_new_environment_that_is_named_as_its_machine(member: Client, team: Team, sent: list[UUID]) -> None:
    factories.make_environment(team, name="ada-laptop")
    member.post("/paste/report/", {"pasted": block(), "environment": "new"})
    made = Run.objects.get().environment
    assert (made.name, made.client, made.runs_from, made.team) == ("ada-laptop 2", "claude-code", "machine", team)


def test_the_same_report_pasted_twice_makes_one_environment_and_one_run(
    member: Client, team: Team, sent: list[UUID]
) -> None:
    first = member.post("/paste/report/", {"pasted": block(), "environment": "new"})
    again = member.post("/paste/report/", {"pasted": f"Look:\n{block()}", "environment": "new"})
    assert first["Location"] == again["Location"]
    assert [one.name for one in Environment.objects.filter(team=team)] == ["ada-laptop"]
    assert Run.objects.count() == 1


def test_another_teams_run_of_the_same_report_is_no_run_of_this_one(
    member: Client, owner: User, team: Team, sent: list[UUID]
) -> None:
    elsewhere = factories.make_team()
    factories.make_finished_run(factories.make_environment(elsewhere), upload_sha256="0" * 64)
    member.post("/paste/report/", {"pasted": block(), "environment": "new"})
    digest = Run.objects.get(team=team).upload_sha256
    Run.objects.filter(team=team).delete()
    Run.objects.filter(team=elsewhere).update(upload_sha256=digest)
    member.post("/paste/report/", {"pasted": block(), "environment": "new"})
    assert Run.objects.filter(team=team).count() == 1


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "2026-13-45T20:15:00Z"])
def test_a_report_of_an_impossible_day_is_refused_with_a_sentence(
    member: Client, environment: Environment, sent: list[UUID], at: str
) -> None:
    report = factories.make_report()
    report["run"]["started_at"] = at
    for answer in (
        post(member, block(report)),
        member.post("/paste/report/", {"pasted": block(report), "environment": "new"}),
        member.post("/paste/report/", {"pasted": block(report), "environment": str(environment.pk)}),
    ):
        assert answer.status_code == 422
        assert "run the probe again" in prose(answer.content.decode())
    assert not Run.objects.exists()


def test_a_clock_that_is_some_years_ahead_is_evidence_and_no_reason_to_refuse(client: Client, db: None) -> None:
    report = factories.make_report()
    report["run"]["started_at"] = "2031-01-01T00:00:00Z"
    assert post(client, block(report)).status_code == 200


def test_a_report_goes_to_no_other_team(member: Client, reader: User, sent: list[UUID]) -> None:
    theirs = factories.make_environment(factories.make_team())
    assert member.post("/paste/report/", {"pasted": block(), "environment": str(theirs.pk)}).status_code == 422
    browser = Client()
    browser.force_login(reader)
    assert browser.post("/paste/report/", {"pasted": block(), "environment": "new"}).status_code == 403
    assert not Run.objects.exists()
    assert Environment.objects.filter(team=theirs.team).count() == 1


def test_a_refused_report_leaves_no_environment_behind(member: Client, team: Team, sent: list[UUID]) -> None:
    leaky = block(factories.make_report(environment={"key": factories.KEY}))
    answer = member.post("/paste/report/", {"pasted": leaky, "environment": "new"})
    assert answer.status_code == 422
    assert factories.KEY not in answer.content.decode()
    assert not Environment.objects.filter(team=team).exists()
