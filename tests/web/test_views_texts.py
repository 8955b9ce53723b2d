"""Texts that are kept: only by somebody's wish, masked, for the team alone, and gone when somebody says so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from diagnostics import selectors
from diagnostics.exceptions import InvalidInput
from diagnostics.models import CaseEvent, Environment, PastedText, Run, Team, User
from diagnostics.services import cases, decoding, texts
from tests import factories

TEXT = "* CONNECT tunnel failed, response 407\nproxy-authenticate: Basic realm=corp\n"


@pytest.fixture
def kept(owner: User, team: Team) -> PastedText:
    return texts.keep(owner, team, TEXT)


def keep(browser: Client, pasted: str = TEXT) -> Any:
    return browser.post("/paste/keep/", {"pasted": pasted})


def test_a_text_is_kept_with_its_answer_and_has_a_page(member: Client, colleague: User, team: Team) -> None:
    answer = keep(member)
    row = PastedText.objects.get()
    assert answer["Location"] == f"/texts/{row.pk}/"
    assert (row.team, row.author, row.text) == (team, colleague, TEXT)
    assert row.answer["schema"] == decoding.SCHEMA
    assert set(row.answer["versions"]) == {"engine", "knowledge", "texts"}
    page = member.get(f"/texts/{row.pk}/").content.decode()
    assert "response 407" in page
    assert page.count("<h1") == 1
    assert f'href="/texts/{row.pk}/"' in member.get("/texts/").content.decode()


def test_its_page_shows_the_answer_of_its_day(member: Client, kept: PastedText) -> None:
    frozen = {
        **kept.answer,
        "ranked": [{**kept.answer["ranked"][0], "cause": "key_missing", "title": "As it was then"}],
    }
    PastedText.objects.update(answer=frozen)
    assert "As it was then" in member.get(f"/texts/{kept.pk}/").content.decode()


def test_nothing_empty_and_nothing_huge_is_kept(member: Client, owner: User, team: Team) -> None:
    assert keep(member, " ").status_code == 422
    with pytest.raises(InvalidInput, match="At most 1 MB"):
        texts.keep(owner, team, "x" * 1_000_001)
    assert not PastedText.objects.exists()


def test_the_secrets_of_the_environment_where_it_is_checked_are_blacked_out_too(
    client: Client, owner: User, team: Team, sent: list[UUID]
) -> None:
    environment = factories.make_environment(team, credential="not-shaped-like-a-key-at-all")
    kept = texts.keep(owner, team, f"it said not-shaped-like-a-key-at-all {TEXT}")
    begun = {"environment": str(environment.pk), "text": str(kept.pk), "probes": ["proxy.connect"]}
    client.force_login(owner)
    assert client.post("/paste/check/", begun)["Location"] == f"/runs/{Run.objects.get().pk}/"
    kept.refresh_from_db()
    assert kept.environment == environment
    assert "not-shaped" not in kept.text + client.get(f"/texts/{kept.pk}/").content.decode()
    lines = kept.text.split("\n")
    for mark in kept.answer["marks"]:
        assert lines[mark["line"] - 1][mark["begin"] : mark["end"]]


def test_readers_look_and_strangers_find_nothing(reader: User, stranger: User, kept: PastedText) -> None:
    for user, look, write in ((reader, 200, 403), (stranger, 404, 404)):
        browser = Client()
        browser.force_login(user)
        assert browser.get(f"/texts/{kept.pk}/").status_code == look
        assert browser.post(f"/texts/{kept.pk}/delete/").status_code == write
    browser = Client()
    browser.force_login(reader)
    page = browser.get(f"/texts/{kept.pk}/").content.decode()
    assert "Delete" not in page
    assert "Keep this" not in browser.post("/paste/", {"pasted": TEXT}).content.decode()
    assert keep(browser).status_code == 403
    assert PastedText.objects.get() == kept


def test_deleting_forgets_it_and_leaves_the_line_in_its_case(
    member: Client, owner: User, environment: Environment, kept: PastedText
) -> None:
    run = factories.make_finished_run(environment)
    cases.record(run)
    assert run.case
    for _ in range(2):
        assert (
            member.post(f"/texts/{kept.pk}/attach/", {"case": str(run.case.pk)})["Location"] == f"/cases/{run.case.pk}/"
        )
    assert CaseEvent.objects.filter(kind="text").count() == 1
    assert f'href="/texts/{kept.pk}/"' in member.get(f"/cases/{run.case.pk}/").content.decode()
    assert f"case {run.case.number}" in member.get(f"/texts/{kept.pk}/").content.decode()
    assert member.post(f"/texts/{kept.pk}/delete/")["Location"] == "/texts/"
    assert not PastedText.objects.exists()
    event = CaseEvent.objects.get(kind="text")
    assert (event.text, event.pasted) == (kept.title, None)
    assert member.get(f"/cases/{run.case.pk}/").status_code == 200


def test_it_goes_to_no_other_teams_case_and_to_no_closed_one(
    member: Client, owner: User, environment: Environment, kept: PastedText
) -> None:
    theirs = factories.make_finished_run(factories.make_environment(factories.make_team()))
    own = factories.make_finished_run(environment)
    for run in (theirs, own):
        cases.record(run)
    assert theirs.case
    assert own.case
    assert member.post(f"/texts/{kept.pk}/attach/", {"case": str(theirs.case.pk)}).status_code == 404
    assert member.post(f"/texts/{kept.pk}/attach/", {"case": "x"}).status_code == 404
    cases.close(owner, own.case, "a password")
    assert member.post(f"/texts/{kept.pk}/attach/", {"case": str(own.case.pk)})["Location"] == f"/texts/{kept.pk}/"
    assert not CaseEvent.objects.filter(kind="text").exists()


@pytest.mark.parametrize("size", [1, 12])
def test_lists_and_pages_cost_the_same_at_any_number(
    member: Client,
    owner: User,
    team: Team,
    size: int,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    made = [texts.keep(owner, team, TEXT) for _ in range(size)]
    with django_assert_max_num_queries(6):
        assert member.get("/texts/").status_code == 200
    with django_assert_max_num_queries(12):
        assert member.get(f"/texts/{made[0].pk}/").status_code == 200
    selectors.memberships(owner)
    with django_assert_num_queries(1):
        rows = selectors.texts(owner, team).rows
        assert all(row.author and row.author.email for row in rows)
    assert {"text", "answer"} <= rows[0].get_deferred_fields()
