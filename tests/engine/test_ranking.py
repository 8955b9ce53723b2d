"""The rule of the ranking, on a knowledge of its own: no real cause is needed to show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from diagnostics.engine import causes, findings, library
from diagnostics.engine.records import Attempt, Facts, Ranking

SAYS = "what this means for the person"


def sign(code: str, level: str = "problem", **more: Any) -> dict[str, Any]:
    """A finding that is made when the exit country is its code's letters; countries stand in for any fact."""
    return {"code": code, "level": level, "says": SAYS, "when": {"fact": "tls.chain.names", "has": code}, **more}


def cause(code: str, stage: str, **more: Any) -> dict[str, Any]:
    """A cause with the words that do not matter here."""
    words = dict.fromkeys(("title", "summary", "plain", "who_acts"), SAYS)
    return {"code": code, "stage": stage, "prior": -4.0, "side": "client", "layer": stage, **words, **more}


def ranking(
    present: set[str],
    made: dict[str, dict[str, Any]],
    signs: list[dict[str, Any]],
    facts: Facts | None = None,
    beside: Sequence[Attempt] = (),
) -> Ranking:
    """The verdict of a small knowledge when these findings hold."""
    step = {
        "name": "s",
        "do": SAYS,
        "why": SAYS,
        "expect": SAYS,
        "probes": ["config"],
        "green": {"fact": "tcp.connected", "is": True},
    }
    made = {
        "healthy": cause("healthy", "client", decider="api.models"),
        "unknown": cause("unknown", "client", decider="api.message"),
        **made,
    }
    playbooks = {code: {"cause": code, "step": [step]} for code in made}
    tables = {
        "causes": made,
        "signatures": {"tls": {"finding": signs}},
        "playbooks": playbooks,
        "clients": {},
        "providers": {},
    }
    knowledge = library.build(tables)
    known: Facts = {"tls.chain.names": tuple(sorted(present)), **(facts or {})}
    found = findings.derive(known, knowledge)
    return causes.rank(found, known, knowledge, [Attempt("control.hosts", "done"), *beside])


def named(verdict: Ranking) -> list[str]:
    """Ranked causes, best first, without ``unknown``."""
    return [one.cause for one in verdict.ranked if one.cause != "unknown"]


def evidence(*items: tuple[str, float], **more: Any) -> list[dict[str, Any]]:
    """Evidence entries."""
    return [{"finding": finding, "weight": weight, **more} for finding, weight in items]


SIGNS = [sign(code) for code in ("a", "b", "c")] + [sign("ctx", "info"), sign("warn", "warning", cause="dns_failure")]


def test_nothing_seen_is_unknown_with_the_end_of_the_path_as_decider() -> None:
    verdict = ranking(set(), {}, SIGNS)
    assert (verdict.cause, verdict.confidence) == ("unknown", 1.0)
    assert verdict.undecided is not None
    assert (verdict.undecided.candidates, verdict.undecided.probe) == ((), "api.models")


def test_of_two_faults_of_their_own_the_one_met_first_wins_and_the_other_stands_beside() -> None:
    made = {
        "key_malformed": cause("key_malformed", "auth", evidence=evidence(("a", 9.0))),
        "firewall_blocked": cause("firewall_blocked", "tcp", evidence=evidence(("b", 6.0))),
    }
    verdict = ranking({"a", "b"}, made, SIGNS)
    assert verdict.cause == "firewall_blocked"
    assert [(one.cause, one.finding) for one in verdict.also] == [("key_malformed", "a")]
    assert "key_malformed" not in {one.cause for one in verdict.ranked}


def test_the_stage_of_the_evidence_outranks_that_of_the_cause() -> None:
    made = {
        "key_malformed": cause("key_malformed", "auth", evidence=evidence(("a", 8.0), stage="config")),
        "firewall_blocked": cause("firewall_blocked", "tcp", evidence=evidence(("b", 8.0))),
    }
    assert ranking({"a", "b"}, made, SIGNS).cause == "key_malformed"


def test_rivals_for_one_symptom_share_the_confidence_and_the_likelier_wins() -> None:
    made = {
        "dns_hijacked": cause("dns_hijacked", "dns", evidence=evidence(("a", 5.0))),
        "tls_intercepted": cause("tls_intercepted", "tls", evidence=evidence(("a", 7.0))),
    }
    verdict = ranking({"a"}, made, SIGNS)
    assert named(verdict) == ["tls_intercepted", "dns_hijacked"]
    assert verdict.also == ()
    assert verdict.confidence == pytest.approx(0.84, abs=0.01)


