"""Two who change one environment: the row of the moment counts, and nobody writes over the other's words unawares."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import Conflict
from diagnostics.models import Environment, Role, Team, User
from diagnostics.services import deletion, environment_filling, environments, practice
from tests import factories
from tests.web.engines import in_thread

KEY = factories.KEY
SECOND = KEY.replace("canary", "second")
FIELDS = (*(name for name in environment_filling.FIELDS if name != "credential"), "filled")


@pytest.fixture
def signed_in(client: Client, colleague: User) -> Client:
    client.force_login(colleague)
    return client


@pytest.fixture
def row(team: Team) -> Environment:
    return factories.make_environment(
        team, name="CI", notes="first", credential=KEY, proxy_url="http://ada:canary-pass@proxy.example.com:3128"
    )


def again(row: Environment) -> Environment:
    return Environment.objects.get(pk=row.pk)


def tab(browser: Client, row: Environment) -> dict[str, Any]:
    """The form as a browser has it open."""
    form = browser.get(reverse("environment_edit", args=[row.pk])).context["form"]
    return {name: form[name].value() for name in FIELDS}


def save(browser: Client, row: Environment, fields: dict[str, Any], **typed: Any) -> Any:
    return browser.post(reverse("environment_edit", args=[row.pk]), fields | typed)


def shown(response: Any) -> dict[str, Any]:
    """The form that came back, as the next press would send it."""
    form = response.context["form"]
    return {name: form[name].value() for name in FIELDS}


def text(response: Any) -> str:
    return unescape(re.sub(r"<wbr>|\s+", " ", response.content.decode()))


def test_what_was_archived_meanwhile_is_not_brought_back(owner: User, row: Environment) -> None:
    environments.archive(owner, again(row))
    with pytest.raises(Conflict, match="restore it"):
        environments.edit(owner, row, notes="x")
    assert again(row).archived_at is not None


def test_what_was_deleted_meanwhile_does_not_come_back_with_its_key(owner: User, row: Environment) -> None:
    stale, archived = again(row), again(row)
    environments.archive(owner, archived)
    deletion.delete_environment(owner, archived, "CI")
    for change in (lambda: environments.edit(owner, stale, notes="x"), lambda: environments.restore(owner, archived)):
        with pytest.raises(Conflict, match="deleted meanwhile"):
            change()
    assert not Environment.objects.filter(pk=row.pk).exists()


def test_what_is_restored_meanwhile_is_not_deleted(owner: User, row: Environment) -> None:
    environments.archive(owner, row)
    environments.restore(owner, again(row))
    with pytest.raises(Conflict, match="Archive this environment first"):
        deletion.delete_environment(owner, row, "CI")


def test_only_what_is_given_is_written_and_whoever_holds_the_row_sees_the_rest(owner: User, row: Environment) -> None:
    stale = again(row)
    environments.edit(owner, row, notes="second", credential=None)
    Environment.objects.filter(pk=row.pk).update(lines_shell="fish")
    environments.edit(owner, stale, model="claude-sonnet-5")
    found = again(row)
    assert (found.notes, found.credential, found.model, found.lines_shell) == (
        "second",
        None,
        "claude-sonnet-5",
        "fish",
    )
    assert (stale.notes, stale.credential, stale.lines_shell) == ("second", None, "fish")


def test_what_is_refused_leaves_the_row_in_hand_as_it_was(owner: User, row: Environment) -> None:
    with pytest.raises(Exception, match="Give it a name"):
        environments.edit(owner, row, name=" ", notes="x")
    assert (row.name, row.notes) == ("CI", "first")


@pytest.mark.django_db(transaction=True)
def test_an_edit_waits_for_whoever_archives_in_the_same_moment(owner: User, row: Environment) -> None:
    stale, told = again(row), []

    def edit() -> None:
        try:
            environments.edit(owner, stale, notes="x")
        except Conflict as refused:
            told.append(str(refused))

    with transaction.atomic():
        environments.archive(owner, row)
        thread = in_thread(edit)
        time.sleep(0.3)
    thread.join(100)
    assert told == ["This environment is archived: restore it before you change it."]
    assert (again(row).notes, again(row).archived_at is None) == ("first", False)
    connection.close()


def test_two_tabs_that_change_different_things_keep_both(signed_in: Client, row: Environment) -> None:
    one, two = tab(signed_in, row), tab(signed_in, row)
    save(signed_in, row, one, notes="of the first\r\ntab", base_url="https://gw.example.com", credential=SECOND)
    answer = save(signed_in, row, two, model="claude-sonnet-5")
    found = again(row)
    assert (found.notes, found.base_url, found.model) == (
        "of the first\r\ntab",
        "https://gw.example.com",
        "claude-sonnet-5",
    )
    assert found.credential == Secret(SECOND)
    page = text(signed_in.get(answer["Location"]))
    assert "Changed meanwhile, by somebody else or in another tab, and left so: Base URL, Key, Notes." in page


def test_what_both_changed_is_told_and_nothing_typed_is_lost(signed_in: Client, row: Environment) -> None:
    one, two = tab(signed_in, row), tab(signed_in, row)
    save(signed_in, row, one, notes="of the first tab", no_proxy="intranet")
    refused = save(signed_in, row, two, notes="of the second tab", model="claude-sonnet-5")
    assert refused.status_code == 422
    assert again(row).notes == "of the first tab"
    assert "by somebody else or in another tab: it says “of the first tab” now. Yours still stands here" in text(
        refused
    )
    back = shown(refused)
    assert (back["notes"], back["model"], back["no_proxy"]) == ("of the second tab", "claude-sonnet-5", "intranet")
    assert save(signed_in, row, back).status_code == 302
    found = again(row)
    assert (found.notes, found.model, found.no_proxy) == ("of the second tab", "claude-sonnet-5", "intranet")


def test_a_third_who_comes_between_is_told_too(signed_in: Client, row: Environment) -> None:
    one, two, three = (tab(signed_in, row) for _ in range(3))
    save(signed_in, row, one, notes="one")
    back = shown(save(signed_in, row, two, notes="two"))
    save(signed_in, row, three | {"filled": json.dumps({})}, notes="three")
    refused = save(signed_in, row, back)
    assert (refused.status_code, "“three” now" in text(refused)) == (422, True)


def test_a_proxy_that_was_replaced_meanwhile_stays_with_its_password(signed_in: Client, row: Environment) -> None:
    one, two = tab(signed_in, row), tab(signed_in, row)
    save(signed_in, row, one, proxy_url="http://bob:second-pass@other.example.com:3128")
    assert save(signed_in, row, two, notes="x").status_code == 302
    found = again(row)
    assert found.proxy_url == Secret("http://bob:second-pass@other.example.com:3128")
    refused = save(signed_in, row, two | {"notes": "x"}, proxy_url="http://third.example.com:1")
    assert (refused.status_code, "“http://other.example.com:3128” now" in text(refused)) == (422, True)
    assert "second-pass" not in text(refused)


def test_a_password_alone_that_was_replaced_meanwhile_is_told(signed_in: Client, row: Environment) -> None:
    one, two = tab(signed_in, row), tab(signed_in, row)
    save(signed_in, row, one, proxy_url="http://ada:second-pass@proxy.example.com:3128")
    assert save(signed_in, row, two, proxy_url="http://ada:third-pass@proxy.example.com:3128").status_code == 422
    assert again(row).proxy_url == Secret("http://ada:second-pass@proxy.example.com:3128")


def test_a_typed_key_is_not_led_where_its_writer_did_not_look(signed_in: Client, row: Environment) -> None:
    one, two = tab(signed_in, row), tab(signed_in, row)
    save(signed_in, row, one, base_url="https://gw.example.com", credential=SECOND)
    third = KEY.replace("canary", "third-")
    refused = save(signed_in, row, two, credential=third)
    assert refused.status_code == 422
    assert "“https://gw.example.com” now. The key that you typed would be used with that" in text(refused)
    assert "the key that is stored now is sk-ant-api03-" in text(refused)
    assert again(row).credential == Secret(SECOND)
    assert SECOND not in text(refused)
    assert save(signed_in, row, shown(refused), credential=third).status_code == 302
    assert (again(row).credential, again(row).base_url) == (Secret(third), "https://gw.example.com")


def test_a_form_that_was_not_touched_changes_nothing(signed_in: Client, row: Environment) -> None:
    Environment.objects.filter(pk=row.pk).update(notes=" with blanks \r\n")
    before: dict[str, Any] = dict(Environment.objects.values().get(pk=row.pk))
    assert save(signed_in, row, tab(signed_in, row)).status_code == 302
    after: dict[str, Any] = dict(Environment.objects.values().get(pk=row.pk))
    assert {name for name in before if before[name] != after[name]} == {"updated_at"}


def test_the_marks_in_the_page_tell_nothing(signed_in: Client, row: Environment) -> None:
    other = factories.make_environment(row.team, name="Other", notes="first")
    marks = [json.loads(tab(signed_in, one)["filled"]) for one in (row, other)]
    assert marks[0]["notes"] == marks[1]["notes"]
    assert all(re.fullmatch("[0-9a-f]{16}", mark) for mark in marks[0].values())
    assert save(signed_in, row, tab(signed_in, row) | {"filled": "no json"}, notes="x").status_code == 302
    assert save(signed_in, row, tab(signed_in, row) | {"filled": '["x"]'}, notes="y").status_code == 302


def test_the_form_of_what_was_archived_says_so_and_keeps_what_was_typed(signed_in: Client, row: Environment) -> None:
    open_tab = tab(signed_in, row)
    signed_in.post(reverse("environment_archive", args=[row.pk]))
    answer = save(signed_in, row, open_tab, notes="typed for nothing")
    assert answer.status_code == 422
    assert "This environment is archived: restore it before you change it." in text(answer)
    assert "typed for nothing" in text(answer)


def test_an_archived_practice_environment_is_not_reset(client: Client, team: Team) -> None:
    owner = factories.make_member(team, Role.OWNER)
    client.force_login(owner)
    practice.register_environments(team, owner)
    one = Environment.objects.filter(team=team, practice__isnull=False).earliest("name")
    environments.archive(owner, one)
    answer = client.post(reverse("practice_reset", args=[one.pk]), follow=True)
    assert answer.status_code == 200
    assert "This environment is archived: restore it before you change it." in text(answer)


def test_every_field_that_can_be_edited_has_its_mark() -> None:
    assert set(environment_filling.FIELDS) == environments.EDITABLE
