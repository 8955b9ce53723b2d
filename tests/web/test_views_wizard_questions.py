"""A wizard's questions and their answers, also of an earlier version."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.engine.playbook_records import Question
from diagnostics.models import Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import cases, wizards
from tests import factories
from tests.web.wizard_pages import begun, rail_of, step_at, text_at

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def run(environment: Environment, owner: User) -> Run:
    return begun(environment, owner)


def test_a_question_has_a_page_and_its_answer_goes_along(member: Client, run: Run, asked: Question) -> None:
    begin = reverse("wizard", args=[run.pk])
    ask = reverse("wizard_ask", args=[run.pk, asked.name])
    assert member.get(begin)["Location"] == ask
    page = text_at(member, ask)
    assert f"<h1>{asked.ask}</h1>" in page
    assert "In many companies they are the ones you sign in to your computer with." in page
    assert "To answer" in rail_of(page)
    answer = member.post(ask, {"choice": "none"})
    assert answer["Location"] == step_at(run, "ask_it") + "?a.account=none"
    page = text_at(member, answer["Location"])
    assert "No, or I do not know, carlos@example.com just now" in rail_of(page)
    assert "Change" in rail_of(page)
    own = re.findall(r'(?:href|action|hx-get|hx-post)="(/runs/[^"]+/fix/[^"]*)"', page)
    assert len(own) > 10
    assert all(re.search(r"[?&]a\.account=none", link) for link in own), own


def test_a_changed_answer_keeps_the_later_ones(member: Client, run: Run, asked: Question) -> None:
    ask = reverse("wizard_ask", args=[run.pk, asked.name])
    answer = member.post(f"{ask}?a.account=none&a.later=this_one", {"choice": "have"})
    assert answer["Location"] == step_at(run) + "?a.account=have&a.later=this_one"
    assert member.get(step_at(run, "ask_it"), {"a.account": "have"})["Location"].endswith("/fix/?a.account=have")
    assert member.get(step_at(run, "ask_it"), {"a.account": "none"}).status_code == 200


def test_no_answer_is_told_in_the_form(member: Client, run: Run, asked: Question) -> None:
    ask = reverse("wizard_ask", args=[run.pk, asked.name])
    for data in ({}, {"choice": "maybe"}):
        refused = member.post(ask, data)
        assert refused.status_code == 422
        assert "Choose one of the answers." in refused.content.decode()
    assert not WizardCheck.objects.exists()
    assert member.get(reverse("wizard_ask", args=[run.pk, "no_such"])).status_code == 404


def test_a_teammate_starts_from_the_answers_given(ada: Client, member: Client, run: Run, asked: Question) -> None:
    ada.post(reverse("wizard_ask", args=[run.pk, asked.name]), {"choice": "none"})
    assert member.get(reverse("wizard", args=[run.pk]))["Location"] == step_at(run, "ask_it")
    page = text_at(member, step_at(run), **{"a.account": "have"})  # an address of their own
    assert "Do you have a user name and password for the proxy? Yes" in rail_of(page)
    assert "Ada answered just now: No, or I do not know. Take that" in rail_of(page)


def test_a_reader_answers_in_the_address_alone(reader: User, run: Run, asked: Question) -> None:
    client = Client()
    client.force_login(reader)
    ask = reverse("wizard_ask", args=[run.pk, asked.name])
    assert 'method="get"' in client.get(ask).content.decode()
    assert client.get(ask, {"choice": "none"})["Location"] == step_at(run, "ask_it") + "?a.account=none"
    assert client.get(ask, {"choice": "odd"}).status_code == 422
    assert client.post(ask, {"choice": "none"}).status_code == 403
    assert not WizardCheck.objects.exists()


def test_a_readers_run_leads_to_the_steps_once_somebody_walks_them(member: Client, reader: User, run: Run) -> None:
    client = Client()
    client.force_login(reader)
    address = reverse("run", args=[run.pk])
    WizardWalk.objects.all().delete()
    assert "See the steps" not in text_at(client, address)
    member.get(reverse("wizard", args=[run.pk]))
    assert "See the steps" in text_at(client, address)
    assert "What to do</a>" not in text_at(client, address)


def test_a_check_of_a_step_that_hangs_on_an_answer_is_judged_by_it(
    owner: User, member: Client, environment: Environment
) -> None:
    run = factories.make_finished_run(environment, factories.make_report("proxy_unreachable"))
    wizards.begin(owner, run)
    member.post(step_at(run, "address", "wizard_check") + "?a.need=yes")
    assert WizardCheck.objects.get().answers == {"need": "yes"}
    assert member.post(step_at(run, "address", "wizard_check")).status_code == 404


@pytest.fixture
def begun_earlier(environment: Environment, owner: User) -> Run:
    """A walk that was begun in a version in which its question had another name, and its address a step more."""
    made = factories.make_finished_run(environment, factories.make_report("proxy_unreachable"))
    cases.record(made)
    walk, now = wizards.begin(owner, made), timezone.now()
    for step, mark, says in (("needed", "answered", "yes"), ("of_yesterday", "done", "")):
        WizardCheck.objects.create(team=made.team, walk=walk, step=step, mark=mark, says=says, by=owner, at=now)
    return made


def test_an_answer_given_under_a_question_s_former_name_still_counts(member: Client, begun_earlier: Run) -> None:
    run = begun_earlier
    assert member.get(reverse("wizard", args=[run.pk]))["Location"] == step_at(run, "address")
    assert "Does this network need a proxy? Yes" in rail_of(text_at(member, step_at(run, "address")))
    other = {"a.needed": "no"}  # an address of that version
    assert member.get(step_at(run, "needed"), other).status_code == 200
    assert "a.need=no" in text_at(member, step_at(run, "needed"), **other)


def test_a_question_is_found_under_its_former_name(member: Client, begun_earlier: Run) -> None:
    ask = reverse("wizard_ask", args=[begun_earlier.pk, "needed"])
    assert "Does this network need a proxy?" in text_at(member, ask)
    assert "a.need=no" in member.post(ask, {"choice": "no"})["Location"]
    newest = WizardCheck.objects.filter(mark="answered").order_by("-at")[0]
    assert (newest.step, newest.says) == ("need", "no")
    assert member.get(reverse("wizard", args=[begun_earlier.pk]))["Location"] == step_at(begun_earlier, "needed")


def test_a_step_that_is_gone_since_leads_on(member: Client, begun_earlier: Run) -> None:
    answer = member.get(step_at(begun_earlier, "of_yesterday"), follow=True)
    assert answer.redirect_chain[-1][0] == step_at(begun_earlier, "address")
    assert "a newer version of these steps" in html.unescape(answer.content.decode())
