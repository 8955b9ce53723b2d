"""Wizards: a step is proven by its own probes, before stands beside after, and the walk ends with a healthy run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import Case, Environment, Run, User, WizardCheck, WizardWalk
from diagnostics.services import cases, environments, execution, freezing, proving, runs, uploads, wizards
from tests import factories

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def environment(owner: User, environment: Environment) -> Environment:
    return environments.edit(owner, environment, proxy_url="http://proxy.corp.example:3128")


@pytest.fixture
def red(environment: Environment) -> Run:
    run = factories.make_finished_run(environment)
    cases.record(run)
    return run


@pytest.fixture
def walk(owner: User, red: Run) -> WizardWalk:
    return wizards.begin(owner, red)


def finish(run: Run, *beside: dict[str, Any], **facts: Any) -> Run:
    """Let the engine's judgement of these facts, and of the attempts `beside` them, be the end of a run asked for."""
    body = factories.make_report()
    body["attempts"][1]["facts"] = facts
    body["attempts"] += beside
    held = execution.claim(run.pk)
    assert held is not None
    held.upload = json.dumps(body)
    assert freezing.freeze(held, uploads.judge(held))
    return Run.objects.get(pk=run.pk)


def latest(walk: WizardWalk) -> WizardCheck:
    return WizardCheck.objects.filter(walk=walk).order_by("-at")[0]


def lines(case: Case | None) -> list[str]:
    assert case is not None
    return [event.text for event in selectors.recent_events(case).rows if event.kind == "wizard"]


def test_everybody_walks_the_same_walk(owner: User, colleague: User, red: Run) -> None:
    assert wizards.begin(owner, red) == wizards.begin(colleague, red)
    assert WizardWalk.objects.get().playbook == "proxy_auth_required"


def test_a_reader_sees_a_walk_and_begins_none(owner: User, reader: User, red: Run) -> None:
    with pytest.raises(NotAllowed):
        wizards.begin(reader, red)
    walk = wizards.begin(owner, red)
    assert wizards.begin(reader, red) == walk


def test_there_is_no_walk_for_a_healthy_or_unfinished_run(owner: User, environment: Environment) -> None:
    for run in (
        factories.make_finished_run(environment, factories.make_report("healthy")),
        factories.make_run(environment),
    ):
        with pytest.raises(Conflict, match="There are no steps"):
            wizards.begin(owner, run)


def test_a_check_runs_the_step_s_probes_and_says_what_is_still_off(owner: User, walk: WizardWalk) -> None:
    check = wizards.check(owner, walk, "credentials").check
    assert check.run is not None
    assert (check.run.kind, check.run.plan, runs.time_limit(check.run)) == (
        "check",
        ["config", "proxy.connect", "tls.handshake"],
        4.0,
    )
    assert check.before["proxy.connect.status"] == 407
    finish(check.run, **{"proxy.connect.status": 407, "proxy.connect.schemes": ["basic"]})
    check = latest(walk)
    assert (check.passed, check.after["proxy.connect.status"]) == (False, 407)
    assert "407" in check.says or "credentials" in check.says
    assert lines(walk.run.case)[-1].startswith("Checked, not there yet")


def skipped(probe: str, reason: str) -> dict[str, Any]:
    times = {"started": 0.0, "seconds": 0.0}
    return {"probe": probe, "status": "skipped", "reason": reason, "facts": {}, "events": [], **times}


def test_a_failed_check_blames_no_probe_that_nobody_needed(owner: User, walk: WizardWalk) -> None:
    idle = skipped("tcp.v6", "not needed: the name has no address of this kind")
    for missing, says in (
        ((), "What would prove it does not show yet."),
        ((skipped("proxy.dns", "guard"),), "The proxy's name"),
    ):
        check = wizards.check(owner, walk, "credentials").check
        assert check.run is not None
        finish(check.run, idle, *missing)
        assert latest(walk).passed is False
        assert says in latest(walk).says


def test_a_check_that_passes_proves_the_step_with_before_and_after(owner: User, walk: WizardWalk) -> None:
    first = wizards.check(owner, walk, "credentials").check
    assert first.run is not None
    finish(first.run, **{"proxy.connect.status": 403})
    check = wizards.check(owner, walk, "credentials").check
    assert check.run is not None
    assert check.before["proxy.connect.status"] == 407  # as in the red run, whatever was tried since
    finish(check.run, **{"proxy.connect.status": 200})
    check = latest(walk)
    assert (check.passed, check.after["proxy.connect.status"]) == (True, 200)
    assert check.says == "The proxy opens a tunnel: CONNECT is answered with 200."
    assert lines(walk.run.case)[-1].startswith("Proven")
    assert Case.objects.count() == 1


def test_what_could_not_be_measured_is_not_proven(owner: User, walk: WizardWalk) -> None:
    check = wizards.check(owner, walk, "credentials").check
    assert check.run is not None
    finish(check.run)
    assert latest(walk).passed is False


def test_a_second_click_does_not_start_a_second_check(owner: User, walk: WizardWalk) -> None:
    first = wizards.check(owner, walk, "credentials")
    assert wizards.check(owner, walk, "credentials").check == first.check
    assert Run.objects.filter(kind="check").count() == 1


