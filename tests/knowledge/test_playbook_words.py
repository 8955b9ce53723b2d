"""What a step says is true of what proves it: no sentence stands for a condition that does not show it, and no run proves what somebody saw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from diagnostics.engine import library, playbooks
from diagnostics.engine.playbook_records import Otherwise, PlaybookStep
from diagnostics.engine.records import FactValue
from tests.knowledge.test_playbook_ways import KNOWLEDGE, STEPS, facts_for

IDS = [f"{code}.{step.name}" for code, step in STEPS]

ONE_SENTENCE_FOR_ALL = frozenset({
    "client_outdated.way", "credential_conflict.use_login", "credit_exhausted.ask", "credit_exhausted.pay", "credit_exhausted.which",
    "gateway_fault.its_own_way", "gateway_fault.leftover", "healthy.whole_path", "key_forbidden.other_key", "key_forbidden.own_key",
    "login_expired.clear", "login_expired.counts", "login_expired.sign_in", "login_expired.token", "org_disabled.ask", "org_disabled.which",
    "dns_failure.first_run",
    "overloaded.other_model", "overloaded.wait", "proxy_blocked.around_proxy", "proxy_blocked.through", "region_unsupported.ask_support",
    "service_outage.wait", "unknown.decide",
})  # fmt: skip
"""Steps whose ``green`` names several ways to be done, and whose ``expect`` is true of each: read before you add one. Where the sentence
is not true of one of them, that one is an ``otherwise`` with words of its own."""


def _anys(condition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if condition.get("any"):
        yield condition
    for join in ("all", "any"):
        for part in condition.get(join, ()):
            yield from _anys(part)


def test_a_sentence_stands_for_several_ways_to_be_done_only_where_somebody_held_it_against_each() -> None:
    several = {f"{code}.{step.name}" for code, step in STEPS if any(_anys(step.green)) and step.name != "whole_path"}
    assert several | {"healthy.whole_path"} == ONE_SENTENCE_FOR_ALL


@pytest.mark.parametrize(("code", "step"), STEPS, ids=IDS)
def test_each_way_to_be_done_is_told_in_its_own_words(code: str, step: PlaybookStep) -> None:
    for way in step.otherwise:
        red = facts_for(step.applies)
        walked = next(one for one in playbooks.walk(code, red, KNOWLEDGE, _toward(step)) if one.step == step)
        proven = playbooks.proves(step, _only(step, way))
        assert proven == way.name
        assert walked.words_of(proven) == way.says != walked.expect
        assert walked.is_needless(proven) is way.needless


def _only(step: PlaybookStep, way: Otherwise) -> dict[str, Any]:
    """Facts that show this way and none before it."""
    before = [step.green, *(one.green for one in step.otherwise[: step.otherwise.index(way)])]
    return dict(facts_for({"all": [way.green, {"none": before}]}))


def _toward(step: PlaybookStep) -> dict[str, str]:
    return {step.when.question: step.when.choices[0]} if step.when else {}


def test_a_proxy_that_is_gone_opens_no_tunnel() -> None:
    for code in ("proxy_unreachable", "proxy_malformed"):
        step = next(one for one in library.load().playbooks[code].steps if one.name == "tunnel")
        assert playbooks.proves(step, {"config.proxy.present": False}) == "gone"
        assert playbooks.proves(step, {"config.proxy.present": True, "proxy.connect.status": 200}) is True
        assert playbooks.proves(step, {"config.proxy.present": True, "proxy.connect.status": 407}) is False
        assert playbooks.proves(step, {}) is None


@pytest.mark.parametrize(("code", "step"), STEPS, ids=IDS)
def test_what_somebody_sees_knows_or_has_is_theirs_to_say(code: str, step: PlaybookStep) -> None:
    """A run shows none of it, so it would turn red for whoever did as they were told."""
    if not step.said:
        assert not step.expect.startswith("You "), "a probe cannot show it: let the step have `said`"
        return
    assert playbooks.proves(step, {}) in (None, False)
    assert {one.needless for one in step.otherwise} == {True}, (
        "what a run shows of it is that nobody has to look any more"
    )


_ASKING = re.compile(r"(Ask|Tell who|Send the provider|Let (who|the owner|the network team))")


@pytest.mark.parametrize(("code", "step"), STEPS, ids=IDS)
def test_who_has_to_ask_is_shown_what_to_send(code: str, step: PlaybookStep) -> None:
    by_letter = bool(_ASKING.match(step.do)) and not (step.use or step.commands or step.fix)
    assert step.asks is by_letter, "its page opens the text of hand_over where `asks` is set"


@pytest.mark.parametrize(("code", "step"), STEPS, ids=IDS)
def test_what_somebody_asks_for_has_a_step_that_uses_it(code: str, step: PlaybookStep) -> None:
    """Whoever got an answer, such as a password or a certificate, is told where it belongs."""
    if not (step.asks and step.said):
        return
    names = [one.name for one in KNOWLEDGE.playbooks[code].steps]
    following = KNOWLEDGE.playbooks[code].steps[names.index(step.name) + 1]
    walked = [one.step for one in playbooks.walk(code, {}, KNOWLEDGE, _toward(step))]
    assert following in walked
    assert following.use or following.commands


def test_a_gateway_that_is_not_there_is_not_said_to_have_answered() -> None:
    facts: dict[str, FactValue] = {
        "tcp.connected": False,
        "tcp.failure": "connect_refused",
        "config.base_url.value": "http://127.0.0.1:27350",
        "config.base_url.port": 27350,
    }
    steps = {one.step.name: one for one in playbooks.walk("gateway_fault", facts, KNOWLEDGE, {"wanted": "yes"})}
    for name in ("start", "its_own_way"):
        asked = steps[name].hand_over
        assert asked
        for text in (steps[name].why, asked.text):
            assert "with an error" not in text
            assert "answers" not in text
        assert "connection refused" in asked.text
        assert "status: none" in asked.text
    line = next(one.run for one in steps["start"].commands if one.system == "linux")
    assert "':27350 '" in line


def test_a_line_asks_the_port_that_the_base_url_names() -> None:
    facts: dict[str, FactValue] = {"config.base_url.host": "gw.corp.example", "config.base_url.port": 8443}
    nameless: dict[str, FactValue] = {"config.base_url.host": "gw.corp.example"}
    for port, seen in ((8443, facts), (443, nameless)):
        lines = [
            line.run for one in playbooks.walk("tls_certificate_invalid", seen, KNOWLEDGE) for line in one.commands
        ]
        assert any(f"-connect gw.corp.example:{port} " in line for line in lines)
