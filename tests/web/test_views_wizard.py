"""The wizard's pages: one step each, marks and hand-overs, the fix in place, the proof."""

from __future__ import annotations

import html
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import cases, dispatch, environments, wizards
from tests import factories


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wake-up calls that nobody answers."""
    monkeypatch.setattr(dispatch, "wake", lambda run_id: isinstance(run_id, UUID))


@pytest.fixture
def run(owner: User, environment: Environment) -> Run:
    environments.edit(owner, environment, runs_from="worker", proxy_url="http://proxy.corp.example:3128")
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


def _step(run: Run, name: str = "credentials", what: str = "wizard_step") -> str:
    return reverse(what, args=[run.pk, name])


def _text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode().replace("<wbr>", ""))


def _checked(run: Run, passed: bool | None, says: str = "", **columns: object) -> WizardCheck:
    """An answer to the first step, as the worker would write it."""
    walk = WizardWalk.objects.get(run=run)
    check_run = factories.make_run(run.environment, kind=Run.Kind.CHECK, **columns)
    known = {"before": {"proxy.connect.status": 407}, "after": {"proxy.connect.status": 200 if passed else 407}}
    return WizardCheck.objects.create(
        team=run.team,
        walk=walk,
        step="credentials",
        mark="check",
        run=check_run,
        passed=passed,
        says=says,
        at=timezone.now(),
        **known,
    )


def test_it_begins_at_the_first_step_that_is_open(member: Client, run: Run) -> None:
    begin = reverse("wizard", args=[run.pk])
    assert member.get(begin)["Location"] == _step(run)
    member.post(_step(run, what="wizard_mark"), {"mark": "done"})
    assert member.get(begin)["Location"] == _step(run, "through")


def test_a_step_says_what_why_and_how_to_undo_it(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    page = _text(member, _step(run))
    assert "<h1>Write your proxy user name and password into the proxy setting</h1>" in page
    assert "The proxy http://proxy.corp.example:3128 answered 407 and offers basic." in page
    for words in (
        "What this changes",
        "What to expect",
        "How to undo it",
        "Hand it over to your IT department",
        "macOS",
    ):
        assert words in page
    assert (
        "export HTTPS_PROXY='http://USER:PASSWORD@PROXY-HOST:PORT'" in page
    )  # where the report does not tell the address
    assert "Step 1 of 3" in page
    assert "In Claude Code's settings file" in page


def test_a_healthy_run_has_no_steps(member: Client, environment: Environment) -> None:
    green = factories.make_finished_run(environment, factories.make_report("healthy", findings=[]))
    assert member.get(_step(green)).status_code == 404


def test_a_step_that_is_not_there(member: Client, run: Run) -> None:
    for method, what in (("get", "wizard_step"), ("post", "wizard_check"), ("post", "wizard_mark")):
        assert getattr(member, method)(_step(run, "no_such_step", what)).status_code == 404


def test_saving_the_fix_changes_the_environment_and_checks_at_once(member: Client, run: Run) -> None:
    value = "http://ada:canary-pass@proxy.corp.example:3128"
    response = member.post(_step(run, what="wizard_apply"), {"value": value})
    assert response["Location"] == _step(run) + "#outcome"
    environment = Environment.objects.get(pk=run.environment_id)
    assert environment.proxy_url is not None
    assert environment.proxy_url.reveal() == value
    page = _text(member, _step(run))
    assert "Checking. This takes at most 4 seconds." in page
    assert "canary-pass" not in page


def test_a_fix_that_cannot_be_stored_is_refused_in_its_field(member: Client, run: Run) -> None:
    response = member.post(_step(run, what="wizard_apply"), {"value": "x" * 9000})
    assert response.status_code == 422
    assert not WizardCheck.objects.exists()


def test_the_outcome_is_polled_and_says_what_proved_it(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    check = _checked(run, None, status="running", lease_owner="w", lease_until=timezone.now())
    outcome = _step(run, what="wizard_outcome")
    page = member.get(_step(run)).content.decode()
    assert f"{outcome}?since={check.run_id}-running" in page
    headers = {"HX-Request": "true"}
    assert member.get(outcome, {"since": f"{check.run_id}-running"}, headers=headers).status_code == 204
    check.delete()
    _checked(run, True, "The proxy opens a tunnel.", status="cancelled")
    answer = member.get(outcome, {"since": "x"}, headers=headers).content.decode()
    assert "Proved.</strong> The proxy opens a tunnel." in answer
    assert "autofocus" in answer
    assert 'id="rail" hx-swap-oob="true"' in answer
    assert "hx-trigger" not in answer
    assert "<html" not in answer


def test_a_failed_check_says_which_part_is_off(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    _checked(run, False, "The proxy still answers 407.", status="cancelled")
    page = _text(member, _step(run))
    assert "Not there yet.</strong> The proxy still answers 407." in page
    assert "Done all the same, go on" in page
    assert "Status of the proxy's answer to CONNECT" in page


def test_a_check_that_came_to_nothing_says_so(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    _checked(run, None, status="failed", error="The worker was lost.")
    assert "The check gave no result. Please check again." in _text(member, _step(run))


def test_what_one_cannot_do_is_remembered_in_the_rail(member: Client, run: Run) -> None:
    assert member.post(_step(run, what="wizard_mark"), {"mark": "could_not"})["Location"] == _step(run, "through")
    assert "Could not be completed" in _text(member, _step(run, "through"))
    end = reverse("wizard_end", args=[run.pk])
    assert member.post(_step(run, "through", "wizard_mark"), {"mark": "skipped"})["Location"] == end
    assert "Not needed" in _text(member, end)


def test_an_odd_mark_is_told(member: Client, run: Run) -> None:
    response = member.post(_step(run, what="wizard_mark"), {"mark": "maybe"}, follow=True)
    assert "Choose done, skipped or could_not." in response.content.decode()


def test_on_the_machine_the_step_shows_the_line_to_run(member: Client, owner: User, run: Run) -> None:
    environments.edit(owner, run.environment, runs_from="machine")
    member.get(reverse("wizard", args=[run.pk]))
    assert 'id="fix"' not in _text(member, _step(run))
    member.post(_step(run, what="wizard_check"))
    check = WizardCheck.objects.get()
    page = _text(member, _step(run))
    assert f"--run {check.run_id}" in page
    other = Client()
    other.force_login(owner)
    assert "tsu_" not in _text(other, _step(run))


def test_the_proof_shows_red_beside_green_and_offers_to_close(member: Client, run: Run) -> None:
    end = reverse("wizard_end", args=[run.pk])
    assert "Start the full run" in _text(member, end)
    member.post(reverse("wizard_prove", args=[run.pk]))
    walk = WizardWalk.objects.get()
    assert walk.proof is not None
    assert "hx-get" in member.get(end).content.decode()
    green = factories.make_finished_run(run.environment, factories.make_report("healthy", findings=[]))
    WizardWalk.objects.update(proof=green)
    wizards.record(green)
    page = _text(member, end)
    assert "It works again" in page
    assert "The proxy wants a password" in page
    assert "later" in page
    assert "Close case 1" in page


def test_a_proof_that_meets_another_fault_leads_on(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    other = factories.make_finished_run(run.environment, factories.make_report("key_rejected"))
    WizardWalk.objects.update(proof=other)
    page = _text(member, reverse("wizard_end", args=[run.pk]))
    assert "Not green yet" in page
    assert "meets something else" in page
    assert "What to do now" in page
