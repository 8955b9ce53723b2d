"""Every scenario by its facts alone: findings, ranking, what stands beside it, and the first step."""

from __future__ import annotations

import pytest

from diagnostics.engine import library
from diagnostics.engine.facts import FACTS
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from tests.scenarios.scenario import HERE, Scenario, judged, scenarios

ALL = scenarios()


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_the_facts_lead_to_the_cause(scenario: Scenario) -> None:
    assert set(scenario.facts) <= set(FACTS)
    report = judged(scenario.facts)
    verdict = report.verdict
    codes = {finding.code for finding in report.findings}
    shown = [(one.cause, one.confidence) for one in verdict.ranked]
    assert verdict.cause == scenario.cause, f"{shown} {sorted(codes)}"
    assert set(scenario.findings) <= codes, sorted(codes)
    assert not codes.intersection(scenario.absent)
    if scenario.cause != UNKNOWN:
        assert verdict.confidence >= scenario.least, shown
    if scenario.neighbour:
        others = {one.cause: one.confidence for one in verdict.ranked}
        assert others.get(scenario.neighbour, 0.0) < verdict.confidence
        assert scenario.neighbour not in {one.cause for one in verdict.also}
    if scenario.also is not None:
        assert tuple(one.cause for one in verdict.also if one.cause) == scenario.also
    assert (report.next_step.step if report.next_step else None) == scenario.step


@pytest.mark.parametrize("scenario", [one for one in ALL if one.cause == UNKNOWN], ids=lambda scenario: scenario.name)
def test_unknown_says_what_would_decide(scenario: Scenario) -> None:
    undecided = judged(scenario.facts).verdict.undecided
    assert undecided is not None
    assert (undecided.candidates, undecided.probe) == (scenario.candidates, scenario.probe)


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_the_ranking_keeps_its_form(scenario: Scenario) -> None:
    verdict = judged(scenario.facts).verdict
    confidences = [one.confidence for one in verdict.ranked]
    assert 1 <= len(verdict.ranked) <= 5
    assert verdict.ranked[0].cause == verdict.cause
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= one <= 1 for one in confidences)
    if verdict.cause == UNKNOWN:
        assert confidences[0] == pytest.approx(1 - max(confidences[1:], default=0.0))
        assert (verdict.side, verdict.layer) == (None, None)


def test_every_cause_has_a_scenario() -> None:
    """Its own, or one that it is a candidate of where today's checks cannot tell it from its neighbours."""
    shown = {scenario.cause for scenario in ALL} | {code for scenario in ALL for code in scenario.candidates or ()}
    assert shown == set(library.load().causes)


def test_every_scenario_names_its_nearest_wrong_neighbour() -> None:
    assert [one.name for one in ALL if one.cause not in (HEALTHY, UNKNOWN) and not one.neighbour] == []
    beside = {"networks"}  # those on real sockets
    assert not [
        file
        for file in HERE.glob("*")
        if file.is_dir() and file.name[0] not in "_." and file.name not in beside and not list(file.glob("*.toml"))
    ]
