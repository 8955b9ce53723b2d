"""Whatever somebody sends as a report or types as a command, it is taken whole or refused with a sentence."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine import hiding, library, matching, pipeline, report, text, wording
from diagnostics.engine.cli import options
from diagnostics.engine.facts import FACTS
from diagnostics.engine.records import Attempt, Event, FactValue
from diagnostics.engine.secrets import Secret
from diagnostics.engine.vocabulary import ANSWERERS, FAILURES, PROBE_NAMES
from tests.bounded.running import is_plain
from tests.bounded.spiteful import ANY_TEXT, JSON, URL
from tests.engine.test_uploads import sent

_OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int": st.integers(-(10**14), 10**14),
    "float": st.floats(-1e14, 1e14),
    "str": ANY_TEXT,
    "words": st.lists(ANY_TEXT, max_size=4).map(tuple),
    "failure": st.sampled_from(sorted(FAILURES)),
    "answerer": st.sampled_from(sorted(ANSWERERS)),
}
_FACT = st.sampled_from(sorted(FACTS)).flatmap(lambda name: st.tuples(st.just(name), _OF_KIND[FACTS[name][0]]))
_FACTS = st.lists(_FACT, max_size=30).map(dict)
_RUN = {**sent()["run"], "error": None}


@given(st.binary(max_size=300) | JSON.map(json.dumps).map(str.encode))
def test_any_bytes_are_refused_with_a_sentence(body: bytes) -> None:
    try:
        report.parse(body)
    except report.ReportError as error:
        assert str(error).endswith(".")


@given(st.data())
def test_a_report_with_anything_in_one_place(data: st.DataObject) -> None:
    whole = sent()
    place: Any = whole
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], (dict, list)) or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    try:
        upload = report.parse(copy.deepcopy(whole))
    except report.ReportError:
        return
    judged = pipeline.judge(upload)
    report.dumps(judged)
    text.render(judged)


@given(_FACTS, _FACTS)
def test_any_facts_are_judged_shown_and_read_back(first: dict[str, FactValue], second: dict[str, FactValue]) -> None:
    attempts = [
        Attempt(probe, "done", None, 0.1, 0.1, facts, (Event(0.1, "told", "x"),))
        for probe, facts in zip(PROBE_NAMES, (first, second), strict=False)
    ]
    made = pipeline.conclude(_RUN, {"settings": []}, attempts)
    verdict = made.verdict
    assert 1 <= len(verdict.ranked) <= 5
    assert all(0 <= one.confidence <= 1 for one in verdict.ranked)
    shown = text.render(made)
    assert is_plain(shown.replace("\n", " "))
    report.dumps(made)


@given(st.lists(st.sampled_from(["--json", "--client", "--timeout", "--control", "--resolver", "--header", "--token", "--upload", "--mode"])
    | URL | ANY_TEXT, max_size=6))  # fmt: skip
def test_any_command_line_is_taken_or_refused(arguments: list[str]) -> None:
    try:
        options.read(arguments, asks=False)
    except options.WrongCommand as error:
        assert str(error)
    except SystemExit as end:
        assert end.code == 0


_CONDITIONS = [one.when for one in library.load().signatures]


@given(st.sampled_from(_CONDITIONS), _FACTS)
def test_any_condition_holds_or_not_or_is_open(condition: Any, facts: dict[str, FactValue]) -> None:
    assert matching.holds(condition, facts) in (True, False, None)


@given(_FACTS, st.sampled_from(sorted(FACTS)))
def test_any_fact_fits_into_a_sentence_and_a_command(facts: dict[str, FactValue], name: str) -> None:
    said = wording.render("It says {" + name + "|nothing}.", facts)
    assert is_plain(said)
    command = wording.render_command("curl {" + name + "|URL}", facts)
    assert not set(command) & set("\n\r;|&$`<>()\\\"'")


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_hiding_ends_and_stays_hidden(told: str, secrets: list[str]) -> None:
    once = hiding.scrub(told, map(Secret, secrets))
    assert hiding.scrub(once, map(Secret, secrets)) == once
