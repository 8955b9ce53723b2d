"""What pages may cost: queries at any size, bytes on the wire, and the time until a page asks again."""

from __future__ import annotations

import gzip
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics.models import Case, Run, Team, User
from diagnostics.services import cases
from diagnostics.templatetags.rows import row_url
from tests import factories

MOST_QUERIES = 8


@pytest.mark.parametrize("size", [0, 3, 30])
@pytest.mark.parametrize("name", ["home", "environments", "runs", "cases", "case_times", "practice"])
def test_a_page_takes_few_queries_at_any_size(
    client: Client, owner: User, team: Team, name: str, size: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(size):
        cases.record(factories.make_finished_run(factories.make_environment(team)))
    client.force_login(owner)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse(name)).status_code == 200


def test_the_search_takes_as_few(client: Client, owner: User, team: Team, django_assert_max_num_queries: Any) -> None:
    for _ in range(60):
        cases.record(factories.make_finished_run(factories.make_environment(team)))
    client.force_login(owner)
    for query in (
        "proxy",
        "%22wants+a%22",
        "nothing",
        "pass&state=open&cause=proxy_auth_required&assignee=nobody&age=7",
    ):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(f"{reverse('cases')}?q={query}").status_code == 200


@pytest.mark.parametrize("size", [1, 60])
def test_a_case_takes_as_few_however_much_happened(
    client: Client, owner: User, team: Team, size: int, django_assert_max_num_queries: Any
) -> None:
    environment = factories.make_environment(team)
    for _ in range(size):
        cases.record(factories.make_finished_run(environment))
        other = factories.make_finished_run(factories.make_environment(team))
        cases.record(other)
        assert other.case is not None
        cases.close(owner, other.case, "A password.")
    client.force_login(owner)
    case = Case.objects.get(environment=environment)
    run = Run.objects.filter(case=case).latest("queued_at")
    for address in (reverse("case", args=[case.pk]), reverse("run", args=[run.pk])):
        with django_assert_max_num_queries(MOST_QUERIES + 2):
            assert client.get(address).status_code == 200


def test_a_report_is_sent_packed_to_who_can_unpack_it(client: Client, owner: User, team: Team) -> None:
    run = factories.make_finished_run(factories.make_environment(team))
    client.force_login(owner)
    address = reverse("run", args=[run.pk])
    plain = client.get(address)
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 4
    assert "The proxy wants a password" in gzip.decompress(packed.content).decode()
    revisit = {"accept-encoding": "gzip", "if-none-match": packed["ETag"]}
    assert client.get(address, headers=revisit).status_code == 304


def test_a_live_page_asks_soon_after_it_changed_and_shows_what_is_stored_within_a_second(
    client: Client, owner: User, team: Team
) -> None:
    """Most runs are over within a quarter of a second: their first result must not wait for the next full one."""
    run = factories.make_run(factories.make_environment(team), status=Run.Status.QUEUED)
    client.force_login(owner)
    page = client.get(reverse("run", args=[run.pk])).content.decode()
    found = re.search(r'hx-trigger="load delay:(\d+)ms, every (\d+)ms"', page)
    assert found
    first, then = map(int, found.groups())
    assert first <= 250
    assert then <= 800


@pytest.mark.parametrize("name", ["environment", "run", "run_start", "case"])
def test_a_row_s_address_is_the_one_that_reverse_makes(name: str) -> None:
    row = uuid4()
    assert row_url(name, row) == reverse(name, args=[row])
