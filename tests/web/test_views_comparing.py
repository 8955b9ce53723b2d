"""Comparing two runs: the pair that is meant, what the page says, who may see it, what it costs."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Environment, Run, Team, User
from tests import factories

NOW = timezone.now()


def _run(environment: Environment, minutes_ago: int, cause: str, **facts: Any) -> Run:
    report = factories.make_report(cause)
    report["attempts"][0]["facts"] |= facts.pop("config", {})
    report["attempts"][1]["facts"] |= facts.pop("connect", {})
    return factories.make_finished_run(environment, report, queued_at=NOW - timedelta(minutes=minutes_ago))


@pytest.fixture
def good(environment: Environment) -> Run:
    return _run(environment, 60, "healthy", connect={"proxy.connect.status": 200})


@pytest.fixture
def bad(environment: Environment, good: Run) -> Run:
    _run(environment, 90, "proxy_auth_required")
    return _run(environment, 30, "proxy_auth_required")


def _text(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return html.unescape(response.content.decode().replace("<wbr>", ""))


def test_a_failing_run_says_what_changed_since_it_last_worked(member: Client, bad: Run, good: Run) -> None:
    page = _text(member, reverse("run", args=[bad.pk]))
    section = page.partition('id="since"')[2].partition("</section>")[0]
    assert "What changed since it last worked" in section
    assert "No setting that could matter differs. What was measured does" in section
    assert "The first run that failed so" not in section
    assert "<code>200</code>" in section
    assert "<code>407</code>" in section
    assert reverse("compare_pair", args=[bad.pk, good.pk]) in section


def test_a_healthy_run_or_a_first_one_says_nothing_of_it(member: Client, good: Run, environment: Environment) -> None:
    assert 'id="since"' not in _text(member, reverse("run", args=[good.pk]))
    first = factories.make_finished_run(factories.make_environment(environment.team))
    assert 'id="since"' not in _text(member, reverse("run", args=[first.pk]))


def test_the_usual_pair_is_the_last_good_one_and_this(member: Client, bad: Run, good: Run) -> None:
    response = member.get(reverse("compare", args=[bad.pk]))
    assert response["Location"] == reverse("compare_pair", args=[bad.pk, good.pk])


def test_of_a_series_of_failures_the_first_one_stands_beside_the_last_good_one(
    member: Client, environment: Environment, bad: Run, good: Run
) -> None:
    other = _run(environment, 20, "key_rejected")
    last = _run(environment, 10, "proxy_auth_required")
    response = member.get(reverse("compare", args=[last.pk]))
    assert response["Location"] == reverse("compare_pair", args=[bad.pk, good.pk])
    section = _text(member, reverse("run", args=[last.pk])).partition('id="since"')[2].partition("</section>")[0]
    assert reverse("compare_pair", args=[bad.pk, good.pk]) in section
    assert reverse("compare_pair", args=[last.pk, good.pk]) in section
    assert member.get(reverse("compare", args=[other.pk]))["Location"].endswith(f"{other.pk}/compare/{good.pk}/")
    _run(environment, 5, "healthy")
    fresh = _run(environment, 1, "proxy_auth_required")
    assert member.get(reverse("compare", args=[fresh.pk]))["Location"].startswith(f"/runs/{fresh.pk}/")


def test_sides_can_be_swapped_and_the_link_keeps_it(member: Client, bad: Run, good: Run) -> None:
    address = reverse("compare_pair", args=[good.pk, bad.pk])
    page = _text(member, address)
    assert f"{address}?swap" in page
    swapped = _text(member, f"{address}?swap")
    row = swapped.partition('data-label="After"')[2]
    assert row.index("407") < row.index("200")
    assert f'{address}?swap"' in swapped.partition("Copy link")[0], "the permalink keeps the sides"


def test_who_looks_for_a_link_for_outsiders_is_told_where_one_is(
    member: Client, client: Client, reader: User, bad: Run, good: Run
) -> None:
    address = reverse("compare_pair", args=[bad.pk, good.pk])
    page = _text(member, address)
    assert "opens for your team alone" in page
    assert all(reverse("share", args=[run.pk]) in page for run in (bad, good))
    client.force_login(reader)
    page = _text(client, address)
    assert "opens for your team alone" in page
    assert reverse("share", args=[bad.pk]) not in page


def test_a_run_beside_itself_leads_to_the_list(member: Client, bad: Run) -> None:
    answer = member.get(reverse("compare_pair", args=[bad.pk, bad.pk]))
    assert answer["Location"] == f"{reverse('compare', args=[bad.pk])}?choose"


def test_it_is_copied_as_markdown(member: Client, bad: Run, good: Run) -> None:
    told = member.get(reverse("compare_pair", args=[good.pk, bad.pk])).context["markdown"]
    assert told.startswith("## Two runs compared\n")
    assert "| Status of the proxy's answer to CONNECT (Whether the proxy lets the API through) | 200 | 407 |" in told
    assert "No setting that could matter differs" in told
    assert f"/compare/{bad.pk}/" in told


def test_each_difference_says_which_check_saw_it(member: Client, bad: Run, good: Run) -> None:
    """Several checks ask who answered; a setting needs no such word."""
    found = member.get(reverse("compare_pair", args=[good.pk, bad.pk])).context["shown"]
    checks = {row.fact: row.check for group in found.groups for row in group.rows}
    assert checks["proxy.connect.status"] == "Whether the proxy lets the API through"
    assert not any(check for fact, check in checks.items() if fact.startswith("config."))


def test_a_table_s_cell_holds_whatever_was_measured(member: Client, environment: Environment) -> None:
    before = _run(environment, 60, "healthy")
    after = _run(environment, 30, "proxy_auth_required", config={"config.proxy.url": "http://x|y <b>`\n| a | b |"})
    told = member.get(reverse("compare_pair", args=[after.pk, before.pk])).context["markdown"]
    lines = [line for line in told.splitlines() if "x\\|y" in line]
    assert len(lines) == 1
    assert "<b>" not in lines[0].replace("\\<b\\>", "")


@pytest.mark.parametrize(
    ("causes", "says"),
    [
        (("healthy", "healthy"), "Both work, so there is nothing to explain."),
        (("proxy_auth_required", "proxy_auth_required"), "Both fail by the same cause"),
    ],
)
def test_it_is_said_where_no_difference_explains_anything(
    member: Client, environment: Environment, causes: tuple[str, str], says: str
) -> None:
    one, two = (_run(environment, age, cause) for age, cause in zip((60, 30), causes, strict=True))
    assert says in _text(member, reverse("compare_pair", args=[one.pk, two.pk]))


def test_of_two_that_fail_differently_it_is_said_which_one_is_meant(member: Client, environment: Environment) -> None:
    one, two, well = (
        _run(environment, age, cause)
        for age, cause in ((60, "proxy_auth_required"), (30, "key_rejected"), (90, "healthy"))
    )
    said = "Both fail, by different causes; this speaks of the second run."
    assert said in _text(member, reverse("compare_pair", args=[one.pk, two.pk]))
    assert said not in _text(member, reverse("compare_pair", args=[one.pk, well.pk]))


def test_two_people_s_machines_are_told_apart(member: Client, team: Team, owner: User, colleague: User) -> None:
    shared = factories.make_environment(team, name="Laptops")
    mine = _run(shared, 60, "healthy", connect={"proxy.connect.status": 200})
    theirs = _run(shared, 30, "proxy_auth_required")
    Run.objects.filter(pk=mine.pk).update(vantage_kind="probe", vantage_name="ada-laptop", requested_by=owner)
    Run.objects.filter(pk=theirs.pk).update(vantage_kind="probe", vantage_name="bob-laptop", requested_by=colleague)
    page = _text(member, reverse("compare_pair", args=[mine.pk, theirs.pk]))
    assert 'data-label="ada-laptop"' in page
    assert 'data-label="bob-laptop"' in page
    assert f"by {colleague}" in page


def test_two_environments_are_chosen_from_lists(member: Client, team: Team, bad: Run, stranger: User) -> None:
    address = reverse("compare_environments")
    staging = factories.make_finished_run(factories.make_environment(team, name="Staging"))
    empty = factories.make_environment(team, name="Never run")
    page = _text(member, f"{address}?one={staging.environment_id}")
    assert f'value="{staging.environment_id}" selected' in page
    pair = {"one": str(staging.environment_id), "two": str(bad.environment_id)}
    assert member.get(address, pair)["Location"] == reverse("compare_pair", args=[staging.pk, bad.pk])
    for two, says in (
        (staging.environment_id, "Choose two different"),
        (empty.pk, "Never run has no finished run yet"),
        ("x", "from the lists"),
    ):
        answer = member.get(address, {"one": str(staging.environment_id), "two": str(two)})
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert f'value="{staging.environment_id}" selected' in answer.content.decode()
    foreign = factories.make_environment(stranger.memberships.get().team)
    assert member.get(address, {"one": str(foreign.pk), "two": str(bad.environment_id)}).status_code == 404


def test_with_one_environment_there_is_nothing_to_choose(member: Client, environment: Environment) -> None:
    assert "It takes two" in _text(member, reverse("compare_environments"))


def test_the_earlier_run_stands_on_the_left_whichever_is_named_first(member: Client, bad: Run, good: Run) -> None:
    for pair in ([bad.pk, good.pk], [good.pk, bad.pk]):
        page = _text(member, reverse("compare_pair", args=pair))
        row = page.partition('data-label="Before"')[2]
        assert row.index("200") < row.index("407")
        assert "The verdict rests on these" in page


def test_a_changed_setting_is_told_and_counted(member: Client, environment: Environment) -> None:
    before = _run(environment, 60, "healthy")
    after = _run(environment, 30, "proxy_auth_required", config={"config.proxy.url": "http://new.corp.example:8080"})
    page = _text(member, reverse("compare_pair", args=[after.pk, before.pk]))
    assert "This setting could explain it" in page
    assert "It belongs to the layer that fails." in page
    assert "http://new.corp.example:8080" in page


def test_the_same_key_is_proven_and_never_shown(member: Client, environment: Environment) -> None:
    key = {"config.key.fingerprint": "ab12cd34ef56ab78"}
    one, two = (_run(environment, age, "proxy_auth_required", config=key) for age in (60, 30))
    page = _text(member, reverse("compare_pair", args=[one.pk, two.pk]))
    assert "Both use the same key, as its fingerprint proves." in page
    assert "ab12cd34ef56ab78" not in page


def test_read_only_people_see_no_fingerprint(client: Client, reader: User, environment: Environment) -> None:
    one = _run(environment, 60, "healthy", config={"config.key.fingerprint": "ab12cd34ef56ab78"})
    two = _run(environment, 30, "proxy_auth_required", config={"config.key.fingerprint": "ffff000011112222"})
    client.force_login(reader)
    page = _text(client, reverse("compare_pair", args=[one.pk, two.pk]))
    assert "ab12cd34ef56ab78" not in page
    assert "ffff000011112222" not in page


def test_one_may_choose_another_run(member: Client, bad: Run, good: Run, team: Team) -> None:
    staging = factories.make_finished_run(factories.make_environment(team, name="Staging"))
    page = _text(member, reverse("compare", args=[bad.pk]) + "?choose")
    assert reverse("compare_pair", args=[bad.pk, good.pk]) in page
    assert reverse("compare_pair", args=[bad.pk, staging.pk]) in page
    assert reverse("compare_pair", args=[bad.pk, bad.pk]) not in page


def test_with_nothing_to_compare_the_page_says_what_to_do(member: Client, environment: Environment) -> None:
    lone = factories.make_finished_run(environment)
    assert "There is no other finished run" in _text(member, reverse("compare", args=[lone.pk]))


def test_an_unfinished_run_leads_to_its_own_page(member: Client, environment: Environment, good: Run) -> None:
    going = factories.make_run(environment, status=Run.Status.QUEUED)
    assert member.get(reverse("compare", args=[going.pk]))["Location"] == reverse("run", args=[going.pk])
    assert member.get(reverse("compare_pair", args=[good.pk, going.pk]))["Location"] == reverse("run", args=[going.pk])


def test_strangers_find_nothing_whichever_of_the_two_is_not_theirs(
    client: Client, stranger: User, bad: Run, good: Run
) -> None:
    client.force_login(stranger)
    own = factories.make_finished_run(factories.make_environment(stranger.memberships.get().team))
    for pair in ([bad.pk, good.pk], [own.pk, bad.pk], [bad.pk, own.pk]):
        assert client.get(reverse("compare_pair", args=pair)).status_code == 404
    assert client.get(reverse("compare", args=[bad.pk])).status_code == 404
    client.logout()
    assert client.get(reverse("compare_pair", args=[bad.pk, good.pk])).status_code == 302


def test_a_known_page_is_not_sent_again(member: Client, bad: Run, good: Run) -> None:
    address = reverse("compare_pair", args=[bad.pk, good.pk])
    tag = member.get(address)["ETag"]
    assert member.get(address, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("size", [1, 25])
def test_it_takes_as_few_queries_at_any_size(
    member: Client, team: Team, bad: Run, good: Run, size: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(size):
        factories.make_finished_run(factories.make_environment(team, name=f"more {number}"))
        factories.make_finished_run(bad.environment)
    for address in (
        reverse("compare", args=[bad.pk]) + "?choose",
        reverse("compare_pair", args=[bad.pk, good.pk]),
        reverse("run", args=[bad.pk]),
    ):
        with django_assert_max_num_queries(8):
            assert member.get(address).status_code == 200