def test_rivals_that_are_equally_likely_leave_it_undecided() -> None:
    made = {
        "dns_hijacked": cause("dns_hijacked", "dns", evidence=evidence(("a", 6.0)), decider="dns.independent"),
        "tls_intercepted": cause("tls_intercepted", "tls", evidence=evidence(("a", 6.0)), decider="tls.public"),
    }
    verdict = ranking({"a"}, made, SIGNS)
    assert verdict.cause == "unknown"
    assert verdict.undecided is not None
    assert verdict.undecided.candidates == ("dns_hijacked", "tls_intercepted")
    assert verdict.undecided.probe == "dns.independent"


def test_a_decider_that_has_answered_is_not_asked_again() -> None:
    made = {
        "firewall_blocked": cause("firewall_blocked", "tcp", evidence=evidence(("a", 3.5)), decider="control.hosts")
    }
    verdict = ranking({"a"}, made, SIGNS)
    assert verdict.undecided is not None
    assert verdict.undecided.probe == "api.models"


def test_a_decider_for_which_there_is_nothing_to_try_is_not_named() -> None:
    made = {"proxy_blocked": cause("proxy_blocked", "proxy", evidence=evidence(("a", 3.5)), decider="proxy.connect")}
    unset = Attempt("proxy.connect", "skipped", "not needed: the client uses no proxy here")
    undecided = [ranking({"a"}, made, SIGNS, beside=beside).undecided for beside in ((), (unset,))]
    assert [one.probe for one in undecided if one] == ["proxy.connect", "api.models"]


def test_explaining_a_symptom_makes_rivals_too() -> None:
    made = {
        "no_internet": cause("no_internet", "network", evidence=evidence(("a", 9.0)), explains=["b"]),
        "dns_failure": cause("dns_failure", "dns", evidence=evidence(("b", 6.0))),
    }
    verdict = ranking({"a", "b"}, made, SIGNS)
    assert verdict.cause == "no_internet"
    assert verdict.also == ()
    assert named(verdict) == ["no_internet", "dns_failure"]


def test_context_alone_speaks_for_nothing() -> None:
    made = {
        "firewall_blocked": cause(
            "firewall_blocked", "tcp", evidence=evidence(("a", 4.5)) + evidence(("ctx", 3.0), context=True)
        )
    }
    assert ranking({"ctx"}, made, SIGNS).cause == "unknown"
    assert ranking({"a", "ctx"}, made, SIGNS).confidence > ranking({"a"}, made, SIGNS).confidence


def test_a_false_requirement_takes_a_cause_out_and_an_open_one_does_not() -> None:
    made = {
        "no_internet": cause(
            "no_internet", "network", evidence=evidence(("a", 9.0)), requires={"fact": "network.route", "is": False}
        )
    }
    assert ranking({"a"}, made, SIGNS, {"network.route": True}).cause == "unknown"
    assert ranking({"a"}, made, SIGNS).cause == "no_internet"


def test_what_speaks_against_is_told_and_counts() -> None:
    made = {"firewall_blocked": cause("firewall_blocked", "tcp", evidence=evidence(("a", 8.0), ("b", -2.0)))}
    verdict = ranking({"a", "b"}, made, SIGNS)
    assert verdict.ranked[0].against == ("b",)
    assert verdict.confidence < ranking({"a"}, made, SIGNS).confidence


def test_healthy_needs_that_no_problem_is_left_unexplained() -> None:
    healthy = {"healthy": cause("healthy", "client", evidence=evidence(("ctx", 9.0)))}
    assert ranking({"ctx"}, healthy, SIGNS).cause == "healthy"
    verdict = ranking({"ctx", "a"}, healthy, SIGNS)
    assert verdict.cause == "unknown"
    assert [one.finding for one in verdict.also] == ["a"]


def test_a_warning_stands_beside_with_its_cause() -> None:
    made = {
        "healthy": cause("healthy", "client", evidence=evidence(("ctx", 9.0))),
        "dns_failure": cause("dns_failure", "dns"),
    }
    verdict = ranking({"ctx", "warn"}, made, SIGNS)
    assert verdict.cause == "healthy"
    assert [(one.cause, one.finding) for one in verdict.also] == [("dns_failure", "warn")]


def test_a_later_success_withdraws_a_suspicion() -> None:
    signs = [sign("a", withdrawn_by=["ctx"]), sign("ctx", "info")]
    made = {"dns_hijacked": cause("dns_hijacked", "dns", evidence=evidence(("a", 9.0)))}
    assert ranking({"a"}, made, signs).cause == "dns_hijacked"
    assert ranking({"a", "ctx"}, made, signs).cause == "unknown"
