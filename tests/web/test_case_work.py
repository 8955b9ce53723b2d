"""Working on a case: by hand, whose it is, whom it waits for, its cause, notes that can be taken back, and its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import Case, CaseEvent, Environment, Judgement, Membership, Role, Run, Team, User
from diagnostics.services import case_work, cases, environments, judging, teams, texts
from diagnostics.views import notes
from tests import factories


@pytest.fixture
def run(environment: Environment) -> Run:
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


@pytest.fixture
def case(run: Run) -> Case:
    assert run.case is not None
    return run.case


def told(case: Case) -> list[str]:
    return [event.text for event in selectors.recent_events(case).rows]


# -- by hand -----------------------------------------------------------------------------------


def test_a_case_by_hand_with_and_without_an_environment(member: Client, team: Team, environment: Environment) -> None:
    said = {"title": "Slow since Monday", "cause": "unknown", "environment": "", "note": "All of us."}
    page = member.post(reverse("case_new"), said, follow=True).content.decode()
    assert "Slow since Monday" in page
    assert "Opened by hand." in page
    assert "All of us." in page
    for _ in range(2):  # without an environment there may be several
        member.post(reverse("case_new"), said)
    said |= {"environment": str(environment.pk)}
    member.post(reverse("case_new"), said)
    again = member.post(reverse("case_new"), said)
    assert again.status_code == 422
    assert "Case 4 is open for the same cause here: go on there." in again.content.decode()
    assert Case.objects.count() == 4


def test_what_is_wrong_with_a_new_case_is_said_and_nothing_is_lost(member: Client, team: Team) -> None:
    answer = member.post(reverse("case_new"), {"title": " ", "cause": "healthy", "note": "Typed with care"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say in a few words what is wrong." in page
    assert "Choose a cause from the list" in page
    assert "Typed with care" in page
    assert not Case.objects.exists()


def test_a_run_joins_the_case_that_was_opened_by_hand_and_gives_it_its_traits(
    owner: User, team: Team, environment: Environment
) -> None:
    made = case_work.open_by_hand(owner, team, title="It", cause="proxy_auth_required", environment=environment)
    cases.record(factories.make_finished_run(environment))
    made.refresh_from_db()
    assert (made.said, made.traits["proxy.connect.status"]) == ("", 407)
    assert Case.objects.count() == 1


def test_a_case_begins_with_a_run_or_a_kept_text(member: Client, colleague: User, team: Team) -> None:
    green = factories.make_finished_run(factories.make_environment(team), factories.make_report("healthy"))
    page = member.get(reverse("case_new"), {"run": str(green.pk)}).content.decode()
    assert 'value="The client works"' in page
    said = {"title": "Green, and yet it fails", "cause": "unknown", "run": green.pk}
    member.post(reverse("case_new"), said)
    green.refresh_from_db()
    assert green.case is not None
    assert "belongs to case 1" in member.post(reverse("case_new"), said).content.decode()
    kept = texts.keep(colleague, team, "407 Proxy Authentication Required")
    member.post(reverse("case_new"), {"title": "The text", "cause": "unknown", "text": kept.pk})
    assert CaseEvent.objects.get(pasted=kept).case.title == "The text"


def test_a_case_begins_with_nothing_of_another_team(stranger: User, client: Client, run: Run) -> None:
    client.force_login(stranger)
    assert client.get(reverse("case_new"), {"run": str(run.pk)}).status_code == 404
    said = {"title": "Mine", "cause": "unknown", "environment": run.environment_id}
    assert client.post(reverse("case_new"), said).status_code == 404


# -- whose, and whom it waits for ---------------------------------------------------------------


def test_assigning_finds_members_who_may_work_and_nobody_else(
    owner: User, colleague: User, reader: User, stranger: User, case: Case
) -> None:
    case_work.assign(owner, case, colleague)
    case_work.assign(owner, case, colleague)
    assert told(case)[1:] == ["Assigned to carlos@example.com."]
    for other in (reader, stranger):
        with pytest.raises(InvalidInput, match="somebody of this team"):
            case_work.assign(owner, case, other)
    with pytest.raises(NotAllowed):
        case_work.assign(reader, case, owner)
    case_work.assign(owner, case, None)
    assert told(case)[-1] == "Assigned to nobody."


def test_who_leaves_leaves_no_case_behind(owner: User, colleague: User, case: Case) -> None:
    case_work.assign(owner, case, colleague)
    teams.remove_member(owner, Membership.objects.get(user=colleague))
    case.refresh_from_db()
    assert case.assignee is None
    assert told(case)[-1] == "carlos@example.com left the team: assigned to nobody."


def test_the_list_by_person_state_and_age(member: Client, colleague: User, owner: User, case: Case, team: Team) -> None:
    by_hand = case_work.open_by_hand(owner, team, title="By hand", cause="unknown")
    case_work.assign(owner, case, colleague)
    case_work.wait(owner, by_hand, "IT")
    Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(days=40))

    def found(query: str) -> list[int]:
        return [one.number for one in member.get(f"/cases/?{query}").context["page"].rows]

    assert found("assignee=me") == [1]
    assert found(f"assignee={owner.pk}") == []
    assert found("assignee=nobody") == found("assignee=nobody&state=open") == [2]
    assert found("assignee=nobody&state=closed") == []
    assert found("environment=none") == [2]
    assert found(f"opened_by={owner.pk}") == [2]
    assert found("opened_by=runs") == [1]
    assert found("state=waiting") == [2]
    assert found("age=7") == [2]
    assert found("age=older30") == [1]
    assert sorted(found("assignee=nonsense&opened_by=nonsense&age=nonsense&state=nonsense")) == [1, 2]


def test_a_link_to_an_archived_environment_s_cases_shows_those_alone(
    member: Client, owner: User, case: Case, environment: Environment, team: Team
) -> None:
    case_work.open_by_hand(owner, team, title="By hand", cause="unknown")
    environments.archive(owner, environment)
    shown = member.get(reverse("cases"), {"environment": str(environment.pk)})
    assert [one.number for one in shown.context["page"].rows] == [case.number]
    assert f'<option value="{environment.pk}" selected>' in shown.content.decode()


@pytest.mark.parametrize(
    "before",
    [
        "\u00b2",
        "9" * 400,
        "0001-01-01T00:00:00+14:00~00000000-0000-0000-0000-000000000000",
        "9999-12-31T23:59:59-14:00~00000000-0000-0000-0000-000000000000",
        "2026-01-01T00:00:00~00000000-0000-0000-0000-000000000000",
    ],
)
def test_an_address_that_somebody_edited_leads_to_the_first_page(member: Client, case: Case, before: str) -> None:
    for name, more in (("cases", {"q": "proxy"}), ("cases", {}), ("runs", {})):
        assert len(member.get(reverse(name), {"before": before, **more}).context["page"].rows) == 1


def test_a_link_behind_the_end_of_a_list_says_so(member: Client, case: Case) -> None:
    before = "2001-01-01T00:00:00+00:00~00000000-0000-0000-0000-000000000000"
    for name, wrong in (("cases", "No cases"), ("runs", "No runs yet")):
        page = member.get(reverse(name), {"before": before}).content.decode()
        assert "The list ends before this" in page
        assert wrong not in page


def test_a_case_with_a_run_is_in_the_environment_of_the_run(member: Client, owner: User, team: Team) -> None:
    there, elsewhere = factories.make_environment(team), factories.make_environment(team)
    run = factories.make_run(there, status=Run.Status.FAILED)
    page = member.get(reverse("case_new"), {"run": str(run.pk)}).content.decode()
    assert 'name="environment"' not in page
    said = {"title": "It broke", "cause": "unknown", "run": str(run.pk), "environment": str(elsewhere.pk)}
    member.post(reverse("case_new"), said)
    assert Case.objects.get().environment == there


def test_waiting_ends_by_hand_or_with_the_case(member: Client, case: Case, owner: User) -> None:
    page = member.post(reverse("case_wait", args=[case.pk]), {"waiting_on": "IT"}, follow=True).content.decode()
    assert "Waiting for IT." in page
    member.post(reverse("case_wait", args=[case.pk]), {"waiting_on": ""})
    assert told(case)[-1] == "Waiting no longer."
    case.refresh_from_db()
    case_work.wait(owner, case, "IT")
    cases.close(owner, case, "A password.")
    assert case.waiting_on == ""
    with pytest.raises(Conflict, match="closed"):
        case_work.wait(owner, case, "somebody")


def test_the_title_changes_and_the_timeline_remembers(member: Client, case: Case) -> None:
    address = reverse("case_edit", args=[case.pk])
    assert member.post(address, {"title": "  "}).status_code == 422
    page = member.post(address, {"title": f"Berlin {factories.KEY}"}, follow=True).content.decode()
    assert "Berlin" in page
    assert "before: “The proxy wants a password”" in page
    assert factories.KEY not in page


# -- the cause ----------------------------------------------------------------------------------


def test_another_cause_is_told_with_who_and_why_and_contradicts_the_verdict(
    member: Client, case: Case, run: Run, colleague: User
) -> None:
    address = reverse("case_cause", args=[case.pk])
    refused = member.post(address, {"cause": "proxy_auth_required", "why": "so"})
    assert "That is the cause it has." in refused.content.decode()
    assert member.post(address, {"cause": "key_rejected", "why": ""}).status_code == 422
    page = member.post(address, {"cause": "key_rejected", "why": "The 407 was old."}, follow=True).content.decode()
    assert "The 407 was old." in page
    assert "What the verdict said" in page
    standing = Judgement.objects.get(taken_back_at=None)
    assert (standing.run, standing.said, standing.believed) == (run, "proxy_auth_required", "key_rejected")
    assert (standing.by, standing.knowledge, standing.confidence) == (colleague, "sha256:" + "0" * 64, 0.97)
    run.refresh_from_db()
    assert run.cause == "proxy_auth_required"
    member.post(address, {"cause": "proxy_auth_required", "why": "It was the proxy after all."})
    assert not Judgement.objects.filter(taken_back_at=None).exists()


def test_another_cause_that_is_open_already_is_refused(owner: User, case: Case, environment: Environment) -> None:
    cases.record(factories.make_finished_run(environment, factories.make_report("key_rejected")))
    with pytest.raises(Conflict, match="Case 2 is open for the same cause"):
        case_work.change_cause(owner, case, "key_rejected", "Looks like it.")


# -- verdicts ------------------------------------------------------------------------------------


def test_closing_confirms_and_opening_again_withdraws(owner: User, case: Case, run: Run) -> None:
    cases.close(owner, case, "A password.", "The proxy")
    assert (case.what_it_was, selectors.told_of("proxy_auth_required")) == ("The proxy", selectors.Told(1, 1))
    cases.reopen(owner, case)
    assert selectors.told_of("proxy_auth_required") == selectors.Told(0, 0)
    cases.close(owner, case, "A password.")
    judging.contradict(owner, run, "key_rejected", "I mixed them up.")
    assert selectors.told_of("proxy_auth_required") == selectors.Told(0, 1)
    with pytest.raises(Conflict, match="contradicted this verdict already"):
        judging.contradict(owner, run, "dns_failure", "No.")


def test_a_contradiction_stands_beside_the_verdict_and_can_be_taken_back(member: Client, run: Run, case: Case) -> None:
    page = reverse("run", args=[run.pk])
    tag = member.get(page)["ETag"]
    address = reverse("run_contradict", args=[run.pk])
    assert member.post(address, {"cause": "proxy_auth_required", "why": "x"}).status_code == 422
    member.post(address, {"cause": "unknown", "why": f"Not with {factories.KEY}"})
    changed = member.get(page, headers={"if-none-match": tag})
    shown = changed.content.decode()
    assert changed.status_code == 200
    assert "says that it was something else" in shown
    assert factories.KEY not in shown
    assert "The verdict was contradicted." in told(case)[-1]
    member.post(reverse("run_contradict_undo", args=[run.pk]))
    assert "says that it was something else" not in member.get(page).content.decode()
    assert "The proxy wants a password" in member.get(page).content.decode()


def test_not_known_is_no_contradiction_of_not_known(owner: User, environment: Environment) -> None:
    run = factories.make_finished_run(environment, factories.make_report("unknown"))
    with pytest.raises(InvalidInput, match="That is what the verdict says"):
        judging.contradict(owner, run, "unknown", "Nobody knows.")


def test_the_case_says_what_it_was_and_can_follow(member: Client, owner: User, run: Run, case: Case) -> None:
    judging.contradict(owner, run, "key_rejected", "The 407 was old.")
    address = reverse("case_cause", args=[case.pk])
    page = member.get(reverse("case", args=[case.pk])).content.decode()
    assert "It was: The API does not accept" in page
    assert "Change the cause of this case, too" in page
    form = member.get(address).context["form"]
    assert form.initial == {"cause": "key_rejected", "why": "The 407 was old."}
    member.post(address, form.initial)
    page = member.get(reverse("case", args=[case.pk])).content.decode()
    assert "Change the cause of this case, too" not in page
    assert Judgement.objects.filter(taken_back_at=None).count() == 1


def test_members_see_on_the_cause_s_page_what_people_told(member: Client, owner: User, case: Case) -> None:
    address = reverse("cause", args=["proxy_auth_required"])
    before = member.get(address)
    assert "Nobody of this installation has confirmed" in before.content.decode()
    cases.close(owner, case, "A password.")
    after = member.get(address, headers={"if-none-match": before["ETag"]})
    assert "1 of 1" in after.content.decode()
    assert "installation" not in Client().get(address).content.decode()


def test_a_practice_case_says_nothing_of_verdicts(client: Client, owner: User, team: Team) -> None:
    place = factories.make_environment(team, practice="region", name="Practice")
    run = factories.make_finished_run(place, factories.make_report("region_unsupported"))
    cases.record(run)
    assert run.case is not None
    cases.close(owner, run.case, "Frankfurt.")
    with pytest.raises(Conflict, match="practice range"):
        judging.contradict(owner, run, "dns_failure", "I guess.")
    case_work.change_cause(owner, run.case, "dns_failure", "I guess.")
    assert not Judgement.objects.exists()
    client.force_login(owner)
    assert reverse("run_contradict", args=[run.pk]) not in client.get(reverse("run", args=[run.pk])).content.decode()
    assert selectors.told_of("region_unsupported") == selectors.Told(0, 0)
    assert selectors.times(owner, team).whole is None


# -- notes ---------------------------------------------------------------------------------------


def _note(member: Client, case: Case, text: str, **more: str) -> Any:
    return member.post(reverse("case_note", args=[case.pk]), {"text": text, **more}, follow=True)


def test_a_note_is_markdown_and_nothing_worse(member: Client, case: Case) -> None:
    page = _note(
        member,
        case,
        "**bold** `code` <script>alert(1)</script> ![x](http://evil.example/x.png) <img src=x onerror=1>\n"
        "[a](javascript:alert(1)) [b](https://docs.example/) <b>raw</b>\n\n# Big\n\n- one",
    ).content.decode()
    shown = page.partition('class="note-text"')[2].partition("</li>\n")[0]
    assert "<strong>bold</strong>" in shown
    assert "<code>code</code>" in shown
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>" not in shown
    assert 'href="javascript' not in shown
    assert '<a href="https://docs.example/" rel="nofollow noopener noreferrer">b</a>' in shown
    assert "<p><strong>Big</strong></p>" in shown


def test_a_preview_saves_nothing_and_loses_nothing(member: Client, case: Case) -> None:
    page = _note(member, case, "so *it* looks", preview="1").content.decode()
    assert "so <em>it</em> looks" in page
    assert "so *it* looks</textarea>" in page
    assert not CaseEvent.objects.filter(kind="note").exists()
    address = reverse("case_note", args=[case.pk])
    part = member.post(address, {"text": "so *it* looks", "preview": "1"}, headers={"hx-request": "true"})
    assert "<html" not in part.content.decode()


def test_a_preview_shows_a_secret_as_the_timeline_will(
    member: Client, owner: User, colleague: User, case: Case, environment: Environment
) -> None:
    """Seen in clear beforehand, it would be taken for one that everybody can read."""
    key, own = "sk-ant-api03-" + "Ab3dEf6h" * 11 + "AA", "hunter2horse"
    environments.edit(owner, environment, proxy_url=f"http://olga:{own}@proxy.example:3128")
    text = f"tried {key} and {own}"
    note = cases.add_note(colleague, case, text)
    assert key not in note.text + own
    for address in (
        reverse("case_note", args=[case.pk]),
        reverse("case_note_edit", args=[case.pk, note.pk]),
    ):
        for headers in ({}, {"hx-request": "true"}):
            page = member.post(address, {"text": text, "preview": "1"}, headers=headers).content.decode()
            shown = page.partition("nothing is saved yet")[2].partition('class="note-text">')[2].partition("</div>")[0]
            assert shown.strip() == notes.render(note.text).strip(), address
            assert key not in shown
            assert own not in shown


def test_one_s_own_note_is_edited_for_a_day_and_deleted_with_a_trace(
    member: Client, client: Client, owner: User, colleague: User, case: Case
) -> None:
    note = cases.add_note(colleague, case, "the frist try")
    address = reverse("case_note_edit", args=[case.pk, note.pk])
    assert "the frist try" in member.get(address).content.decode()
    page = member.post(address, {"text": "the first try"}, follow=True).content.decode()
    assert "the first try" in page
    assert "· edited" in page
    with pytest.raises(NotAllowed):
        case_work.delete_note(owner, note)
    CaseEvent.objects.filter(pk=note.pk).update(at=timezone.now() - timedelta(days=2))
    late = member.post(address, {"text": "other words"}, follow=True).content.decode()
    assert "for one day" in late
    assert "other words" in late
    page = member.post(reverse("case_note_delete", args=[case.pk, note.pk]), follow=True).content.decode()
    assert "A note that its author deleted" in page
    assert "the first try" not in page
    assert CaseEvent.objects.get(pk=note.pk).text == ""


def test_a_long_timeline_is_read_page_by_page_and_runs_that_repeat_are_folded(
    member: Client, owner: User, environment: Environment, case: Case
) -> None:
    for _ in range(9):
        cases.record(factories.make_finished_run(environment))
    assert "8 more runs said the same" in member.get(reverse("case", args=[case.pk])).content.decode()
    for number in range(120):
        cases.add_note(owner, case, f"note {number:03}")
    page = member.get(reverse("case", args=[case.pk]))
    assert "note 119" in page.content.decode()
    assert "note 010" not in page.content.decode()
    earlier = member.get(reverse("case", args=[case.pk]), {"before": page.context["page"].next}).content.decode()
    assert "note 010" in earlier


def test_closing_offers_the_way_back(member: Client, case: Case) -> None:
    address = reverse("case_close", args=[case.pk])
    page = member.post(address, {"what_fixed": "A password.", "what_it_was": "The proxy"}, follow=True).content.decode()
    message = page.partition('id="messages"')[2].partition("<main")[0]
    assert reverse("case_reopen", args=[case.pk]) in message
    assert "csrfmiddlewaretoken" in message
    assert "What it was" in page
    assert "Whoever meets this cause next" in message


def test_nobody_is_said_to_meet_an_unknown_cause(member: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(cause=UNKNOWN)
    address = reverse("case_close", args=[case.pk])
    page = member.post(address, {"what_fixed": "It went away.", "what_it_was": ""}, follow=True).content.decode()
    assert "is closed.<" in page
    assert "Whoever meets this cause next" not in page.partition("<main")[0]


# -- examples ------------------------------------------------------------------------------------


def test_the_worked_examples_can_be_read_and_hidden_and_count_nowhere(member: Client, owner: User, team: Team) -> None:
    page = member.get("/cases/").content.decode()
    assert page.count('<span class="chip chip-quiet">Example</span>') == 3
    assert Case.objects.count() == 0
    assert "Example" in member.get(reverse("case_example", args=["region"])).content.decode()
    assert member.get(reverse("case_example", args=["nothing"])).status_code == 404
    hidden = member.post(reverse("case_examples"), follow=True).content.decode()
    assert "chip-quiet" not in hidden
    shown = member.post(reverse("case_examples"), {"show": "1"}, follow=True).content.decode()
    assert "chip-quiet" in shown


def test_an_example_leads_to_the_team_s_own_red_and_green_run(member: Client, team: Team) -> None:
    place = factories.make_environment(team, practice="region", name="Practice")
    address = reverse("case_example", args=["region"])
    assert "See it fail yourself" in member.get(address).content.decode()
    now = timezone.now()
    red = factories.make_finished_run(place, factories.make_report("region_unsupported"), queued_at=now)
    green = factories.make_finished_run(place, factories.make_report("healthy"), queued_at=now + timedelta(minutes=1))
    factories.make_finished_run(
        place, factories.make_report("region_unsupported"), queued_at=now + timedelta(minutes=2)
    )
    page = member.get(address).content.decode()
    assert reverse("run", args=[red.pk]) in page
    assert reverse("run", args=[green.pk]) in page
    assert reverse("compare_pair", args=[green.pk, red.pk]) in page


def test_a_member_who_may_only_look_gets_no_buttons(client: Client, team: Team, case: Case, run: Run) -> None:
    client.force_login(factories.make_member(team, Role.READONLY))
    for address in (reverse("case", args=[case.pk]), reverse("run", args=[run.pk]), reverse("cases")):
        page = client.get(address).content.decode()
        for words in ("It was something else", ">Take it<", "Open a case", "Edit the title", "Hide them", "It waits"):
            assert words not in page
