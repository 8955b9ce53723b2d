"""A wizard that several people follow: who did what, what is proven, looks of the page itself, what a page costs."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine.library import load
from diagnostics.models import AccessToken, Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import environments, tokens, wizards
from diagnostics.views.reading import changes
from tests import factories
from tests.web.wizard_pages import (
    HTMX,
    begun,
    end_check,
    measured,
    member_of,
    news_on,
    plain,
    rail_of,
    step_at,
    text_at,
)

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def run(environment: Environment, owner: User) -> Run:
    return begun(environment, owner)


# -- Two people ------------------------------------------------------------------------------


def test_what_one_does_the_other_sees_with_name_and_time(ada: Client, member: Client, run: Run) -> None:
    page = text_at(member, step_at(run))
    assert news_on(member, page, run) == "204"
    ada.post(step_at(run, what="wizard_check"))
    news = news_on(member, page, run)
    assert "Ada is checking this, just now" in rail_of(news)
    assert "Checking. This takes at most 4 seconds." in news
    end_check(WizardCheck.objects.get(), False, "The proxy still answers 407.", {"proxy.connect.status": 407})
    news = news_on(member, news, run)
    assert "To do. Ada checked this just now: not there yet" in rail_of(news)
    assert "Not there yet.</strong> The proxy still answers 407." in news
    assert news_on(member, news, run) == "204"
    ada.post(step_at(run, what="wizard_check"))
    end_check(WizardCheck.objects.latest("at"), True, "A tunnel.")
    for client, focus in ((ada, True), (member, False)):
        assert ("autofocus" in text_at(client, step_at(run))) is focus


def test_news_of_another_step_leave_this_one_s_outcome_alone(ada: Client, member: Client, run: Run) -> None:
    page = text_at(member, step_at(run))
    ada.post(step_at(run, "through", "wizard_mark"), {"mark": "skipped"})
    news = news_on(member, page, run)
    assert "Not needed, Ada just now" in rail_of(news)
    assert 'id="outcome"' not in news


def test_a_second_press_joins_the_check_that_goes_on(ada: Client, member: Client, run: Run) -> None:
    ada.post(step_at(run, what="wizard_check"))
    member.post(step_at(run, what="wizard_check"))
    assert WizardCheck.objects.count() == Run.objects.filter(kind="check").count() == 1


def test_the_proof_that_one_starts_shows_up_at_the_other_s(ada: Client, member: Client, run: Run) -> None:
    end = reverse("wizard_end", args=[run.pk])
    page = text_at(member, end)
    assert "Start the full run" in page
    ada.post(reverse("wizard_prove", args=[run.pk]))
    news = news_on(member, page, run)
    assert "Measuring the whole path once more" in news
    assert 'id="proof"' in news


def test_a_setting_that_somebody_changed_meanwhile_is_not_written_over(member: Client, owner: User, run: Run) -> None:
    seen = re.search(r'name="seen" value="([^"]+)"', text_at(member, step_at(run)))
    assert seen
    environments.edit(owner, Environment.objects.get(pk=run.environment_id), proxy_url="http://ada:x@p.example:1")
    sent = {"value": "http://bob:y@proxy.corp.example:3128", "seen": seen.group(1)}
    refused = member.post(step_at(run, what="wizard_apply"), sent)
    assert refused.status_code == 422
    page = html.unescape(refused.content.decode())
    assert "Somebody changed these settings while this page was open." in page
    kept = Environment.objects.get(pk=run.environment_id)
    assert kept.proxy_url is not None
    assert kept.proxy_url.reveal() == "http://ada:x@p.example:1"
    again = re.search(r'name="seen" value="([^"]+)"', page)
    assert again
    assert member.post(step_at(run, what="wizard_apply"), sent | {"seen": again.group(1)}).status_code == 302


def test_a_page_that_nobody_looks_at_asks_less_often(member: Client, run: Run) -> None:
    asked = {"at": "credentials", "pulse": selectors.walk_pulse(run.requested_by or member_of(run), run.pk)}
    address = reverse("wizard_follow", args=[run.pk])
    old = {**asked, "began": str(int((timezone.now() - timedelta(hours=1)).timestamp())), "shown": "todo"}
    assert "every 60s" in member.get(address, old, headers=HTMX).content.decode()
    assert member.get(address, {**old, "slow": "1"}, headers=HTMX).status_code == 204


# -- What is proven already ------------------------------------------------------------------


def test_a_step_that_a_newer_run_proves_skips_itself(member: Client, run: Run) -> None:
    measured(run, **{"proxy.connect.status": 200, "tls.client.trusted": True})
    begin = member.get(reverse("wizard", args=[run.pk]))["Location"]
    assert begin == reverse("wizard_end", args=[run.pk])
    page = text_at(member, step_at(run))
    assert "Done (proved just now)" in rail_of(page)
    assert "Done already." in page
    assert f'href="{begin}" id="next"' in page


def test_next_jumps_over_what_is_proven(member: Client, run: Run, owner: User) -> None:
    walk = WizardWalk.objects.get()
    check = wizards.check(owner, walk, "credentials").check
    end_check(check, True, "A tunnel.", told={"credentials": True, "through": True})
    page = text_at(member, step_at(run))
    assert f'href="{reverse("wizard_end", args=[run.pk])}" id="next"' in page
    assert "Check that TLS to the API works through the proxy Done (proved just now, checked by olga" in rail_of(page)
    assert member.get(step_at(run, "through")).status_code == 200


def test_what_was_proven_and_is_off_again_is_to_do_again(member: Client, run: Run, owner: User) -> None:
    check = wizards.check(owner, WizardWalk.objects.get(), "credentials").check
    end_check(check, True, "A tunnel.", {"proxy.connect.status": 200})
    measured(run, **{"proxy.connect.status": 407})
    page = text_at(member, step_at(run))
    assert "Off again." in page
    assert rail_of(page).count("To do") == 3


def test_a_word_said_after_a_proof_counts(member: Client, run: Run, owner: User) -> None:
    walk = WizardWalk.objects.get()
    end_check(wizards.check(owner, walk, "through").check, False, "No.", told={"credentials": False})
    wizards.mark(owner, walk, "credentials", "done")
    assert "Done, as olga@example.com said just now" in rail_of(text_at(member, step_at(run)))
    measured(run, **{"proxy.connect.status": 200})
    assert "Done (proved just now)" in rail_of(text_at(member, step_at(run)))


# -- What is still off -----------------------------------------------------------------------


def test_an_unchanged_setting_is_named(member: Client, run: Run, owner: User) -> None:
    check = wizards.check(owner, WizardWalk.objects.get(), "credentials").check
    same = {"config.proxy.url": "http://proxy.corp.example:3128", "proxy.connect.status": 407}
    end_check(check, False, "The proxy still answers 407.", same)
    page = text_at(member, step_at(run))
    assert "The setting is unchanged since the red run." in page
    assert "still http://proxy.corp.example:3128." in page


def test_a_setting_that_changed_and_does_not_help_is_named(member: Client, run: Run, owner: User) -> None:
    check = wizards.check(owner, WizardWalk.objects.get(), "credentials").check
    other = {"config.proxy.url": "http://other.corp.example:3128", "proxy.connect.status": 407}
    end_check(check, False, "The proxy still answers 407.", other)
    page = text_at(member, step_at(run))
    assert "Changed since the red run: Proxy" in page
    assert "http://proxy.corp.example:3128, now http://other.corp.example:3128. Still off: Status of" in page
    assert "failed" not in page.partition('id="outcome"')[2].partition("</div>")[0].lower()


def test_what_stayed_as_it_was_is_left_out_beside_what_changed() -> None:
    decides = ["proxy.connect.status", "config.proxy.present"]
    before = {"proxy.connect.status": 407, "config.proxy.present": True}
    told = changes.compare(before, {**before, "proxy.connect.status": 200}, decides)
    assert [(row["before"], row["after"]) for row in told] == [("407", "200")]
    assert [row["differs"] for row in changes.compare(before, before, decides)] == [False, False]


def test_a_step_that_only_looks_does_not_ask_whether_it_was_done(member: Client, run: Run) -> None:
    assert ">Check now</button>" in text_at(member, step_at(run, "through"))
    assert ">I did it, check now</button>" in text_at(member, step_at(run))


# -- I cannot do this ------------------------------------------------------------------------


def test_who_cannot_do_it_says_why_and_is_told_what_else_there_is(member: Client, run: Run) -> None:
    cannot = step_at(run, what="wizard_cannot")
    assert "Why not" in text_at(member, cannot)
    key = factories.KEY
    answer = member.post(cannot, {"reason": f"IT has it, not {key}"})
    assert answer["Location"] == step_at(run)
    page = text_at(member, step_at(run))
    assert "Could not be completed, as carlos@example.com said just now: IT has it, not" in plain(page)
    for offered in ("Send it to your IT department", "Go on with", "what else is known of this cause", "Take it back"):
        assert offered in page
    assert key not in page
    case = run.case
    assert case is not None
    told = [event.text for event in selectors.recent_events(case).rows]
    assert "Why: IT has it, not " in told[-1]
    assert key not in told[-1]
    member.post(step_at(run, what="wizard_mark"), {"mark": "reopened"})
    page = text_at(member, step_at(run))
    assert "I cannot do this" in page
    assert "Could not be completed" not in rail_of(page)


def test_a_reason_that_is_too_long_comes_back(member: Client, run: Run) -> None:
    answer = member.post(step_at(run, what="wizard_cannot"), {"reason": "x" * 201})
    assert answer.status_code == 422
    assert "Write at most 200 characters." in answer.content.decode()
    assert "x" * 201 in answer.content.decode()
    assert not WizardCheck.objects.exists()


def test_every_step_can_be_handed_over(member: Client, run: Run) -> None:
    known, default = text_at(member, step_at(run)), text_at(member, step_at(run, "through"))
    assert "Hand it over to your IT department" in known
    assert "mailto:?subject=Write%20your%20proxy" in known
    assert "Copy as Markdown" in known
    assert "Hand it over to a teammate" in default
    assert f"/runs/{run.pk}/fix/through/" in default.partition('id="hand-over-text"')[2].partition("</pre>")[0]


# -- The page looks by itself ----------------------------------------------------------------


def test_a_page_looks_by_itself_once_for_all_who_look_on(ada: Client, member: Client, run: Run) -> None:
    look = step_at(run, what="wizard_look")
    assert f'hx-post="{look}"' in text_at(member, step_at(run))
    assert '"left": "23"' in html.unescape(member.post(look, {"left": "24"}).content.decode())
    ada.post(look, {"left": "24"})
    check = WizardCheck.objects.get()
    assert check.automatic
    assert "Checking. This takes" not in text_at(member, step_at(run))  # nobody asked for it


def test_a_look_that_found_nothing_is_told_and_forgotten_with_the_next(member: Client, run: Run) -> None:
    page = text_at(member, step_at(run))
    look = step_at(run, what="wizard_look")
    member.post(look, {"left": "24"})
    first = WizardCheck.objects.get()
    end_check(first, False, "The proxy still answers 407.")
    assert news_on(member, page, run) == "204"
    WizardCheck.objects.update(at=timezone.now() - timedelta(seconds=6))
    told = html.unescape(member.post(look, {"left": "23"}).content.decode())
    assert "The proxy still answers 407." in told
    second = WizardCheck.objects.get()
    assert second != first
    assert Run.objects.filter(kind="check").count() == 1
    end_check(second, True, "A tunnel.")
    news = news_on(member, page, run)
    assert "Proved.</strong> A tunnel." in news
    assert "autofocus" not in news  # whoever is elsewhere stays there
    assert "Done (proved just now)" in rail_of(news)
    case = run.case
    assert case is not None
    assert [event.text for event in selectors.recent_events(case).rows if event.kind == "wizard"] == []


def test_looks_are_bounded_and_can_be_asked_for_again(member: Client, run: Run) -> None:
    answer = html.unescape(member.post(step_at(run, what="wizard_look"), {"left": "1"}).content.decode())
    assert "Look again" in answer
    assert "load delay" not in answer
    for odd in ("0", "-1", "x", "99999999999"):
        member.post(step_at(run, what="wizard_look"), {"left": odd})
    assert WizardCheck.objects.count() == 1


def test_no_page_looks_where_the_machine_has_to_do_it(member: Client, owner: User, reader: User, run: Run) -> None:
    looking = Client()
    looking.force_login(reader)
    assert "hx-post" not in text_at(looking, step_at(run))
    assert "<form" not in text_at(looking, step_at(run)).partition("<main")[2].partition("</main>")[0]
    environments.edit(owner, run.environment, runs_from="machine")
    assert "wizard_look" not in text_at(member, step_at(run))
    assert "hx-post" not in text_at(member, step_at(run)).partition('id="watch"')[2].partition(">")[0]
    member.post(step_at(run, what="wizard_look"), {"left": "9"})
    assert not WizardCheck.objects.exists()


def test_pressing_while_the_page_looks_measures_anew(member: Client, run: Run) -> None:
    member.post(step_at(run, what="wizard_look"), {"left": "9"})
    member.post(step_at(run, what="wizard_check"))
    looked, pressed = WizardCheck.objects.order_by("at")
    assert (looked.automatic, pressed.automatic) == (True, False)
    assert looked.run is not None
    assert looked.run.status == Run.Status.CANCELLED  # it may have begun before the change
    assert "carlos@example.com is checking this" in rail_of(text_at(member, step_at(run)))


def test_a_saved_setting_is_measured_anew_whatever_is_under_way(ada: Client, member: Client, run: Run) -> None:
    ada.post(step_at(run, what="wizard_check"))
    member.post(step_at(run, what="wizard_apply"), {"value": "http://bob:y@proxy.corp.example:3128"})
    first = WizardCheck.objects.earliest("at")
    assert first.run is not None
    assert first.run.status == Run.Status.CANCELLED
    assert "carlos@example.com is checking this" in rail_of(text_at(ada, step_at(run)))


def test_what_happens_while_a_page_is_made_is_news_for_it(
    member: Client, owner: User, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that ends between two queries of a page must not leave it waiting for ever."""
    check = wizards.check(owner, WizardWalk.objects.get(), "credentials").check
    read = selectors.walk_checks

    def slowly(walk: WizardWalk) -> list[WizardCheck]:
        found = read(walk)
        end_check(check, True, "A tunnel.")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(selectors, "walk_checks", slowly)
        page = text_at(member, step_at(run))
    assert "Checking. This takes" in page
    assert "Proved.</strong> A tunnel." in news_on(member, page, run)


