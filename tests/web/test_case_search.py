"""Finding cases: words as people type them, the same on both databases, and only the team's own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from diagnostics import selectors
from diagnostics.models import Case, CaseWords, Environment, Team, User
from diagnostics.models.case_words import words_of
from diagnostics.services import case_words, case_work, cases, environments
from tests import factories

Find = Callable[..., list[int]]


@pytest.fixture
def find(owner: User, team: Team) -> Find:
    """Numbers of the cases that a query finds, the newest first."""

    def search(typed: str, **wanted: object) -> list[int]:
        narrowed = selectors.CaseFilter(**wanted)  # type: ignore[arg-type]
        return [one.number for one in selectors.search_cases(owner, team, typed, narrowed).rows]

    return search


@pytest.fixture
def three(owner: User, team: Team, environment: Environment) -> list[Case]:
    """A closed case with a note, one in another environment, one without any."""

    def opened(title: str, cause: str, place: Environment | None = None, note: str = "") -> Case:
        return case_work.open_by_hand(owner, team, title=title, cause=cause, environment=place, note=note)

    first = opened("Zürich cannot reach the API", "tls_intercepted", environment, "Asked *IT* about proxy.corp.example")
    cases.close(owner, first, "Imported the Root CA of 2026", "A middlebox that re-signs")
    other = opened("Builds stop at 12e4 tokens", "rate_limited", factories.make_environment(team, name="Runner Öst"))
    return [first, other, opened("Nobody knows", "unknown")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zurich", [1]),
        ("ZÜRICH reach", [1]),
        ("reach zür", [1]),  # the beginning of the last word
        ("reac zürich", []),  # and of no other
        ("proxy.corp", [1]),  # a name, in its order
        ("corp.proxy", []),
        ('"cannot reach"', [1]),
        ('"reach cannot"', []),
        ('"cannot rea"', []),  # quoted words are whole
        ("middlebox", [1]),
        ("Root 2026", [1]),
        ("12e4", [2]),
        ("12", [2]),
        ("rate_limited", [2]),
        ("öst", [2]),
        ("olga", [1]),
        ("tls", [1]),
        ("nobody", [3]),
        ("! & | : * ( ) ' -- \\", []),
        ("'); DROP TABLE x; --", []),
        ("nobody AND OR NOT NEAR(", []),
        ("", []),
    ],
)
def test_words_are_found_as_they_are_typed(find: Find, three: list[Case], typed: str, found: list[int]) -> None:
    assert find(typed) == found


def test_newest_first_page_by_page(owner: User, team: Team) -> None:
    for number in range(120):
        case_work.open_by_hand(owner, team, title=f"The same trouble {number}", cause="unknown")
    seen: list[int] = []
    before = None
    for _ in range(3):
        page = selectors.search_cases(owner, team, "trouble", selectors.CaseFilter(), before)
        seen += [one.number for one in page.rows]
        before = page.next
    assert seen == list(range(120, 0, -1))
    assert before is None


def test_filters_narrow_what_the_words_find(find: Find, three: list[Case], environment: Environment) -> None:
    assert find("a", state="closed") == [1]
    assert find("n", state="open") == [3, 2]
    assert find("n", environment=environment) == [1]
    assert find("n", cause="unknown") == [3]


def test_the_words_follow_the_case(owner: User, team: Team, find: Find, three: list[Case]) -> None:
    third = three[2]
    note = cases.add_note(owner, third, "saw a walrus")
    assert find("walrus") == [3]
    case_work.edit_note(owner, note, "saw a narwhal")
    assert (find("walrus"), find("narwhal")) == ([], [3])
    case_work.delete_note(owner, note)
    assert find("narwhal") == []
    case_work.retitle(owner, third, "Somebody knows")
    assert (find('"nobody knows"'), find('"somebody knows"')) == ([], [3])
    case_work.change_cause(owner, third, "clock_skew", "The clock was wrong.")
    assert find("clock_skew") == [3]
    place = three[1].environment
    assert place is not None
    environments.edit(owner, place, name="Runner West")
    assert (find("öst"), find("west")) == ([], [2])
    third.delete()
    assert find('"somebody knows"') == []
    assert CaseWords.objects.count() == 2


def test_a_refused_write_leaves_the_words_alone(owner: User, find: Find, three: list[Case]) -> None:
    with pytest.raises(Exception, match="too long"):
        cases.add_note(owner, three[2], "walrus " * 2_000)
    assert find("walrus") == []


def test_another_team_s_cases_are_never_found(stranger: User, find: Find, three: list[Case]) -> None:
    elsewhere = selectors.memberships(stranger)[0].team
    case_work.open_by_hand(stranger, elsewhere, title="Nobody knows there", cause="unknown")
    assert find("nobody") == [3]
    assert find(f"team{elsewhere.pk.hex}") == []
    theirs = selectors.search_cases(stranger, elsewhere, "nobody", selectors.CaseFilter()).rows
    assert [one.title for one in theirs] == ["Nobody knows there"]


def test_the_page_marks_the_words_and_says_where_they_stand(member: Client, three: list[Case]) -> None:
    page = member.get(reverse("cases"), {"q": "proxy.corp"}).content.decode()
    assert "about <mark>proxy</mark>.<mark>corp</mark>.example" in page
    page = member.get(reverse("cases"), {"q": "root"}).content.decode()
    assert "Imported the <mark>Root</mark> CA of 2026" in page


def test_a_number_goes_straight_there(member: Client, three: list[Case]) -> None:
    answer = member.get(reverse("cases"), {"q": "#2"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("case", args=[three[1].pk]))
    typing = member.get(reverse("cases"), {"q": "#2"}, headers={"hx-request": "true"})
    assert [one.number for one in typing.context["page"].rows] == [2]
    assert "This team has no case 77." in member.get(reverse("cases"), {"q": "#77"}).content.decode()


def test_a_key_is_neither_looked_for_nor_repeated(member: Client, three: list[Case]) -> None:
    answer = member.get(reverse("cases"), {"q": factories.KEY})
    assert (answer.status_code, answer["Cache-Control"]) == (303, "no-store")
    assert factories.KEY not in answer["Location"]
    assert "looked like a key" in member.get(answer["Location"]).content.decode()


def test_what_no_case_holds_is_told_with_what_may_help(member: Client, three: list[Case]) -> None:
    page = member.get(reverse("cases"), {"q": "qwertzu", "state": "open"}).content.decode()
    assert "No case holds all of these words and fits these filters" in page


def test_what_cases_are_found_by_is_made_anew_where_it_differs(
    find: Find, owner: User, team: Team, three: list[Case], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(case_words, "_BATCH", 2)
    written = case_work.open_by_hand(owner, team, title="名前を解決できない", cause="unknown", note="proxy.corp")
    right = CaseWords.objects.get(case=written).words
    CaseWords.objects.filter(case=written).update(words=right.replace(" ", ""))  # as one word
    assert find("解決") == []
    call_command("renew_case_words")
    assert capsys.readouterr().out == "1 case made anew.\n"
    assert find("解決") == find("proxy.corp 名前") == [written.number]
    assert CaseWords.objects.get(case=written).words == right
    assert case_words.renew_all() == 0


def test_a_migration_does_the_same_whatever_becomes_of_the_living_code(
    owner: User, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_work.open_by_hand(owner, team, title="名前 10", cause="dns_failure", note="proxy.corp")
    CaseWords.objects.update(words="other")
    for module, name in ((case_words, "compose"), (case_words, "title_of"), (case_words, "words_of")):
        monkeypatch.setattr(module, name, None)
    import_module("diagnostics.migrations.0014_case_words").renew(apps, None)
    cut = "名 前 n10 dns failure the name of the api does not resolve here proxy corp"
    assert CaseWords.objects.get().words == f"team{team.pk.hex} {cut}"


def test_words_are_cut_alike_for_both_databases() -> None:
    assert words_of("Tls_Chain: ÉCOLE 1e10abc straße, x" + "y" * 100) == [
        "tls", "chain", "ecole", "n1e10abc", "strasse", "x" + "y" * 59,
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["证书错误", "错误", "エラー", "に接続", "に接", "รับรอง", "本のプロキシ"])
def test_a_part_of_a_sentence_without_spaces_is_found(find: Find, owner: User, team: Team, typed: str) -> None:
    case_work.open_by_hand(owner, team, title="证书错误 日本のプロキシに接続エラー ใบรับรอง", cause="unknown")
    case_work.open_by_hand(owner, team, title="误错 ラエー 続接", cause="clock_skew")
    assert find(typed) == [1]


def test_what_was_found_in_the_middle_of_a_sentence_is_marked(client: Client, owner: User, team: Team) -> None:
    case_work.open_by_hand(owner, team, title="证书错误", cause="unknown")
    client.force_login(owner)
    assert "证书<mark>错误</mark>" in client.get(reverse("cases"), {"q": "错误"}).content.decode()
