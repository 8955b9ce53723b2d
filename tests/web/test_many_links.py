"""However many links and tokens there are: their pages show the newest, fold what has ended, and say how many more there are."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import AccessToken, Environment, HandOff, Invitation, Membership, Run, ShareLink, Team, User
from diagnostics.services import handoffs
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def run(environment: Environment) -> Run:
    return factories.make_finished_run(environment)


@pytest.fixture
def boss(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def _times(number: int, working: bool) -> dict[str, Any]:
    now = timezone.now() - timedelta(minutes=number)
    return {"created_at": now - 2 * DAY, "expires_at": now + DAY if working else now - DAY}


def share(run: Run, number: int, working: bool = True, **columns: Any) -> None:
    made = [ShareLink(team=run.team, run=run, hides=[], **(_times(one, working) | columns)) for one in range(number)]
    ShareLink.objects.bulk_create(made)


def hand_over(run: Run, number: int, working: bool = True) -> None:
    receiver = handoffs.receivers(run)[0].name
    known = {"team": run.team, "run": run, "receiver": receiver, "hides": [], "touched_at": timezone.now()}
    HandOff.objects.bulk_create(HandOff(**known, **_times(one, working)) for one in range(number))


def tokens(user: User, team: Team, number: int, working: bool = True, **columns: Any) -> None:
    place = Membership.objects.get(user=user, team=team)
    begun = AccessToken.objects.count()
    made = (
        AccessToken(team=team, membership=place, name=f"no {one}", prefix=f"tsk_{one}", sha256=f"{begun + one:064d}",
                    **({"scopes": ["read"]} | _times(one, working) | columns))
        for one in range(number)
    )  # fmt: skip
    AccessToken.objects.bulk_create(made)


def text(boss: Client, address: str) -> str:
    answer = boss.get(address)
    assert answer.status_code == 200
    return unescape(re.sub(r"<wbr>|\s+", " ", answer.content.decode()))


def shown(page: str) -> int:
    return len(re.findall('id="link-', page))


def test_a_run_s_share_links(boss: Client, run: Run) -> None:
    address = reverse("share", args=[run.pk])
    share(run, 3)
    share(run, 2, working=False)
    page = text(boss, address)
    assert (shown(page), "No longer working: 2" in page, "that work</a>" in page) == (5, True, False)
    share(run, 1, created_at=timezone.now() - 9 * DAY, expires_at=None)
    share(run, 60)
    share(run, 60, working=False)
    page = text(boss, address)
    assert shown(page) == 30
    assert "everybody with the address" in page  # though that link is not among those shown
    for told in ("All 64 that work", "No longer working: 62", "All 62 that ended", "end all links"):
        assert told in page
    for query, number in ((f"?run={run.pk}", 50), (f"?run={run.pk}&state=ended", 50)):
        page = text(boss, reverse("shares") + query)
        assert (shown(page), "Older" in page, run.title in page) == (number, True, True)
        assert f"run={run.pk}" in page.partition('rel="next"')[2].partition(">")[0]


def test_lists_of_one_run_hold_nothing_of_another(boss: Client, run: Run, environment: Environment) -> None:
    other = factories.make_finished_run(environment)
    share(run, 1)
    hand_over(run, 1)
    assert shown(text(boss, f"{reverse('shares')}?run={other.pk}")) == 0
    assert reverse("hand_off_choose", args=[run.pk]) not in text(boss, f"{reverse('hand_offs')}?run={other.pk}")
    foreign = factories.make_finished_run(factories.make_environment(factories.make_team()))
    for page in ("shares", "hand_offs"):
        for named in (foreign.pk, "x"):
            assert boss.get(f"{reverse(page)}?run={named}").status_code == 404


def test_a_run_s_hand_offs_on_both_of_its_pages(boss: Client, run: Run) -> None:
    receiver = handoffs.receivers(run)[0].name
    pages = reverse("run", args=[run.pk]), reverse("hand_off", args=[run.pk, receiver])
    hand_over(run, 2)
    hand_over(run, 1, working=False)
    for address in pages:
        page = text(boss, address)
        assert (shown(page), "No longer open: 1" in page, "All 3" in page) == (3, True, False)
    hand_over(run, 60)
    hand_over(run, 60, working=False)
    for address in pages:
        page = text(boss, address)
        assert (shown(page), "No longer open: 61" in page) == (30, True)
        assert "All 123 that were handed over of this run" in page
    assert "Older" in text(boss, f"{reverse('hand_offs')}?run={run.pk}")


def test_a_person_s_tokens(boss: Client, owner: User, team: Team) -> None:
    tokens(owner, team, 3)
    tokens(owner, team, 120, working=False)
    page = text(boss, reverse("tokens"))
    assert "No longer working: 120" in page
    assert "And 70 that were made before these." in page
    assert len(re.findall("<li>no ", page)) == 50
    assert page.count('<th scope="row">no ') == 3


def test_a_team_s_tokens_and_invitations(boss: Client, owner: User, team: Team) -> None:
    tokens(owner, team, 60)
    tokens(owner, team, 5, working=False)
    known = {"team": team, "role": "member", "days": 7, "created_by": owner}
    made = (Invitation(email=f"p{one}@example.com", **known, **_times(one, True)) for one in range(70))
    Invitation.objects.bulk_create(made)
    page = text(boss, reverse("team"))
    assert page.count('<th scope="row">no ') == 50
    assert "And 10 more that were made before these" in page
    assert len(re.findall(r">p\d+@example.com", page)) == 50
    older = re.search(r'href="([^"]+)"[^>]*>Older|rel="next" href="([^"]+)"', page)
    assert older
    assert len(re.findall(r">p\d+@example.com", text(boss, reverse("team") + (older[1] or older[2])))) == 20


def test_an_environment_s_tokens(boss: Client, owner: User, team: Team) -> None:
    there = factories.make_environment(team, runs_from="machine")
    tokens(owner, team, 60, environment=there, scopes=["watch"])
    tokens(owner, team, 1, environment=there)
    tokens(owner, team, 5, working=False, environment=there, scopes=["watch"])
    page = text(boss, reverse("environment_listen", args=[there.pk]))
    assert page.count('<th scope="row">no ') == 50
    assert "And 10 more that were made before these" in page


def test_pages_do_not_grow_with_what_has_ended(boss: Client, run: Run, owner: User, team: Team) -> None:
    addresses = [reverse("share", args=[run.pk]), reverse("hand_off_choose", args=[run.pk]), reverse("tokens")]

    def lengths() -> list[int]:
        return [len(boss.get(address, follow=True).content) for address in addresses]

    def more() -> None:
        share(run, 100, working=False)
        hand_over(run, 100, working=False)
        tokens(owner, team, 100, working=False)

    more()
    few = lengths()
    for _ in range(5):
        more()
    assert all(many < one + 600 for one, many in zip(few, lengths(), strict=True))