# -- Costs and names -------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 12])
def test_a_step_costs_the_same_however_much_happened(
    member: Client, owner: User, run: Run, size: int, django_assert_max_num_queries: Any
) -> None:
    walk = WizardWalk.objects.get()
    for _ in range(size):
        end_check(wizards.check(owner, walk, "credentials").check, False, "No.")
        wizards.mark(owner, walk, "through", "could_not", reason="no rights")
    page = text_at(member, step_at(run))
    with django_assert_max_num_queries(11):  # two of them are the cases alike, on the first step
        member.get(step_at(run))
    with django_assert_max_num_queries(4):
        assert news_on(member, page, run) == "204"


def test_no_step_is_called_like_a_page_of_the_wizard() -> None:
    for playbook in load().playbooks.values():
        assert not {step.name for step in playbook.steps} & {"follow", "proof", "question"}


def test_a_step_that_an_answer_has_ruled_out_leads_on(ada: Client, member: Client, run: Run) -> None:
    member.post(reverse("wizard_ask", args=[run.pk, "account"]), {"choice": "none"})
    through = text_at(member, step_at(run, "through"))
    assert f"/runs/{run.pk}/fix/through/?a.account=none" in through
    member.post(reverse("wizard_ask", args=[run.pk, "account"]), {"choice": "have"})
    answer = ada.get(step_at(run, "ask_it"), follow=True)
    assert answer.redirect_chain[-1][0].endswith("/fix/credentials/")
    assert "That step is not on this way" in html.unescape(answer.content.decode())
    assert ada.get(step_at(run, "ask_it") + "?a.account=none").status_code == 200
    assert ada.get(step_at(run, "nowhere")).status_code == 404


