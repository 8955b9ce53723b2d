"""Pages that are kept: the same for whoever may see the same, each with their own header and token, and never an old one."""

from __future__ import annotations

import gzip
import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from diagnostics.kept import Kept
from diagnostics.models import Case, Environment, Role, Run, Team, User
from diagnostics.services import cases, deletion, environments, sharing, wizards
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
