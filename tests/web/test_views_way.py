"""The page of a cause's whole way out: public, complete, the same to the eye and to a screen reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics.engine import library
from diagnostics.engine.playbooks import graph
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.views import way

WITH_A_WAY = [code for code in library.load().playbooks if code != HEALTHY]


@pytest.mark.parametrize("code", WITH_A_WAY)
def test_the_whole_way_stands_on_its_page(code: str, client: Client) -> None:
    page = client.get(reverse("cause_way", args=[code])).content.decode()
    rows = way.rows(code)
    assert len(rows) == len(graph.of(library.load().playbooks[code]).nodes)
    assert re.findall(r'<li id="way-(\d+)">', page) == [str(row.number) for row in rows]
    assert page.count('class="way-line" width="') == len(rows)
    assert not re.search(r"\{[a-z_.]+\|", page)  # no slot is left
    numbers = {str(row.number) for row in rows}
    assert set(re.findall(r'href="#way-(\d+)"', page)) <= numbers
    for row in rows:
        assert row.ask == "" or f"Hand it over to {row.ask}" in page.replace("&#x27;", "'")
        assert len(row.leads) >= 1 or row.kind == "end"
        assert not row.branches or all(lead.when for lead in row.leads) or len(row.leads) == 1
    assert [row.kind for row in rows][-2:] == ["proof", "end"]


def test_the_cause_leads_to_it(client: Client) -> None:
    page = client.get(reverse("cause", args=["proxy_blocked"])).content.decode()
    assert reverse("cause_way", args=["proxy_blocked"]) in page


@pytest.mark.parametrize("code", [HEALTHY, "no_such_cause"])
def test_there_is_no_way_out_of_what_is_no_fault(code: str, client: Client) -> None:
    assert client.get(reverse("cause_way", args=[code])).status_code == 404


@pytest.mark.django_db
def test_it_costs_no_query(client: Client, django_assert_num_queries: Callable[[int], Any]) -> None:
    client.get(reverse("cause_way", args=["proxy_blocked"]))
    with django_assert_num_queries(0):
        client.get(reverse("cause_way", args=["proxy_blocked"]))