def test_a_machine_that_stops_listening_is_told_on_the_page_that_waits(member: Client, owner: User, run: Run) -> None:
    environments.edit(owner, run.environment, runs_from="machine")
    tokens.make(owner, run.team, "Probe", [AccessToken.Scope.WATCH], 7, run.environment)
    AccessToken.objects.update(heard_at=timezone.now())
    member.get(step_at(run))
    member.post(step_at(run, what="wizard_check"))
    page = text_at(member, step_at(run))
    assert "The machine is listening: it checks now" in page
    assert news_on(member, page, run) == "204"
    AccessToken.objects.update(heard_at=timezone.now() - timedelta(seconds=60))
    news = news_on(member, page, run)
    assert "The machine is listening" not in news
    assert "Check on that machine" in news


def test_a_check_that_no_worker_takes_is_told_on_the_page_that_waits(member: Client, run: Run) -> None:
    member.post(step_at(run, what="wizard_check"))
    page = text_at(member, step_at(run))
    assert "Checking. This takes at most 4 seconds." in page
    assert news_on(member, page, run) == "204"
    long_ago = timezone.now() - timedelta(seconds=12)
    Run.objects.filter(kind=Run.Kind.CHECK).update(queued_at=long_ago)
    began = re.search(r'"began": "(\d+)"', page)
    assert began
    news = news_on(member, page.replace(began.group(1), str(int(began.group(1)) - 12)), run)
    assert "No worker of this dashboard has taken the check yet." in news
    assert news_on(member, news, run) == "204"


