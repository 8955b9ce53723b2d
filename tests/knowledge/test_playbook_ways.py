"""Every way through every playbook: each step is reached under some facts and answers, each branch ends, each question leads somewhere."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from diagnostics.engine import library, playbooks
from diagnostics.engine.facts import FACTS
from diagnostics.engine.matching import Condition, holds
from diagnostics.engine.playbook_records import Playbook, PlaybookStep
from diagnostics.engine.playbooks import asking, graph
from diagnostics.engine.probes import PROBES
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import HEALTHY, PROBE_NAMES

KNOWLEDGE = library.load()
BOOKS = sorted(KNOWLEDGE.playbooks)


def facts_for(condition: Condition | None, wanted: bool = True) -> Facts:
    """Facts with which a condition holds, or with which it does not: of each leaf one that meets it and one that does not are tried."""
    if condition is None:
        return {}
    values: dict[str, list[Any]] = {}
    for leaf in _leaves(condition):
        values.setdefault(leaf["fact"], [_ABSENT]).extend(_values(leaf))
    for chosen in itertools.product(*values.values()):
        facts = {name: value for name, value in zip(values, chosen, strict=True) if value is not _ABSENT}
        if holds(condition, facts) is wanted:
            return facts
    raise AssertionError(f"no facts make it {wanted}: {condition}")


_ABSENT = object()


def _leaves(condition: Condition) -> Iterator[Mapping[str, Any]]:
    for join in ("all", "any", "none"):
        if join in condition:
            for part in condition[join]:
                yield from _leaves(part)
            return
    yield condition


def _values(leaf: Mapping[str, Any]) -> list[Any]:
    """One value that meets a leaf, and one that does not."""
    if "known" in leaf:
        return ["known"]
    if "is" in leaf:
        other = not leaf["is"] if isinstance(leaf["is"], bool) else 599 if isinstance(leaf["is"], int) else "other"
        return [leaf["is"], other]
    if "in" in leaf:
        return [leaf["in"][0], "other"]
    if "has" in leaf:
        return [(leaf["has"],), ("other",)]
    if "has_any" in leaf:
        return [(leaf["has_any"][0],), ("other",)]
    if "below" in leaf:
        return [leaf["below"] - 1, leaf["below"] + 1]
    if "above" in leaf:
        return [leaf["above"] + 1, leaf["above"] - 1]
    return [*_MATCHING.get(leaf["matches"], []), "other"]


_MATCHING: dict[str, list[Any]] = {
    ".": [("something",), ()],
    "^Node": ["Node 22"],
    "PAC ": [("PAC http://x/proxy.pac",)],
    " alone$": ["ANTHROPIC_AUTH_TOKEN alone"],
    r"\.json$": ["~/.claude/settings.json"],
    r"\.claude/settings\.json$": ["~/.claude/settings.json"],
}


def answers_of(playbook: Playbook) -> Iterator[dict[str, str]]:
    """Every set of answers."""
    names = [question.name for question in playbook.questions]
    for chosen in itertools.product(*([one.name for one in question.choices] for question in playbook.questions)):
        yield dict(zip(names, chosen, strict=True))


def way(code: str, facts: Facts, answers: Mapping[str, str]) -> list[str]:
    return [one.step.name for one in playbooks.walk(code, facts, KNOWLEDGE, answers)]


STEPS = [(code, step) for code in BOOKS for step in KNOWLEDGE.playbooks[code].steps]


@pytest.mark.parametrize(("code", "step"), STEPS, ids=[f"{code}.{step.name}" for code, step in STEPS])
def test_every_step_is_reached_under_some_facts_and_answers(code: str, step: PlaybookStep) -> None:
    answers = {step.when.question: step.when.choices[0]} if step.when else {}
    facts = facts_for(step.applies)
    assert step.name in way(code, facts, answers)
    if step.applies is not None:
        assert step.name not in way(code, facts_for(step.applies, wanted=False), answers)
    if step.when is not None:
        question = next(one for one in KNOWLEDGE.playbooks[code].questions if one.name == step.when.question)
        others = [one.name for one in question.choices if one.name not in step.when.choices]
        assert others, "it hangs on a question and belongs to every answer"
        assert step.name not in way(code, facts, {question.name: others[0]})


@pytest.mark.parametrize("code", BOOKS)
def test_every_branch_ends_with_the_whole_path_and_a_probe(code: str) -> None:
    playbook = KNOWLEDGE.playbooks[code]
    for answers in answers_of(playbook):
        steps = playbooks.walk(code, {}, KNOWLEDGE, answers)
        assert steps[-1].step.name == "whole_path"
        assert len(steps) >= 2 or code == HEALTHY, answers
        assert all(set(one.step.probes) <= set(PROBE_NAMES) for one in steps)
        assert all(bool(one.step.probes) is not bool(one.step.said) for one in steps)
        assert steps[-1].step.probes
        assert any(one.step.probes for one in steps[:-1]) or code == HEALTHY, "nobody's word mends anything"
        assert all(one.decides for one in steps)


@pytest.mark.parametrize("code", BOOKS)
def test_every_choice_leads_somewhere_of_its_own(code: str) -> None:
    for question in KNOWLEDGE.playbooks[code].questions:
        facts = facts_for(question.applies) if question.applies else {}
        ways = {one.name: way(code, facts, {question.name: one.name}) for one in question.choices}
        assert len({tuple(steps) for steps in ways.values()}) == len(ways), ways
        assert way(code, facts, {}) == ways[question.default]
        assert way(code, facts, {question.name: "no such choice"}) == ways[question.default]


@pytest.mark.parametrize("code", BOOKS)
def test_a_question_is_asked_only_where_facts_do_not_decide(code: str) -> None:
    playbook = KNOWLEDGE.playbooks[code]
    for question in playbook.questions:
        open_facts = facts_for(question.applies) if question.applies else {}
        asked = {one.name: one for one in playbooks.questions(code, open_facts, KNOWLEDGE)}
        first = next(step for step in playbook.steps if step.when and step.when.question == question.name)
        if question.name in asked:
            assert asked[question.name].before == first.name or holds(first.applies or {"all": []}, open_facts) is False
            assert "not measured" not in asked[question.name].ask + asked[question.name].why
            assert asked[question.name].ask.endswith("?")
        if question.applies is not None:
            closed = facts_for(question.applies, wanted=False)
            assert question.name not in {one.name for one in playbooks.questions(code, closed, KNOWLEDGE)}
        for choice in question.choices:
            if choice.shown_by is None:
                continue
            shown = facts_for(choice.shown_by)
            assert asking.decided(question, shown) == choice.name
            assert question.name not in {one.name for one in playbooks.questions(code, shown, KNOWLEDGE)}
            other = next(one.name for one in question.choices if one.name != choice.name)
            assert way(code, shown, {question.name: other}) == way(code, shown, {})


@pytest.mark.parametrize("code", BOOKS)
def test_the_graph_holds_every_way_and_no_other_end(code: str) -> None:
    playbook = KNOWLEDGE.playbooks[code]
    made = graph.of(playbook)
    ids = [node.id for node in made.nodes]
    assert (ids[0], ids[-1], len(set(ids))) == (graph.START, graph.END, len(ids))
    follows = {node: {edge.target for edge in made.edges if edge.source == node} for node in ids}
    assert all(follows[node] for node in ids[:-1])
    assert follows[graph.END] == set()
    reached, ahead = set(), [graph.START]
    while ahead:
        node = ahead.pop()
        if node not in reached:
            reached.add(node)
            ahead += follows[node]
    assert reached == set(ids)
    assert all(ids.index(edge.source) < ids.index(edge.target) for edge in made.edges)
    for question in playbook.questions:
        choices = {edge.choice for edge in made.edges if edge.source == f"question:{question.name}"}
        assert choices == {one.name for one in question.choices}
    for answers in answers_of(playbook):
        steps = [f"step:{name}" for name in way(code, {}, answers)]
        for before, after in itertools.pairwise([graph.START, *steps, graph.END]):
            asked = {node for node in follows[before] if node.startswith("question:")}
            between = {target for question in asked for target in follows[question]}
            further = {target for node in between if node.startswith("question:") for target in follows[node]}
            assert after in follows[before] | between | further, (before, after)


def test_the_graph_passes_a_question_only_toward_what_facts_can_show() -> None:
    edges = {
        (edge.source, edge.target, edge.choice) for edge in graph.of(KNOWLEDGE.playbooks["proxy_unreachable"]).edges
    }
    asked = "question:need"
    assert {(graph.START, asked, ""), (asked, "step:needed", "no"), (asked, "step:address", "yes")} <= edges
    assert (graph.START, "step:needed", "") in edges  # the experiment has shown that nobody needs the proxy
    assert (graph.START, "step:address", "") not in edges  # that is for a person to say
    assert ("step:needed", "step:address", "") not in edges


@pytest.mark.parametrize("code", BOOKS)
def test_the_first_step_is_the_same_each_time(code: str) -> None:
    playbook = KNOWLEDGE.playbooks[code]
    applies = [facts_for(step.applies) for step in playbook.steps]
    for facts in applies:
        steps = [way(code, facts, {}) for _ in range(3)]
        assert steps[0] == steps[1] == steps[2]


@pytest.mark.parametrize(("code", "step"), STEPS, ids=[f"{code}.{step.name}" for code, step in STEPS])
def test_a_step_that_edits_something_says_what_it_changes(code: str, step: PlaybookStep) -> None:
    lines = [
        one
        for walked in playbooks.walk(code, facts_for(step.applies), KNOWLEDGE, _toward(step))
        if walked.step == step
        for one in walked.commands
    ]
    if any(one.lasting for one in lines):
        assert step.changes or step.name == "whole_path"
        assert step.undo


def _toward(step: PlaybookStep) -> dict[str, str]:
    return {step.when.question: step.when.choices[0]} if step.when else {}


def test_every_cause_that_others_act_on_has_a_letter_to_them() -> None:
    """Causes of the network's and the provider's side: somebody else may have to act, so there is a text to send."""
    for code, cause in KNOWLEDGE.causes.items():
        if cause.side in ("network", "provider"):
            assert any(step.hand_over for step in KNOWLEDGE.playbooks[code].steps), code


def _wanted(condition: Mapping[str, Any]) -> Iterator[str]:
    """Facts without which a condition cannot come true: what is asked of one, or of all."""
    if "fact" in condition:
        yield condition["fact"]
    for part in condition.get("all", ()):
        yield from _wanted(part)


def test_every_steps_own_check_can_prove_it() -> None:
    probes = {one.name: one for one in PROBES}
    found = []
    for code, playbook in library.load().playbooks.items():
        for step in playbook.steps:
            run = set(step.probes)
            while more := {name for one in run for name in probes[one].needs} - run:
                run |= more
            families = {".".join(fact.split(".")[:2]) for fact in _wanted(step.green)} & set(probes)
            found += [f"{code}.{step.name}: {family}" for family in sorted(families - run)]
    assert found == []


@pytest.mark.parametrize(("code", "step"), STEPS, ids=[f"{code}.{step.name}" for code, step in STEPS])
def test_every_instruction_is_one_sentence_that_fits_a_heading(code: str, step: PlaybookStep) -> None:
    assert ". " not in step.do, "what comes after the instruction belongs into why, changes or expect"
    assert len(step.do) <= 150


def test_a_question_that_decides_comes_before_what_hangs_on_it() -> None:
    """Nobody switches a cable on for a container, or waits for a sign-in page behind a VPN."""
    assert way("no_internet", {"network.route": False}, {"inside": "yes"})[0] == "container"
    assert way("no_internet", {"network.route": True}, {})[0] == "connect"
    assert way("captive_portal", {}, {"vpn_on": "on"})[0] == "vpn"
    for code in ("no_internet", "captive_portal"):
        asked = playbooks.questions(code, {"network.route": False}, KNOWLEDGE)
        assert asked[0].before == KNOWLEDGE.playbooks[code].steps[0].name


def test_a_value_that_is_known_stands_in_the_line() -> None:
    facts: Facts = {
        "config.proxy.present": True,
        "config.proxy.problems": ("quotes",),
        "config.proxy.address": "proxy.corp:8080",
    }
    written = {
        line.run
        for one in playbooks.walk("proxy_malformed", facts, KNOWLEDGE)
        for line in one.commands
        if one.step.name == "write"
    }
    assert written
    assert any("http://proxy.corp:8080" in line for line in written)
    assert not any("example.com" in line for line in written)


def _needs(step: PlaybookStep) -> list[str]:
    """Facts that have to be there for a step to have its place on the way, each of what one probe looks at."""
    wanted = dict.fromkeys(_wanted(step.applies)) if step.applies else {}
    tested = {one["fact"] for one in _leaves(step.applies or {"all": []}) if "known" not in one}
    return [name for name in wanted if name in tested and any(name.startswith(f"{probe}.") for probe in PROBE_NAMES)]


@pytest.mark.parametrize(("code", "step"), [one for one in STEPS if _needs(one[1])], ids=lambda one: str(one))
def test_a_step_for_something_is_not_shown_where_its_probe_saw_none(code: str, step: PlaybookStep) -> None:
    """No second key is taken away where there is one key, and no name mended that resolves."""
    answers = _toward(step)
    for name in _needs(step):
        probe = max((one for one in PROBE_NAMES if name.startswith(f"{one}.")), key=len)
        facts = {other: value for other, value in facts_for(step.applies).items() if other != name}
        beside = next(one for one in FACTS if one.startswith(f"{probe}.") and one not in facts_for(step.applies))
        assert step.name not in way(code, facts | {beside: "seen"}, answers), name
        if probe != "config" and not any(other.startswith(f"{probe}.") for other in facts):
            assert step.name in way(code, facts, answers), f"{name}: nothing ran that could tell"


def test_what_only_an_experiment_shows_is_not_shown_without_one() -> None:
    """Nobody made it, so nothing speaks for the step."""
    for code, step in STEPS:
        asked = [name for name in _wanted(step.applies or {"all": []}) if name.startswith("experiment.")]
        if asked:
            assert step.name not in way(code, {}, _toward(step)), code


def test_one_key_in_odd_quotes_has_no_second_one_to_take_away() -> None:
    facts: Facts = {
        "config.key.present": True,
        "config.key.name": "ANTHROPIC_API_KEY",
        "config.key.problems": ("smart_quotes",),
    }
    assert "along" not in way("key_malformed", facts, {})
    assert "along" in way("key_malformed", {**facts, "config.key.along_stays": "malformed"}, {})
