"""The wizard's pages: one step each, marks and hand-overs, the fix in place, the proof."""

from __future__ import annotations

import html
import json
import re
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.forms.fixes import FixForm
from diagnostics.models import Case, Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import cases, dispatch, environments, proving
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


def _asked(page: str) -> dict[str, str]:
    """What an open page asks for news with."""
    found = re.search(r"hx-vals='([^']+)' hx-trigger", html.unescape(page))
    assert found
    return dict(json.loads(found.group(1)))


def _follow(client: Client, run: Run, asked: dict[str, str], query: str = "") -> HttpResponse:
    address = reverse("wizard_follow", args=[run.pk]) + query
    return client.get(address, asked, headers={"HX-Request": "true"})  # type: ignore[return-value]


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
    assert member.get(begin)["Location"] == reverse("wizard_ask", args=[run.pk, "account"])
    member.post(reverse("wizard_ask", args=[run.pk, "account"]), {"choice": "have"})
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
    assert "HTTPS_PROXY=http://USER:PASSWORD" not in page  # one line that asks, and none to fill in by hand beside it
    assert "Type in the proxy's user name and password" in page
    assert "HTTPS_PROXY=http://USER:PASSWORD@PROXY-HOST:PORT" in _text(member, _step(run) + "?lasting=yes")
    assert "Step 1 of 3" in page


def test_a_healthy_run_has_no_steps(member: Client, environment: Environment) -> None:
    green = factories.make_finished_run(environment, factories.make_report("healthy", findings=[]))
    assert member.get(_step(green)).status_code == 404


def test_a_step_that_is_not_there(member: Client, run: Run) -> None:
    for method, what in (("get", "wizard_step"), ("post", "wizard_check"), ("post", "wizard_mark")):
        assert getattr(member, method)(_step(run, "no_such_step", what)).status_code == 404


def test_saving_the_fix_changes_the_environment_and_checks_at_once(member: Client, run: Run) -> None:
    value = "http://ada:canary-pass@proxy.corp.example:3128"
    response = member.post(_step(run, what="wizard_apply"), {"value": value})
    assert response["Location"] == _step(run)
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


