"""Cases that are alike, why, and how long cases take."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accuracy import told
from diagnostics import likeness, selectors
from diagnostics.examples_schema import examples
from diagnostics.lab.practice import PRACTICES
from diagnostics.models import Case, Environment, Run, Team, User
from diagnostics.selectors.case_times import ENOUGH_FOR_MEDIAN, ENOUGH_FOR_TAIL
from diagnostics.services import case_work, cases, judging
from diagnostics.services.case_words import title_of
from diagnostics.views import case_reading
from tests import factories


def report(**facts: Any) -> dict[str, Any]:
    body = factories.make_report("tls_intercepted")
    body["attempts"][1]["facts"] = {"tls.chain.issuer": "Corp Root CA", **facts}
    body["findings"][0] |= {"code": "tls.private_authority", "facts": ["tls.chain.issuer"]}
    body["verdict"]["ranked"][0]["because"] = ["tls.private_authority"]
    return body


def closed(user: User, team: Team, body: dict[str, Any], fixed: str) -> Case:
    run = factories.make_finished_run(factories.make_environment(team), body)
    cases.record(run)
    assert run.case is not None
    cases.close(user, run.case, fixed)
    return run.case


def test_traits_are_what_decided_and_never_what_describes_a_key() -> None:
    found = likeness.traits(report(**{"answer.request_id": "r1", "tls.handshake.seconds": 0.2}))
    assert found["tls.chain.issuer"] == "Corp Root CA"
    assert found["config.proxy.url"] == "proxy.corp.example:3128"
    assert not [name for name in found if name.startswith("config.key") or name.endswith(("seconds", "request_id"))]
    assert likeness.telling(found) == "tls.chain.issuer=Corp Root CA"
    assert len(found) <= likeness.MOST + 2


def test_traits_of_what_no_evidence_decides_are_its_problems() -> None:
    body = factories.make_report("unknown")
    body["verdict"] |= {"layer": None, "side": None}
    body["verdict"]["ranked"] = [{"cause": "unknown", "confidence": 0.6, "because": [], "against": []}]
    body["attempts"].append({"probe": "tcp.v4", "status": "failed", "reason": "connect_reset", "facts": {}})
    found = likeness.traits(body)
    assert (found["proxy.connect.status"], found[likeness.FAILURE]) == (407, "connect_reset")


def test_the_most_alike_comes_first_with_its_reasons(owner: User, team: Team) -> None:
    closed(owner, team, report(**{"tls.chain.issuer": "Another CA"}), "Imported another one")
    best = closed(owner, team, report(), "Imported the root")
    closed(owner, team, factories.make_report("key_rejected"), "A new key")
    found = selectors.alike(owner, team, "tls_intercepted", likeness.traits(report()))
    assert [one.case.what_fixed for one in found[:2]] == ["Imported the root", "Imported another one"]
    assert found[0].case == best
    assert found[0].same[0] == "tls.chain.issuer"
    assert "tls.chain.issuer" not in found[1].same


def _answered(cause: str, layer: str, status: int) -> dict[str, Any]:
    """What a proxied office gets to hear from the API itself: the same proxy, certificate, country and dead direct way each time."""
    body = factories.make_report(cause)
    body["verdict"]["layer"] = layer
    seen = {"tls.chain.issuer": "Google Trust Services WE1", "tls.public.trusted": True, "edge.trace.country": "DE"}
    body["attempts"][1]["facts"] = {**seen, "answer.status": status}
    body["attempts"].append({"probe": "tcp.v4", "status": "failed", "reason": "connect_refused", "facts": {}})
    body["findings"][0]["facts"] = ["answer.status"]
    return body


def test_a_case_finds_the_like_in_whatever_order_the_database_keeps_traits(owner: User, team: Team) -> None:
    """PostgreSQL keeps the shortest name first, which is not what its report names first."""
    body = _answered("rate_limited", "quota", 429)
    body["attempts"][1]["facts"]["answer.error.message.word"] = "tokens"
    body["findings"][0]["facts"] = ["answer.error.message.word", "answer.status"]
    known = closed(owner, team, body, "Another tier")
    body["verdict"]["cause"] = body["verdict"]["ranked"][0]["cause"] = "unknown"
    run = factories.make_finished_run(factories.make_environment(team), body)
    cases.record(run)
    case = Case.objects.get(runs=run)
    Case.objects.filter(pk=case.pk).update(traits=dict(sorted(case.traits.items(), key=lambda one: (len(one[0]), one))))
    case.refresh_from_db()
    assert case.telling == known.telling == "answer.error.message.word=tokens"
    assert likeness.telling(case.traits) == "answer.status=429"
    assert [one.case for one in case_reading.of_case(owner, case)] == [known]


def test_what_is_the_same_for_a_whole_office_makes_nothing_alike(owner: User, team: Team) -> None:
    closed(owner, team, _answered("key_rejected", "auth", 401), "A new key")
    limited = _answered("rate_limited", "quota", 429)
    assert likeness.telling(likeness.traits(limited)) == "answer.status=429"
    assert selectors.alike(owner, team, "rate_limited", likeness.traits(limited)) == []
    closed(owner, team, limited, "Another tier")
    [found] = selectors.alike(owner, team, "rate_limited", likeness.traits(limited))
    assert likeness.telling_ones(found.same) == ("answer.status",)


def test_what_a_fact_tells_already_is_no_second_reason(owner: User, team: Team) -> None:
    body = report(**{"tls.handshake.failure": "tls_unknown_authority"})
    body["attempts"][1] |= {"status": "failed", "reason": "tls_unknown_authority"}
    body["findings"][0]["facts"].append("tls.handshake.failure")
    closed(owner, team, body, "The company's root")
    run = factories.make_finished_run(factories.make_environment(team), body)
    [found] = case_reading.of_run(owner, run, body)
    assert [reason.value for reason in found.reasons].count("unknown authority") == 1


def test_another_cause_is_alike_where_the_same_stands_in_the_way(owner: User, team: Team) -> None:
    closed(owner, team, report(), "Imported the root")
    unknown = selectors.alike(owner, team, "unknown", {"tls.chain.issuer": "Corp Root CA"})
    assert [(one.case.what_fixed, one.same_cause) for one in unknown] == [("Imported the root", False)]
    assert selectors.alike(owner, team, "unknown", {"config.client.name": "claude-code"}) == []


def test_an_old_case_is_found_by_what_tells_most_behind_many_of_its_cause(owner: User, team: Team) -> None:
    closed(owner, team, report(), "Imported the root")
    place = factories.make_environment(team)
    now = timezone.now()
    Case.objects.bulk_create(
        Case(
            team=team, number=1000 + number, environment=place, cause="tls_intercepted", title="x", state="closed",
            opened_at=now, changed_at=now, closed_at=now + timedelta(days=1), what_fixed="something", took=60,
            traits={"tls.chain.issuer": f"CA {number}"}, telling=f"tls.chain.issuer=CA {number}",
        )
        for number in range(200)
    )  # fmt: skip
    found = selectors.alike(owner, team, "tls_intercepted", likeness.traits(report()))
    assert found[0].case.what_fixed == "Imported the root"


def test_practice_and_real_trouble_are_not_mixed(owner: User, team: Team) -> None:
    practice = factories.make_environment(team, practice="region", name="Practice")
    run = factories.make_finished_run(practice, report())
    cases.record(run)
    assert run.case is not None
    cases.close(owner, run.case, "Practised")
    assert selectors.alike(owner, team, "tls_intercepted", likeness.traits(report())) == []
    assert selectors.similar_cases(owner, team, "tls_intercepted") == []
    found = selectors.alike(owner, team, "tls_intercepted", likeness.traits(report()), practice=True)
    assert [one.case.what_fixed for one in found] == ["Practised"]


def test_a_failing_run_and_its_case_and_wizard_show_what_was_seen_before(
    member: Client, owner: User, team: Team
) -> None:
    closed(owner, team, factories.make_report(), "A user for the proxy")
    run = factories.make_finished_run(factories.make_environment(team), factories.make_report())
    cases.record(run)
    assert run.case is not None
    first = member.get(reverse("wizard", args=[run.pk])).headers["Location"]
    for address in (reverse("run", args=[run.pk]), reverse("case", args=[run.case.pk]), first):
        page = member.get(address).content.decode()
        assert "A user for the proxy" in page, address
        assert "<li>the cause</li>" in page
        assert "<strong>proxy.corp.example:3128</strong></li>" in page


def test_another_team_s_cases_are_no_similar_ones(owner: User, team: Team, stranger: User) -> None:
    closed(owner, team, report(), "Imported the root")
    elsewhere = selectors.memberships(stranger)[0].team
    assert selectors.alike(stranger, elsewhere, "tls_intercepted", likeness.traits(report())) == []


# -- how long cases take --------------------------------------------------------------------------


def took(team: Team, place: Environment, seconds: list[int], cause: str = "dns_failure", days: int = 0) -> None:
    now = timezone.now() - timedelta(days=days)
    first = Case.objects.filter(team=team).count() + 1
    Case.objects.bulk_create(
        Case(
            team=team, number=first + number, environment=place, cause=cause, title="x", state="closed",
            opened_at=now - timedelta(seconds=value), changed_at=now, closed_at=now, what_fixed="y", took=value,
        )
        for number, value in enumerate(seconds)
    )  # fmt: skip
    Team.objects.filter(pk=team.pk).update(cases_opened=first + len(seconds))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 10, 11, 19, 20, 101])
def test_percentiles_are_nearest_ranks_and_few_cases_have_none(
    owner: User, team: Team, environment: Environment, count: int
) -> None:
    took(team, environment, [60 * value for value in range(count, 0, -1)])
    told_times = selectors.times(owner, team)
    (found,) = told_times.by_cause
    assert told_times.whole == replace(found, key=None)
    assert told_times.by_environment == [replace(found, key=environment.pk)]
    assert (found.count, found.fastest, found.slowest) == (count, 60, 60 * count)
    assert found.median == (60 * -(-count // 2) if count >= ENOUGH_FOR_MEDIAN else None)
    assert found.p90 == (60 * -(-count * 9 // 10) if count >= ENOUGH_FOR_TAIL else None)


def test_a_figure_s_list_holds_the_cases_that_it_counts(member: Client, owner: User, team: Team) -> None:
    here = factories.make_environment(team, name="Here")
    range_ = factories.make_environment(team, name="Practice", practice="corporate_proxy")
    took(team, here, [60] * 5)
    took(team, here, [90] * 2, days=60)
    took(team, range_, [7] * 4)
    nowhere = case_work.open_by_hand(owner, team, title="by hand", cause="dns_failure")
    cases.close(owner, nowhere, "a cable")
    for days, count in (("", 8), ("90", 8), ("30", 6)):
        page = member.get(reverse("case_times"), {"days": days}).content.decode()
        shown = _linked(member, page, title_of("dns_failure"))
        assert len(shown) == count, days
        assert range_ not in {one.environment for one in shown}
        assert len(_linked(member, page, "Here")) == count - 1
    listed = member.get(reverse("cases"), {"environment": "own", "age": "closed90"})
    assert '<option value="own" selected>All but the practice range' in listed.content.decode()
    assert len(member.get(reverse("cases"), {"state": "closed"}).context["page"].rows) == 12


def test_times_by_cause_and_environment_in_a_span(member: Client, owner: User, team: Team) -> None:
    here, there = factories.make_environment(team, name="Here"), factories.make_environment(team, name="There")
    took(team, here, [60] * 12)
    took(team, there, [3600] * 3, "key_rejected", days=60)
    took(team, there, [7], "clock_skew", days=400)
    case_work.open_by_hand(owner, team, title="open still", cause="unknown")
    page = member.get(reverse("case_times")).content.decode()
    assert "16 closed cases" in page
    assert re.search("Too few to say: from <[^>]+>1 h</span> to <[^>]+>1 h", page)
    assert re.search("It took <[^>]+>7", page)
    assert [one.took for one in _linked(member, page, title_of("key_rejected"))] == [3600] * 3
    assert {one.environment for one in _linked(member, page, "Here")} == {here}
    page = member.get(reverse("case_times"), {"days": "30"}).content.decode()
    assert "12 closed cases in the last 30 days" in page
    assert ">There</a></th>" not in page
    assert "15 closed cases" in member.get(reverse("case_times"), {"days": "90"}).content.decode()
    Environment.objects.filter(pk=here.pk).delete()  # the figures of a moment ago are kept for minutes
    page = member.get(reverse("case_times"), {"days": "90"}).content.decode()
    assert (">Here</a>" in page, ">None of them</a>" in page) == (False, False)
    member.force_login(factories.make_member(factories.make_team()))
    assert "No closed cases" in member.get(reverse("case_times")).content.decode()


def _linked(member: Client, page: str, name: str) -> list[Case]:
    """The cases that a row of the figures leads to."""
    [address] = re.findall(rf'<a href="([^"]+)">{name}</a></th>', page)
    return list(member.get(html.unescape(address)).context["page"].rows)


# -- what leaves for `accuracy` --------------------------------------------------------------------


def test_judged_runs_are_labelled_facts_that_accuracy_reads(
    owner: User, environment: Environment, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    body = json.loads(json.dumps(factories.make_report()))
    run = factories.make_finished_run(environment, body)
    cases.record(run)
    judging.contradict(owner, run, "proxy_blocked", "The proxy refuses that host.")
    hidden = factories.make_finished_run(environment, body)
    judging.contradict(owner, hidden, "unknown", "Nobody knows.")
    call_command("judged_runs")
    file = tmp_path / "told.jsonl"
    file.write_text(capsys.readouterr().out)
    (line,) = told.read(file)
    assert (line.name, line.cause) == (str(run.pk), "proxy_blocked")
    assert line.verdict == "proxy_auth_required"
    assert not line.right
    file.write_text('{"cause": "x"}\n')
    with pytest.raises(ValueError, match="line 1"):
        list(told.read(file))


def test_each_practice_has_its_example_and_they_add_up() -> None:
    assert [one.practice for one in examples()] == list(PRACTICES)
    for one in examples():
        assert one.cause == PRACTICES[one.practice].cause
        moments = [event.at for event in one.event]
        assert moments == sorted(moments)
        assert moments[-1] == one.minutes
        assert one.event[-1].text == one.what_fixed
        assert {event.kind for event in one.event} >= {"run", "note", "wizard", "fix"}


def test_a_run_s_traits_are_kept_once(environment: Environment) -> None:
    cases.record(factories.make_finished_run(environment, report()))
    cases.record(factories.make_finished_run(environment, report(**{"tls.chain.issuer": "Another"})))
    assert Case.objects.get().traits["tls.chain.issuer"] == "Corp Root CA"
    assert Run.objects.count() == 2


def test_figures_of_many_cases_are_kept_until_one_changes(
    owner: User, team: Team, environment: Environment, django_assert_max_num_queries: Any
) -> None:
    took(team, environment, [60] * 12)
    kept = selectors.times(owner, team)
    with django_assert_max_num_queries(2):  # the membership, and when a case changed last
        assert selectors.times(owner, team) == kept
    opened = case_work.open_by_hand(owner, team, title="one more", cause="unknown", environment=environment)
    cases.close(owner, opened, "It went away.")
    told_times = selectors.times(owner, team)
    assert told_times.whole is not None
    assert told_times.whole.count == 13
    cases.reopen(owner, opened)
    assert selectors.times(owner, team) == kept
