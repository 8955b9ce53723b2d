"""Cases on their pages: the list by its address, the timeline, notes, closing, opening again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Case, Environment, Team, User
from diagnostics.services import cases
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


def test_closing_twice_is_told(member: Client, case: Case) -> None:
    _post(member, "case_close", case, what_fixed="A password.")
    assert "closed already" in _post(member, "case_close", case, what_fixed="Another.").content.decode()


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


def test_the_empty_list_shows_the_next_step(member: Client) -> None:
    page = member.get("/cases/").content.decode()
    assert "No cases" in page
    assert reverse("practice") in page
