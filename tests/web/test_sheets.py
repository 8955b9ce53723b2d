"""Pages that are kept: the same for whoever may see the same, each with their own header and token, and never an old one."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from diagnostics.kept import Kept
from diagnostics.models import Case, Environment, Role, Run, Team, User
from diagnostics.services import (
    account_deletion,
    cases,
    deletion,
    environments,
    handoffs,
    judging,
    sharing,
    teams,
    wizards,
)
from diagnostics.views import sheets
from tests import factories

_TOKEN = re.compile(r'csrfmiddlewaretoken" value="(\w+)"|X-CSRFToken": "(\w+)"')


@pytest.fixture
def run(environment: Environment) -> Run:
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


def _client(user: User) -> Client:
    client = Client(enforce_csrf_checks=True, headers={"accept-encoding": "gzip"})
    client.force_login(user)
    return client


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer["Content-Encoding"] == "gzip"
    return gzip.decompress(answer.content).decode()


def _tokens(page: str) -> set[str]:
    return {one or other for one, other in _TOKEN.findall(page)}


def test_a_teammate_gets_the_kept_page_with_an_own_header_and_token(
    owner: User, team: Team, run: Run, django_assert_num_queries: Any
) -> None:
    other = factories.make_member(team, Role.OWNER, "olive@example.com")
    address = reverse("run", args=[run.pk])
    mine = _page(_client(owner), address)
    client = _client(other)
    with django_assert_num_queries(4):  # session, person, sight, teams: the report is not even read
        theirs = _page(client, address)
    assert owner.email in mine
    assert "olive@example.com" in theirs
    assert owner.email not in theirs.partition("</header>")[0]
    assert len(_tokens(mine)) == len(_tokens(theirs)) == 1
    assert _tokens(mine) != _tokens(theirs)
    without = [_TOKEN.sub("", page.partition("</header>")[2]) for page in (mine, theirs)]
    assert without[0] == without[1]


def test_its_forms_work(owner: User, run: Run) -> None:
    client = _client(owner)
    (token,) = _tokens(_page(client, reverse("run", args=[run.pk])))
    again = reverse("run_start", args=[run.environment_id])
    assert client.post(again, {"csrfmiddlewaretoken": "a" * 64}).status_code == 403
    assert client.post(again, {"csrfmiddlewaretoken": token}).status_code == 302
    assert Run.objects.count() == 2


def test_packed_and_unpacked_are_the_same_page(owner: User, run: Run) -> None:
    client = _client(owner)
    address = reverse("run", args=[run.pk])
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain["Vary"]
    assert _TOKEN.sub("", plain.content.decode()) == _TOKEN.sub("", _page(client, address))  # each has another mask


def test_no_token_meets_the_compressor(owner: User, run: Run) -> None:
    client = _client(owner)
    answer = client.get(reverse("run", args=[run.pk]))
    page = gzip.decompress(answer.content).decode()
    (token,) = _tokens(page)
    assert page.count(token) == answer.content.count(token.encode()) >= 3


def test_a_reader_never_gets_what_a_member_sees(owner: User, reader: User, run: Run) -> None:
    address = reverse("run", args=[run.pk])
    seen_first = _page(_client(owner), address)
    theirs = _page(_client(reader), address)
    assert "sk-ant-api03" in seen_first
    assert "sk-ant-api03" not in theirs
    assert reverse("run_start", args=[run.environment_id]) not in theirs


def test_a_stranger_gets_nothing_of_it(owner: User, stranger: User, run: Run) -> None:
    address = reverse("run", args=[run.pk])
    _page(_client(owner), address)
    assert _client(stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_whoever_is_renamed_or_acts_is_seen_at_once(owner: User, colleague: User, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(requested_by=owner)
    client, address = _client(colleague), reverse("run", args=[run.pk])
    assert "Ottilie" not in _page(client, address)
    User.objects.filter(pk=owner.pk).update(first_name="Ottilie")
    assert "Ottilie" in _page(client, address)
    cases.close(owner, Case.objects.get(), "a password")
    assert "a password" in _page(client, address)


def test_what_fixed_the_like_is_gone_with_its_environment(owner: User, team: Team, run: Run) -> None:
    other, newer = (factories.make_environment(team) for _ in range(2))
    for place, fixed in ((other, "an older one"), (newer, "the newest")):
        cases.record(factories.make_finished_run(place))
        cases.close(owner, Case.objects.get(environment=place), fixed)
    client, address = _client(owner), reverse("run", args=[run.pk])
    assert "an older one" in _page(client, address)
    environments.archive(owner, other)
    deletion.delete_environment(owner, other, other.name)
    assert "an older one" not in _page(client, address)


def test_a_fix_that_did_not_last_is_gone_at_once(owner: User, team: Team, run: Run) -> None:
    for fixed in ("the first try", "the second try"):
        place = factories.make_environment(team)
        cases.record(factories.make_finished_run(place))
        cases.close(owner, Case.objects.get(environment=place), fixed)
    client, address = _client(owner), reverse("run", args=[run.pk])
    assert "the first try" in _page(client, address)
    cases.reopen(owner, Case.objects.get(what_fixed="the first try"))
    assert "the first try" not in _page(client, address)


def test_an_environment_is_called_as_it_is_called_now(owner: User, team: Team, run: Run) -> None:
    place = factories.make_environment(team, name="Old place")
    cases.record(factories.make_finished_run(place))
    cases.close(owner, Case.objects.get(environment=place), "a password")
    client, address = _client(owner), reverse("run", args=[run.pk])
    assert "Old place" in _page(client, address)
    environments.edit(owner, place, name="New place")
    assert "Old place" not in _page(client, address)


def _judge(colleague: User, run: Run, team: Team) -> None:
    judging.contradict(colleague, run, "proxy_unreachable", "The proxy was off.")


def _hand_over(colleague: User, run: Run, team: Team) -> None:
    handoffs.create(colleague, run, handoffs.receivers(run)[0].name, 7)


def _close_the_like(colleague: User, run: Run, team: Team) -> None:
    place = factories.make_environment(team)
    cases.record(factories.make_finished_run(place))
    cases.close(colleague, Case.objects.get(environment=place), "a password")


@pytest.mark.parametrize("act", [_judge, _hand_over, _close_the_like])
def test_whoever_deletes_the_account_is_named_no_more(
    owner: User, colleague: User, team: Team, run: Run, act: Callable[[User, Run, Team], None]
) -> None:
    colleague.first_name = "Zacharias"
    colleague.save()
    act(colleague, run, team)
    client, address = _client(owner), reverse("run", args=[run.pk])
    tag = client.get(address)["ETag"]
    assert "Zacharias" in _page(client, address)
    account_deletion.delete_account(colleague, colleague.email)
    assert "Zacharias" not in _page(client, address)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200


def test_no_page_is_kept_for_more_than_an_hour(owner: User, run: Run) -> None:
    client, address = _client(owner), reverse("run", args=[run.pk])
    Run.objects.filter(pk=run.pk).update(queued_at=run.queued_at - timedelta(days=400))
    tag = client.get(address)["ETag"]
    drawn = _drawn_at(address)
    with time_machine.travel(time.time() + sheets.LONGEST + 1):
        client.force_login(owner)
        assert client.get(address, headers={"if-none-match": tag}).status_code == 200
        assert _drawn_at(address) > drawn


def _drawn_at(address: str) -> float:
    """When the newest page was drawn; there is one of this test's run alone."""
    return next(sheet.drawn for key, sheet in sheets._sheets._values.items() if str(key[0]) in address)  # type: ignore[index]


