"""Cases on their pages: the list by its address, the timeline, notes, closing, opening again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Case, Environment, Team, User
from diagnostics.services import case_work, cases
from tests import factories


@pytest.fixture
def case(environment: Environment) -> Case:
    run = factories.make_finished_run(environment)
    cases.record(run)
    return Case.objects.get()


def _post(client: Client, name: str, case: Case, **data: str) -> Any:
    return client.post(reverse(name, args=[case.pk]), data, follow=True)


def test_a_note_stands_in_the_timeline_without_its_secrets(member: Client, case: Case) -> None:
    page = _post(member, "case_note", case, text=f"Tried with {factories.KEY}").content.decode()
    assert "Tried with" in page
    assert factories.KEY not in page
    assert "carlos@example.com" in page


@pytest.mark.parametrize(
    ("name", "field", "says"),
    [
        ("case_note", "text", "Write what you saw or tried."),
        ("case_close", "what_fixed", "Say in a sentence what fixed it"),
    ],
)
@pytest.mark.parametrize("words", ["", "   ", "x" * 10_001])
def test_nothing_and_too_much_is_refused(
    member: Client, case: Case, name: str, field: str, says: str, words: str
) -> None:
    response = _post(member, name, case, **{field: words})
    assert response.status_code == 422
    assert (says if len(words) < 10 else "Write at most 10000 characters.") in response.content.decode()


def test_the_end_of_a_line_counts_once_as_in_the_browser(member: Client, case: Case) -> None:
    _post(member, "case_note", case, text="line\r\n" * 2_000)
    assert case.events.get(kind="note").text == ("line\n" * 2_000).strip()


def test_closing_keeps_what_fixed_it_for_the_next_one(member: Client, case: Case, team: Team) -> None:
    page = _post(member, "case_close", case, what_fixed="A password in HTTPS_PROXY.").content.decode()
    assert "What fixed it" in page
    assert "A password in HTTPS_PROXY." in page
    other = factories.make_finished_run(factories.make_environment(team))
    cases.record(other)
    report = member.get(reverse("run", args=[other.pk])).content.decode()
    assert "A password in HTTPS_PROXY." in report
    similar = member.get(reverse("case", args=[Case.objects.get(runs=other).pk])).content.decode()
    assert "A password in HTTPS_PROXY." in similar


def test_who_closes_second_loses_no_word_and_sees_what_stands(member: Client, case: Case) -> None:
    _post(member, "case_close", case, what_fixed="A password.")
    answer = _post(member, "case_close", case, what_it_was="Since Monday", what_fixed="Another, with care.")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "has closed this case already" in page
    assert all(words in page for words in ("A password.", "Since Monday", "Another, with care."))
    case.refresh_from_db()
    assert case.what_fixed == "A password."


def test_the_resolution_is_corrected_without_opening_it_again(member: Client, colleague: User, case: Case) -> None:
    _post(member, "case_close", case, what_fixed="A pasword.", what_it_was="The proxy")
    Case.objects.update(took=77)
    address = reverse("case_resolution", args=[case.pk])
    assert "A pasword." in member.get(address).content.decode()
    assert member.post(address, {"what_fixed": " ", "what_it_was": "The proxy"}).status_code == 422
    page = member.post(address, {"what_fixed": "A password.", "what_it_was": "The proxy"}, follow=True)
    told = [event.text for event in case.events.filter(kind="fix").order_by("at", "id")]
    assert told == [f"What it was: The proxy\nWhat fixed it: A {word}." for word in ("pasword", "password")]
    case.refresh_from_db()
    assert (case.state, case.took, case.what_fixed) == ("closed", 77, "A password.")
    assert "Open it again" in page.content.decode()
    found = member.get(reverse("cases"), {"q": "password"}).context["page"].rows
    assert case in found
    cases.reopen(colleague, case)
    assert member.get(address).status_code == 302
    late = member.post(address, {"what_fixed": "Typed with care", "what_it_was": ""})
    assert late.status_code == 422
    assert "was opened again" in late.content.decode()
    assert "Typed with care" in late.content.decode()


def test_opening_again(member: Client, case: Case) -> None:
    _post(member, "case_close", case, what_fixed="A password.")
    page = _post(member, "case_reopen", case).content.decode()
    assert "Opened again." in page
    assert "Close the case" in page


def test_opening_again_beside_an_open_one_is_told(member: Client, case: Case, environment: Environment) -> None:
    _post(member, "case_close", case, what_fixed="A password.")
    cases.record(factories.make_finished_run(environment))
    assert "go on there" in _post(member, "case_reopen", case).content.decode()


def test_a_reader_sees_no_buttons(client: Client, reader: User, case: Case) -> None:
    client.force_login(reader)
    page = client.get(reverse("case", args=[case.pk])).content.decode()
    assert "Close the case" not in page
    assert "Add the note" not in page


def test_the_list_by_its_address(member: Client, case: Case, team: Team, colleague: User) -> None:
    other = factories.make_environment(team, name="Build server")
    run = factories.make_finished_run(other, factories.make_report("region_unsupported"))
    cases.record(run)
    second = Case.objects.get(runs=run)
    cases.close(colleague, second, "Another way out.")

    def numbers(query: str) -> list[int]:
        return [one.number for one in member.get(f"/cases/?{query}").context["page"].rows]

    assert sorted(numbers("")) == [1, 2]
    assert numbers("state=open") == [case.number]
    assert numbers("state=closed") == [second.number]
    assert numbers("cause=region_unsupported") == [second.number]
    assert numbers(f"environment={other.pk}") == [second.number]
    assert sorted(numbers("state=nonsense&cause=nonsense&environment=nonsense&before=nonsense")) == [1, 2]


def test_a_green_case_asks_to_be_closed(member: Client, case: Case, environment: Environment) -> None:
    later = factories.make_finished_run(
        environment, factories.make_report("healthy"), queued_at=timezone.now() + timedelta(1)
    )
    cases.record(later)
    assert "Green, to close" in member.get("/cases/").content.decode()


def test_no_case_is_closed_as_green_over_a_run_that_has_failed_meanwhile(
    member: Client, case: Case, environment: Environment
) -> None:
    page = reverse("case", args=[case.pk])
    told = 'name="told" value="green"'
    assert told not in member.get(page).content.decode()
    later = timezone.now() + timedelta(1)
    cases.record(factories.make_finished_run(environment, factories.make_report("healthy"), queued_at=later))
    assert told in member.get(page).content.decode()
    cases.record(factories.make_finished_run(environment, queued_at=later + timedelta(1)))
    refused = _post(member, "case_close", case, what_fixed="A password.", told="green")
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert "A run has failed since this page was opened." in shown
    assert "A password." in shown
    assert told not in shown
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert "is closed" in _post(member, "case_close", case, what_fixed="A password.").content.decode()


def test_the_empty_list_shows_the_next_step(member: Client) -> None:
    page = member.get("/cases/").content.decode()
    assert "No cases" in page
    assert reverse("practice") in page


def test_the_first_page_leads_to_the_open_cases_that_it_does_not_show(member: Client, team: Team, owner: User) -> None:
    more = f'href="{reverse("cases")}?state=open">All open cases'
    for number in range(7):
        assert more not in member.get(reverse("home")).content.decode()
        case_work.open_by_hand(owner, team, title=f"Trouble {number}", cause="unknown")
    assert more in member.get(reverse("home")).content.decode()


def test_what_is_no_cause_and_no_status_narrows_no_list_of_runs(member: Client, case: Case) -> None:
    page = member.get(reverse("runs"), {"cause": "nonsense", "status": "nonsense"})
    assert len(page.context["page"].rows) == 1