def test_a_check_is_followed_and_says_what_proved_it(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    check = _checked(run, None, status="running", lease_owner="w", lease_until=timezone.now())
    page = member.get(_step(run)).content.decode()
    assert "every 600ms" in page
    asked = _asked(page)
    assert _follow(member, run, asked).status_code == 204
    check.delete()
    _checked(run, True, "The proxy opens a tunnel.", status="cancelled")
    answer = _follow(member, run, asked).content.decode()
    assert "Proved.</strong> The proxy opens a tunnel." in answer
    assert "autofocus" not in answer  # nobody's focus moves for what another one did
    assert (
        answer.count('hx-swap-oob="true"') == 4
    )  # the outcome, what can be done, the fix's button, the page's own looks
    assert answer.count("button-primary") == 1  # the form's button no longer leads on
    assert 'id="rail"' in answer
    assert "every 3s" in answer
    assert "hx-post" not in answer
    assert "<html" not in answer
    assert _follow(member, run, _asked(answer)).status_code == 204


def test_one_button_leads_on_however_the_step_stands(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    led = re.compile(r'class="button button-primary"[^>]*>([^<]+)<')
    assert led.findall(member.get(_step(run)).content.decode()) == ["Save and check"]
    _checked(run, True, "The proxy opens a tunnel.", status="cancelled")
    page = member.get(_step(run)).content.decode()
    assert led.findall(page) == ["Next"]
    assert "Save and check" in page


def test_a_failed_check_says_which_part_is_off(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    _checked(run, False, "The proxy still answers 407.", status="cancelled")
    page = _text(member, _step(run))
    assert "Not there yet.</strong> The proxy still answers 407." in page
    assert "Done all the same" in page
    assert "Status of the proxy's answer to CONNECT" in page


def test_a_check_that_came_to_nothing_says_so(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    _checked(run, None, status="failed", error="The worker was lost.")
    assert "The check gave no result. Please check again." in _text(member, _step(run))


def test_what_one_cannot_do_is_remembered_in_the_rail(member: Client, run: Run) -> None:
    assert member.post(_step(run, what="wizard_mark"), {"mark": "could_not"})["Location"] == _step(run)
    assert "Could not be completed" in _text(member, _step(run, "through"))
    end = reverse("wizard_end", args=[run.pk])
    assert member.post(_step(run, "through", "wizard_mark"), {"mark": "skipped"})["Location"] == end
    assert "Not needed" in _text(member, end)


def test_an_odd_mark_is_told(member: Client, run: Run) -> None:
    response = member.post(_step(run, what="wizard_mark"), {"mark": "maybe"}, follow=True)
    assert "Choose done, skipped, could_not or reopened." in response.content.decode()


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


def test_the_proof_shows_red_beside_green_and_offers_to_close(owner: User, member: Client, run: Run) -> None:
    end = reverse("wizard_end", args=[run.pk])
    assert "Start the full run" in _text(member, end)
    member.post(reverse("wizard_prove", args=[run.pk]))
    walk = WizardWalk.objects.get()
    assert walk.proof is not None
    assert "hx-get" in member.get(end).content.decode()
    green = factories.make_finished_run(run.environment, factories.make_report("healthy", findings=[]))
    WizardWalk.objects.update(proof=green)
    proving.record(green)
    page = _text(member, end)
    assert "It works again" in page
    assert "The proxy wants a password" in page
    assert "later" in page
    assert "Close case 1" in page
    Case.objects.update(what_it_was="The proxy of the old office")  # told before, and opened again
    assert "The proxy of the old office" in _text(member, end)
    case = Case.objects.get()
    cases.close(owner, case, what_fixed="Wrote the password in.")
    page = _text(member, end)
    assert "Case 1 is closed" in page
    assert "Wrote the password in." in page
    assert reverse("case", args=[case.pk]) in page
    assert "Close case 1" not in page
    factories.make_finished_run(run.environment, factories.make_report("key_rejected"))
    page = _text(member, end)
    assert "It works again" not in page
    assert "It worked again" in page
    assert "Broken since." in page


def test_a_proof_that_meets_another_fault_leads_on(member: Client, run: Run) -> None:
    member.get(reverse("wizard", args=[run.pk]))
    other = factories.make_finished_run(run.environment, factories.make_report("key_rejected"))
    WizardWalk.objects.update(proof=other)
    page = _text(member, reverse("wizard_end", args=[run.pk]))
    assert "Not green yet" in page
    assert "meets another fault" in page
    assert "What to do now" in page


def test_a_value_typed_while_the_environment_was_archived_comes_back(owner: User, member: Client, run: Run) -> None:
    member.get(_step(run))
    environments.archive(owner, run.environment)
    typed = {"value": "http://typed.corp.example:3128"}
    refused = member.post(_step(run, what="wizard_apply"), typed)
    assert refused.status_code == 422
    page = html.unescape(refused.content.decode())
    assert "This environment is archived: restore it before you change it." in page
    assert typed["value"] in page


def test_a_secret_that_no_page_shows_stays_when_its_field_is_sent_back_as_it_came(owner: User, run: Run) -> None:
    value = "http://ada:canary-pass@proxy.corp.example:3128"
    environments.edit(owner, run.environment, proxy_url=value, credential="sk-ant-api03-canary-canary")
    client = Client()
    client.force_login(owner)
    page = _text(client, _step(run))
    assert "They stay while you leave this as it is" in page
    assert "canary" not in page
    client.post(_step(run, what="wizard_apply"), {"value": "http://proxy.corp.example:3128"})
    kept = Environment.objects.get(pk=run.environment_id)
    assert kept.proxy_url is not None
    assert kept.proxy_url.reveal() == value
    assert WizardCheck.objects.exists()
    for typed, changes in (({}, False), ({"value": "sk-another"}, True), ({"remove": "on"}, True)):
        form = FixForm(typed, field="credential", environment=kept)
        assert form.is_valid()
        assert form.changes is changes
        assert "Leave the field empty to keep it" in str(form.fields["value"].help_text)