def test_a_probe_that_does_not_know_the_check_is_told(member: Client, owner: User, run: Run) -> None:
    environments.edit(owner, run.environment, runs_from="machine")
    tokens.make(owner, run.team, "Probe", [AccessToken.Scope.WATCH], 7, run.environment)
    AccessToken.objects.update(heard_at=timezone.now())
    member.post(step_at(run, what="wizard_check"))
    page = text_at(member, step_at(run))
    Run.objects.filter(kind=Run.Kind.CHECK).update(queued_at=timezone.now() - timedelta(seconds=12))
    began = re.search(r'"began": "(\d+)"', page)
    assert began
    news = news_on(member, page.replace(began.group(1), str(int(began.group(1)) - 12)), run)
    assert "The machine is listening and has given no answer." in news


def test_the_page_where_one_says_why_not_gets_news_of_the_list_alone(ada: Client, member: Client, run: Run) -> None:
    """It has no outcome that news could take the place of."""
    page = text_at(member, step_at(run, what="wizard_cannot"))
    ada.post(step_at(run, what="wizard_mark"), {"mark": "done"})
    news = news_on(member, page, run)
    assert 'id="rail"' in news
    assert "hx-swap-oob" not in news
    assert news_on(member, news, run) == "204"


def test_a_page_whose_run_is_gone_is_told_to_load_itself_anew(owner: User, member: Client, run: Run) -> None:
    member.get(step_at(run))
    asked: list[tuple[Any, str]] = [
        (member.get, reverse("wizard_follow", args=[run.pk])),
        (member.post, step_at(run, what="wizard_look")),
        (member.get, reverse("run_progress", args=[run.pk])),
        (member.get, reverse("environment_listening", args=[run.environment_id])),
    ]
    Environment.objects.filter(pk=run.environment_id).delete()
    for ask, address in asked:
        answer = ask(address, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.get("HX-Refresh")) == (404, "true"), address
        assert "HX-Refresh" not in ask(address)
