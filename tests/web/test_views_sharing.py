"""A shared report: exactly what was previewed, nothing of the team, gone when it ends."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Environment, Run, ShareLink, Team, User
from diagnostics.services import sharing
from tests import factories


@pytest.fixture
def run(environment: Environment) -> Run:
    return factories.make_finished_run(environment)


def _make(client: Client, run: Run, **data: object) -> ShareLink:
    client.post(reverse("share", args=[run.pk]), {"days": 7, "hides": []} | data)
    return ShareLink.objects.get()


def _main(page: bytes) -> str:
    return html.unescape(page.decode().partition("<main")[2].partition("</main>")[0].replace("<wbr>", ""))


def test_a_link_is_made_listed_and_opens_without_an_account(member: Client, run: Run) -> None:
    link = _make(member, run, days=30)
    assert timedelta(days=29) < link.expires_at - timezone.now() <= timedelta(days=30)
    address = reverse("shared", args=[sharing.token(link)])
    assert address in member.get(reverse("share", args=[run.pk])).content.decode()
    page = Client().get(address)
    assert page.status_code == 200
    assert "The proxy wants a password" in page.content.decode()


def test_a_shared_page_is_for_no_search_engine_and_sends_no_referrer(member: Client, run: Run) -> None:
    page = Client().get(reverse("shared", args=[sharing.token(_make(member, run))]))
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


def test_nothing_of_the_team_is_on_a_shared_page(member: Client, run: Run, team: Team, colleague: User) -> None:
    page = Client().get(reverse("shared", args=[sharing.token(_make(member, run))])).content.decode()
    private = (team.slug, team.name, str(team.pk), run.environment.name, html.escape(run.environment.name), str(run.pk))
    for word in (*private, str(run.environment_id), colleague.email, "/runs/", "/cases/", "What to do", "sign-out"):
        assert word not in page, word


def test_what_is_hidden_is_on_neither_page(member: Client, run: Run) -> None:
    link = _make(member, run, hides=["hosts", "addresses"])
    page = Client().get(reverse("shared", args=[sharing.token(link)])).content.decode()
    assert "proxy.corp.example" not in page.replace("<wbr>", "")
    assert "10.20.30.40" not in page.replace("<wbr>", "")
    assert "Parts of this report were left out" in page


def test_the_preview_is_exactly_what_outsiders_see(member: Client, run: Run) -> None:
    link = _make(member, run, hides=["hosts", "names"])
    preview = member.get(reverse("share_preview", args=[run.pk]), {"hides": ["hosts", "names"], "days": "7"})
    shared = Client().get(reverse("shared", args=[sharing.token(link)]))
    address = f"http://127.0.0.1:8000{reverse('shared', args=[sharing.token(link)])}"
    bare = _main(shared.content).replace(f"Report: {address}", f"Run: {'0' * 32}").replace(f" {address}", "")
    assert bare.replace(address, "") == _main(preview.content)


def test_views_are_counted_and_shown(member: Client, run: Run) -> None:
    link = _make(member, run)
    for _ in range(2):
        Client().get(reverse("shared", args=[sharing.token(link)]))
    assert "Opened 2 times" in member.get(reverse("share", args=[run.pk])).content.decode()


def test_an_ended_link_is_gone(member: Client, run: Run) -> None:
    link = _make(member, run, days=1)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        page = Client().get(reverse("shared", args=[sharing.token(link)]))
    assert page.status_code == 404
    assert "share link" in page.content.decode()


@pytest.mark.parametrize("days", ["0", "400", "x", ""])
def test_an_odd_time_is_refused(member: Client, run: Run, days: str) -> None:
    response = member.post(reverse("share", args=[run.pk]), {"days": days})
    assert response.status_code == 422
    assert "Choose 1, 7, 30 or 90 days." in response.content.decode()
    assert not ShareLink.objects.exists()


def test_a_run_without_a_report_cannot_be_shared(member: Client, environment: Environment) -> None:
    going = factories.make_run(environment)
    response = member.post(reverse("share", args=[going.pk]), {"days": 7}, follow=True)
    assert "There is no report to share yet." in response.content.decode()