def test_the_header_is_never_an_old_one(owner: User, team: Team, run: Run) -> None:
    client, address = _client(owner), reverse("run", args=[run.pk])
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    teams.rename(owner, team, "Called anew")
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200
    assert "Called anew" in _page(client, address)


def test_a_reader_sees_the_steps_as_soon_as_somebody_takes_them(owner: User, reader: User, run: Run) -> None:
    client, address = _client(reader), reverse("run", args=[run.pk])
    assert "See the steps" not in _page(client, address)
    wizards.begin(owner, run)
    assert "See the steps" in _page(client, address)


def test_times_are_told_anew(owner: User, run: Run) -> None:
    client, address = _client(owner), reverse("run", args=[run.pk])
    Run.objects.filter(pk=run.pk).update(queued_at=run.queued_at - timedelta(minutes=5))
    assert "minutes ago</time>" in _page(client, address)
    with time_machine.travel(time.time() + 3 * 3600):
        client.force_login(owner)
        assert "3 hours ago</time>" in _page(client, address)


def test_a_message_stands_on_one_page(owner: User, colleague: User, run: Run) -> None:
    client, address = _client(owner), reverse("run", args=[run.pk])
    (token,) = _tokens(_page(client, address))
    client.post(reverse("environment_archive", args=[run.environment_id]), {"csrfmiddlewaretoken": token})
    told = client.get(address)
    assert b'class="message' in gzip.decompress(told.content)
    assert "ETag" not in told.headers
    for person in (client, _client(colleague)):
        assert 'class="message' not in _page(person, address).replace('class="messages"', "")


def test_a_shared_page_is_kept_for_nobody_in_particular(
    owner: User, stranger: User, run: Run, django_assert_num_queries: Any
) -> None:
    link = sharing.create(owner, run, 7)
    address = reverse("shared", args=[sharing.token(link)])
    anybody = Client(headers={"accept-encoding": "gzip"})
    first = _page(anybody, address)
    with django_assert_num_queries(2):  # the link, and its views
        assert _page(anybody, address) == first
    assert not anybody.cookies
    assert not _tokens(first)
    assert _tokens(_page(_client(stranger), address))
    link.refresh_from_db()
    assert link.views == 3
    sharing.revoke(owner, link)
    assert anybody.get(address).status_code == 404


@pytest.mark.parametrize("signed_in", [True, False])
def test_what_is_told_to_one_person_is_told_to_nobody_else(
    owner: User, stranger: User, run: Run, signed_in: bool
) -> None:
    address = reverse("shared", args=[sharing.token(sharing.create(owner, run, 7))])
    told = _client(owner) if signed_in else Client(headers={"accept-encoding": "gzip"})
    _tell(told, "For their eyes alone")
    assert "For their eyes alone" in _page(told, address)
    for other in (_client(stranger), Client(headers={"accept-encoding": "gzip"}), told):
        assert "For their eyes alone" not in _page(other, address)


def _tell(client: Client, sentence: str) -> None:
    """As a view does that leads on."""
    request = RequestFactory().get("/")
    request.session = client.session
    storage = FallbackStorage(request)
    storage.add(messages.INFO, sentence)
    response = HttpResponse()
    storage.update(response)
    client.cookies.update(response.cookies)


def test_only_so_many_are_kept() -> None:
    kept: Kept[int] = Kept(3)
    for number in range(5):
        kept.put(number, number)
    kept.put(2, 9)
    assert [kept.get(number) for number in range(5)] == [None, None, 9, 3, 4]


def test_text_that_is_meant_as_it_stands_keeps_its_indentation() -> None:
    assert sheets.tight("<p>\n    <b>a</b>\n</p>") == "<p>\n<b>a</b>\n</p>"
    kept = "<pre><i>a</i>\n    <i>b</i></pre><textarea>\n  <\n</textarea>"
    assert sheets.tight(kept) == kept
