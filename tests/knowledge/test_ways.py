"""The ways out as they are drawn: every step and branch is there, lanes never cross, and conditions are told in words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from diagnostics.drawing import way
from diagnostics.engine import library
from diagnostics.engine.matching import Condition
from diagnostics.engine.playbook_records import Choice, Playbook, PlaybookStep, Question, When
from diagnostics.engine.playbooks import graph
from diagnostics.services.conditions import only_where, unworded

PLAYBOOKS = library.load().playbooks
GREEN: Condition = {"fact": "api.models.accepted", "is": True}


def step(name: str, when: When | None = None, applies: Condition | None = None) -> PlaybookStep:
    return PlaybookStep(name, f"Do {name}.", "", "", ("api.models",), GREEN, when=when, applies=applies)


def asked(name: str, *choices: str) -> Question:
    return Question(
        name, f"Which {name}?", "It decides.", tuple(Choice(one, f"It is {one}") for one in choices), choices[0]
    )


def answered(playbook: Playbook) -> set[str]:
    """Nodes that only some answers lead to."""
    return {f"step:{one.name}" for one in playbook.steps if one.when is not None}


BRANCHING = Playbook(
    "made",
    (
        step("first"),
        step("yes_one", When("needed", ("yes",))),
        step("yes_two", When("needed", ("yes",)), applies={"fact": "config.proxy.present", "is": True}),
        step("no_one", When("needed", ("no",))),
        step("last"),
    ),
    (asked("needed", "yes", "no"),),
)


def reached(found: graph.Graph, start: str, *, backwards: bool = False) -> set[str]:
    """Every node that ways lead to from here."""
    seen, ahead = set(), [start]
    while ahead:
        here = ahead.pop()
        if here not in seen:
            seen.add(here)
            edges = ((one.target, one.source) if backwards else (one.source, one.target) for one in found.edges)
            ahead += [target for source, target in edges if source == here]
    return seen


@pytest.mark.parametrize("code", PLAYBOOKS)
def test_every_step_is_reached_and_every_branch_ends(code: str) -> None:
    found = graph.of(PLAYBOOKS[code])
    every = {node.id for node in found.nodes}
    assert {f"step:{one.name}" for one in PLAYBOOKS[code].steps} <= every
    assert {f"question:{one.name}" for one in PLAYBOOKS[code].questions} <= every
    assert reached(found, graph.START) == every
    assert reached(found, graph.END, backwards=True) == every
    places = {node.id: number for number, node in enumerate(found.nodes)}
    assert all(places[edge.source] < places[edge.target] for edge in found.edges)  # nothing goes in a circle


def test_a_branch_is_drawn_around_what_it_passes_over() -> None:
    found = graph.of(BRANCHING)
    drawn = [(edge.source, edge.choice, edge.target) for edge in way.ways(found, answered(BRANCHING))]
    assert drawn == [
        ("start", "", "step:first"),
        ("step:first", "", "question:needed"),
        ("question:needed", "yes", "step:yes_one"),
        ("question:needed", "no", "step:no_one"),
        ("step:yes_one", "", "step:yes_two"),
        ("step:yes_one", "", "step:last"),  # an answer led to what is passed over, so another may lead past it
        ("step:yes_two", "", "step:last"),
        ("step:no_one", "", "step:last"),
        ("step:last", "", "end"),
    ]
    kinds = {
        node.id: {"start": "start", "end": "end", "question": "question"}.get(node.kind, "step") for node in found.nodes
    }
    pieces = [ET.fromstring(piece) for piece in way.pieces(found, kinds, answered(BRANCHING))]
    assert len(pieces) == len(found.nodes)
    assert len({piece.get("width") for piece in pieces}) == 1  # or the line would not be one
    lanes = [{line.get("x1") for line in piece.findall("line")} for piece in pieces]
    assert lanes[1:6] == [{"14"}, {"14", "26"}, {"14", "26", "38"}, {"26", "38"}, {"14", "38"}]
    dashed = [
        node.name for node, piece in zip(found.nodes, pieces, strict=True) if "way-facts" in piece[-1].get("class", "")
    ]
    assert dashed == ["yes_two"]


@pytest.mark.parametrize("code", PLAYBOOKS)
def test_ways_beside_each_other_never_share_a_lane(code: str) -> None:
    found = graph.of(PLAYBOOKS[code])
    places = {node.id: number for number, node in enumerate(found.nodes)}
    drawn = [(places[one.source], places[one.target]) for one in way.ways(found, answered(PLAYBOOKS[code]))]
    kinds = dict.fromkeys(places, "step")
    for number, piece in enumerate(map(ET.fromstring, way.pieces(found, kinds, answered(PLAYBOOKS[code])))):
        passing = {target for source, target in drawn if source < number < target}
        through = [line for line in piece.findall("line") if line.get("y1") == "0"]
        assert len({line.get("x1") for line in through}) == len(through) == len(passing)


def conditions() -> Iterator[Condition]:
    for playbook in PLAYBOOKS.values():
        yield from (one.applies for one in playbook.steps if one.applies is not None)
        yield from (one.applies for one in playbook.questions if one.applies is not None)


def test_every_condition_is_told_in_words() -> None:
    assert unworded(conditions()) == []
    for condition in conditions():
        told = only_where(condition)
        assert not re.search(r"\{|\}|_|config\.|None|\[\]|: \.|  ", told), told
        assert re.match(r"(Only|Except) where ", told)


def test_conditions_are_joined_as_they_are_meant() -> None:
    proxy, first_run = {"fact": "config.proxy.present", "is": True}, {"fact": "config.first_run_counts", "is": False}
    assert only_where(proxy) == "Only where a proxy is set for the client."
    assert only_where({"all": [proxy, first_run]}) == (
        "Only where a proxy is set for the client and the client makes no first-run check."
    )
    assert only_where({"none": [proxy, first_run]}) == (
        "Except where a proxy is set for the client or the client makes no first-run check."
    )
    assert only_where({"all": [first_run, {"none": [proxy]}]}) == (
        "Only where the client makes no first-run check, except where a proxy is set for the client."
    )
    kinds = {"fact": "config.key.problems", "has_any": ["admin_key", "session_cookie"]}
    assert only_where({"all": [{"fact": "config.key.problems", "known": True}, kinds]}) == (
        "Only where this is wrong with the key: it is an admin key or it is a browser's session."
    )


def test_a_fact_without_words_is_told_by_its_meaning() -> None:
    tunnel = {"fact": "config.base_url.plain_http", "is": False}
    assert unworded([tunnel]) == ["config.base_url.plain_http"]
    assert only_where(tunnel).startswith("Only where it is not so: ")