def test_two_who_ask_for_the_proof_from_old_pages_get_the_same(owner: User, colleague: User, walk: WizardWalk) -> None:
    pages = [WizardWalk.objects.select_related("run__environment", "team").get(pk=walk.pk) for _ in range(2)]
    assert [page.proof for page in pages] == [None, None]
    assert wizards.prove(owner, pages[0]).run == wizards.prove(colleague, pages[1]).run


def test_a_machine_s_check_waits_for_its_probe_and_a_new_click_makes_a_new_token(
    owner: User, walk: WizardWalk, environment: Environment
) -> None:
    environments.edit(owner, environment, runs_from="machine")
    walk.run.environment.refresh_from_db()
    first, second = wizards.check(owner, walk, "credentials"), wizards.check(owner, walk, "credentials")
    assert first.upload_token
    assert second.upload_token
    assert first.upload_token != second.upload_token
    assert first.check.run is not None
    first.check.run.refresh_from_db()
    assert first.check.run.status == Run.Status.CANCELLED


def test_a_person_s_word_is_kept_as_such(owner: User, walk: WizardWalk) -> None:
    wizards.mark(owner, walk, "credentials", "could_not")
    assert (latest(walk).mark, latest(walk).passed) == ("could_not", None)
    assert lines(walk.run.case) == [
        "Could not be completed: Write your proxy user name and password into the proxy setting."
    ]
    with pytest.raises(InvalidInput):
        wizards.mark(owner, walk, "credentials", "check")
    for step in ("no_such_step", "other_scheme"):  # the second one does not apply: Basic is offered
        with pytest.raises(InvalidInput, match="no such step"):
            wizards.mark(owner, walk, step, "done")


def test_a_fix_edits_the_field_the_step_names(owner: User, walk: WizardWalk) -> None:
    changed = wizards.apply_fix(owner, walk, "credentials", "http://ada:correct-horse@proxy.corp.example:3128")
    assert changed.proxy_url is not None
    assert changed.proxy_url.reveal().startswith("http://ada:correct-horse@")
    assert lines(walk.run.case) == ["Changed the proxy of the environment."]
    with pytest.raises(InvalidInput, match="on the machine"):
        wizards.apply_fix(owner, walk, "through", "x")


def test_a_machine_s_settings_are_changed_on_the_machine(
    owner: User, walk: WizardWalk, environment: Environment
) -> None:
    Environment.objects.update(runs_from="machine")
    walk.run.environment.refresh_from_db()
    with pytest.raises(Conflict, match="on its own machine"):
        wizards.apply_fix(owner, walk, "credentials", "http://a:b@p:1")


def test_a_healthy_full_run_ends_the_walk(owner: User, walk: WizardWalk, environment: Environment) -> None:
    proof = wizards.prove(owner, walk).run
    assert wizards.prove(owner, walk).run == proof
    Run.objects.filter(pk=proof.pk).update(status="cancelled", finished_at=timezone.now())
    walk = WizardWalk.objects.get(pk=walk.pk)
    second = wizards.prove(owner, walk).run
    assert second != proof
    green = factories.make_finished_run(environment, factories.make_report("healthy"))
    WizardWalk.objects.update(proof=green)
    proving.record(green)
    walk = WizardWalk.objects.get(pk=walk.pk)
    assert (walk.green_run, walk.finished_at) == (green, green.finished_at)
    assert lines(walk.run.case)[-1] == "The wizard ended with a healthy run."


def test_a_red_proof_leaves_the_walk_open(owner: User, walk: WizardWalk) -> None:
    proof = wizards.prove(owner, walk).run
    finish(proof, **{"proxy.connect.status": 407})
    walk.refresh_from_db()
    assert (walk.green_run, walk.finished_at) == (None, None)


@pytest.mark.parametrize("status", [200, 407])
def test_a_check_names_the_client_that_was_started_before(owner: User, walk: WizardWalk, status: int) -> None:
    check = wizards.check(owner, walk, "credentials").check
    assert check.run is not None
    behind = {"client.running": True, "client.running_since": "14:03", "client.running_lacks": ["HTTPS_PROXY"]}
    finish(check.run, **{"proxy.connect.status": status, **behind})
    check = latest(walk)
    assert check.passed is (status == 200)
    assert "runs since 14:03 was started before this: it has another value of HTTPS_PROXY, or none." in check.says
    assert check.says.endswith("End it and start it anew in this shell.")


def test_a_check_of_a_step_that_an_upgrade_took_away_ends_with_its_report(owner: User, walk: WizardWalk) -> None:
    made = wizards.check(owner, walk, "credentials").check
    WizardCheck.objects.filter(pk=made.pk).update(step="of_an_earlier_version")
    assert made.run is not None
    run = finish(made.run, **{"proxy.connect.status": 200})
    assert (run.status, latest(walk).passed) == (Run.Status.FINISHED, False)
    assert latest(walk).says == "A newer version of these steps no longer has this one."
    assert latest(walk).told["credentials"] is True


def test_a_machine_s_proof_asked_for_again_calls_off_the_one_before(
    owner: User, walk: WizardWalk, environment: Environment
) -> None:
    environments.edit(owner, environment, runs_from=Environment.RunsFrom.MACHINE)
    walk.run.environment.refresh_from_db()
    first, second = wizards.prove(owner, walk), wizards.prove(owner, walk)
    assert first.upload_token != second.upload_token
    assert list(Run.objects.filter(status=Run.Status.WAITING)) == [second.run]
