"""What a wizard says of a step that is done in another way than it expects, or that nobody but a person can tell of."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics.models import Environment, Run, User, WizardCheck
from diagnostics.services import cases, environments, wizards
from tests import factories
from tests.web.test_services_wizards import finish, latest, lines, skipped
from tests.web.wizard_pages import begun, plain, rail_of, step_at, text_at

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def run(environment: Environment, owner: User) -> Run:
    return begun(environment, owner)


def failing(owner: User, environment: Environment, cause: str, **facts: object) -> Run:
    """A red run of a cause with these facts of its settings, and its walk."""
    environments.edit(owner, environment, runs_from="worker")
    body = factories.make_report(cause)
    body["attempts"][0]["facts"] |= facts
    made = factories.make_finished_run(environment, body)
    cases.record(made)
    wizards.begin(owner, made)
    return made


def test_a_tunnel_is_not_claimed_where_the_proxy_is_gone(owner: User, ada: Client, environment: Environment) -> None:
    run = failing(owner, environment, "proxy_unreachable")
    asked = wizards.check(owner, run.walks.get(), "needed", {"need": "no"})
    assert asked.check.run is not None
    finish(asked.check.run, **{"config.proxy.present": False, "tls.handshake.completed": True})
    assert latest(run.walks.get()).told["tunnel"] == "gone"
    page = text_at(ada, step_at(run, "tunnel"))
    assert "Not needed.</strong> No proxy is set any more." in page
    assert "Not needed (measured just now): No proxy is set any more." in rail_of(page)
    assert "answered with 200" not in plain(page).partition("What to expect")[0]
    assert 'id="next"' in page
    assert "I did it" not in page
    assert reverse("wizard_end", args=[run.pk]) in ada.get(reverse("wizard", args=[run.pk]))["Location"]


def test_its_own_check_says_so_too(owner: User, ada: Client, environment: Environment) -> None:
    run = failing(owner, environment, "proxy_unreachable")
    asked = wizards.check(owner, run.walks.get(), "tunnel")
    assert asked.check.run is not None
    finish(asked.check.run, **{"config.proxy.present": False})
    check = WizardCheck.objects.get()
    assert (check.passed, check.says) == (True, "No proxy is set any more.")
    assert lines(run.case)[-1] == "Not needed: Check that the proxy opens a tunnel to the API."
    page = text_at(ada, step_at(run, "tunnel"))
    assert "Not needed.</strong> No proxy is set any more." in page
    assert "Proved." not in page


# -- Steps of which only a person can tell ----------------------------------------------------


def looked_for(owner: User, environment: Environment, runs_from: str = "machine") -> Run:
    """A base URL that leads to another vendor: its first step is to find who set it."""
    run = failing(owner, environment, "base_url_other_provider", **{"config.base_url.first_party": False})
    environments.edit(owner, environment, runs_from=runs_from)
    return run


def test_who_has_looked_goes_on_and_nothing_is_measured(owner: User, ada: Client, environment: Environment) -> None:
    run = looked_for(owner, environment)
    page = text_at(ada, step_at(run, "find"))
    assert "I have looked, go on</button>" in page
    for words in ("I did it", "check now", "Waiting for the change", "Not there yet"):
        assert words not in page
    went = ada.post(step_at(run, "find", "wizard_mark"), {"mark": "done"})
    assert went["Location"] == reverse("wizard_ask", args=[run.pk, "meant"])
    page = text_at(ada, step_at(run, "find"))
    assert "Done, as Ada said just now." in plain(page.partition('id="outcome"')[2])
    assert "Done, as Ada said just now" in rail_of(page)
    assert "Check again" not in page
    assert "Take it back" in page
    assert lines(run.case)[-1].startswith("Done: Find who set the base URL")
    assert not WizardCheck.objects.filter(mark="check").exists()


def test_a_check_of_it_is_refused_in_words(owner: User, ada: Client, environment: Environment) -> None:
    run = looked_for(owner, environment)
    answer = ada.post(step_at(run, "find", "wizard_check"), follow=True)
    assert "Nothing is measured for this step: say that it is done." in answer.content.decode()
    ada.post(step_at(run, "find", "wizard_look"), {"left": "24"}, headers={"HX-Request": "true"})
    assert not WizardCheck.objects.exists()


def test_nobody_has_to_look_where_the_fault_is_gone(owner: User, ada: Client, environment: Environment) -> None:
    run = looked_for(owner, environment, "worker")
    asked = wizards.check(owner, run.walks.get(), "point_back")
    assert asked.check.run is not None
    finish(asked.check.run, **{"config.base_url.first_party": True})
    page = text_at(ada, step_at(run, "find"))
    assert "Not needed.</strong> The base URL is Anthropic's own." in page
    assert "You know whether" not in plain(page).partition("What to expect")[0]


def test_what_is_looked_at_on_a_machine_is_told_to_be_aside_of_registered_settings(
    owner: User, ada: Client, environment: Environment
) -> None:
    run = looked_for(owner, environment, "worker")
    assert ada.get(reverse("wizard", args=[run.pk]))["Location"] == reverse("wizard_ask", args=[run.pk, "meant"])
    page = text_at(ada, step_at(run, "find"))
    assert "Not needed here.</strong> This looks around on a machine" in page
    assert "Not needed for the settings that are registered here" in rail_of(page)
    ada.post(reverse("wizard_ask", args=[run.pk, "meant"]), {"choice": "anthropic"})
    assert step_at(run, "point_back") in ada.get(reverse("wizard", args=[run.pk]))["Location"]
    ada.post(step_at(run, "find", "wizard_mark"), {"mark": "done"})
    assert "Done, as Ada said just now" in rail_of(text_at(ada, step_at(run, "find")))


# -- Steps that ask somebody ------------------------------------------------------------------


def test_who_got_a_password_is_told_where_to_write_it(ada: Client, run: Run) -> None:
    went = ada.post(reverse("wizard_ask", args=[run.pk, "account"]), {"choice": "none"})
    assert step_at(run, "ask_it") in went["Location"]
    went = ada.post(step_at(run, "ask_it", "wizard_mark"), {"mark": "done"})
    assert step_at(run, "credentials") in went["Location"]
    assert "Write your proxy user name and password" in rail_of(text_at(ada, went["Location"]))


def test_a_step_that_asks_shows_what_to_send(ada: Client, run: Run) -> None:
    ada.post(reverse("wizard_ask", args=[run.pk, "account"]), {"choice": "none"})
    page = text_at(ada, step_at(run, "ask_it"))
    head, _, rest = page.partition("Send this to your IT department</h2>")
    assert rest
    assert "<h1>" in head
    assert "What to expect" in rest  # the text comes before what is told of the step
    assert '<details class="card" id="hand-over">' not in page
    assert "I have an answer, go on" in rest
    assert ">Hand over<" not in page.partition('id="actions"')[2]


def test_what_others_do_is_checked_as_theirs(owner: User, ada: Client, environment: Environment) -> None:
    run = failing(owner, environment, "firewall_blocked")
    page = text_at(ada, step_at(run, "allow"))
    assert "Send this to the network team</h2>" in page
    assert "They did it, check now" in page
    assert "I did it" not in page


# -- What is still off ------------------------------------------------------------------------


def test_a_failed_check_says_one_thing_of_what_changed_and_what_is_off(
    owner: User, ada: Client, environment: Environment
) -> None:
    url = {"config.base_url.value": "https://openrouter.ai/api"}
    run = failing(owner, environment, "base_url_other_provider", **{"config.base_url.first_party": False}, **url)
    walk = run.walks.get()
    for value in ("typing mistake", "http://169.254.169.254/"):
        asked = wizards.check(owner, walk, "point_back")
        assert asked.check.run is not None
        told = {"config.base_url.value": value, "config.base_url.first_party": False}
        finish(asked.check.run, {**skipped("config", ""), "status": "done", "reason": None, "facts": told})
    page = plain(text_at(ada, step_at(run, "point_back")).partition('id="outcome"')[2].partition("</dl>")[0])
    assert (
        "Base URL as written, without credentials: https://openrouter.ai/api, now http://169.254.169.254/. Still off: The host"
        in page
    )
    for contradiction in ("The change does not show yet", "Something changed", "typing mistake", "not measured"):
        assert contradiction not in page


@pytest.mark.parametrize(
    ("now", "hinted"), [("http://proxy.corp.example:3128", True), ("http://other.example:1", False)]
)
def test_the_hint_to_start_anew_stands_where_the_settings_are_as_they_were(
    owner: User, ada: Client, run: Run, now: str, hinted: bool
) -> None:
    asked = wizards.check(owner, run.walks.get(), "credentials")
    assert asked.check.run is not None
    finish(asked.check.run, **{"config.proxy.url": now, "proxy.connect.status": 407})
    Environment.objects.update(runs_from="machine")
    page = text_at(ada, step_at(run))
    assert ("was started before the change still has the old value" in page) is hinted
    assert "Not there yet." in page


# -- The end ----------------------------------------------------------------------------------


def ended(run: Run, cause: str, **facts: object) -> str:
    """The full run again, with this verdict; the address of its page."""
    body = factories.make_report(cause)
    body["attempts"][1]["facts"] = facts
    proof = factories.make_finished_run(run.environment, body)
    cases.record(proof)
    run.walks.update(proof=proof)
    return reverse("wizard_end", args=[run.pk])


def test_a_red_end_leads_to_the_step_that_nothing_has_proven(ada: Client, run: Run) -> None:
    ada.post(reverse("wizard_ask", args=[run.pk, "account"]), {"choice": "have"})
    ada.post(step_at(run, "credentials", "wizard_mark"), {"mark": "done"})
    page = text_at(ada, ended(run, "proxy_auth_required"))
    assert "this step is not proven" in page
    assert f'href="{step_at(run)}#hand-over-text">Hand it over</a>' in page
    assert "Done, as Ada said" in page.partition("this step is not proven")[2]
    assert ">To that step</a>" in page
    assert "Contradict the verdict</a>" in page


def test_a_red_end_of_proven_steps_doubts_the_verdict(ada: Client, run: Run) -> None:
    page = text_at(ada, ended(run, "proxy_auth_required", **{"proxy.connect.status": 200, "tls.client.trusted": True}))
    assert "although every step is done" in page
    assert "Contradict the verdict</a>" in page
    assert "To that step" not in page


def test_another_fault_at_the_end_leads_on_and_offers_to_close_the_first(ada: Client, run: Run) -> None:
    assert run.case is not None
    page = text_at(ada, ended(run, "key_rejected"))
    assert "The full run now meets another fault, which has steps of its own" in page
    assert f"Case {run.case.number} is still open: close it, if that is over</summary>" in page
    assert "That is fixed" not in page  # no step of it was proven
    assert reverse("case_close", args=[run.case.pk]) in page


def test_a_green_end_names_the_other_open_cases_of_the_environment(ada: Client, run: Run) -> None:
    other = factories.make_finished_run(run.environment, factories.make_report("key_rejected"))
    cases.record(other)
    assert other.case is not None
    page = text_at(ada, ended(run, "healthy"))
    assert "The client works, and there is another open case of this environment" in plain(page)
    assert f'<a href="{reverse("case", args=[other.case.pk])}">Close case {other.case.number}' in page


def test_what_is_proposed_as_the_fix_changed_something(owner: User, ada: Client, environment: Environment) -> None:
    run = failing(owner, environment, "base_url_other_provider", **{"config.base_url.first_party": False})
    ada.post(step_at(run, "find", "wizard_mark"), {"mark": "done"})
    ada.post(step_at(run, "point_back", "wizard_mark"), {"mark": "done"})
    page = text_at(ada, ended(run, "healthy"))
    proposed = page.partition('name="what_fixed"')[2].partition("</textarea>")[0]
    assert "Take the setting of the base URL away" in proposed
    assert "Find who" not in proposed


def test_the_timeline_says_from_what_to_what(owner: User, environment: Environment) -> None:
    run = failing(owner, environment, "base_url_other_provider", **{"config.base_url.first_party": False})
    walk = run.walks.get()
    wizards.apply_fix(owner, walk, "point_back", "https://openrouter.ai/api")
    wizards.apply_fix(owner, walk, "point_back", "https://api.anthropic.com")
    assert lines(run.case)[-1] == (
        "Changed the base URL of the environment from https://openrouter.ai/api to https://api.anthropic.com."
    )


def test_a_changed_proxy_is_told_without_its_password(owner: User, run: Run) -> None:
    wizards.apply_fix(owner, run.walks.get(), "credentials", "http://ada:correct-horse@other.corp.example:3128")
    told = lines(run.case)[-1]
    assert told.endswith("from http://proxy.corp.example:3128 to http://other.corp.example:3128.")
    assert "correct-horse" not in told


def test_what_is_not_known_was_not_something_else(ada: Client, environment: Environment) -> None:
    run = factories.make_finished_run(environment, factories.make_report("unknown"))
    cases.record(run)
    assert run.case is not None
    for address in (reverse("run", args=[run.pk]), reverse("case", args=[run.case.pk])):
        page = text_at(ada, address)
        assert "I know what it was</a>" in page
        assert "It was something else" not in page
    for address in (reverse("run_contradict", args=[run.pk]), reverse("case_cause", args=[run.case.pk])):
        assert "<h1>Say what it was</h1>" in text_at(ada, address)
