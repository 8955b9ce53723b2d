"""Words that are hidden are found as one pattern for each would find them, in a time that hangs on the text alone."""

from __future__ import annotations

import random
import re
import time

import pytest

from diagnostics.models import ShareLink
from diagnostics.services import outsiders
from diagnostics.services.finding_words import Words
from tests import factories, pace


@pytest.mark.parametrize(
    ("words", "text", "shown"),
    [
        (["gate"], "Gate, gates, a-gate, gate-1, (GATE)", "<0>, gates, a-gate, gate-1, (<0>)"),
        (["a.example", "x.a.example"], "x.a.example and b.a.example", "<1> and b.<0>"),
        (["/home/bo"], "file:///home/bo/x /home/bob", "file://<0>/x /home/bob"),
        ([".corp"], "*.corp x.corp", "*<0> x.corp"),
        (["a.b", "b.c.d"], "a.b.c.d", "<1>"),  # both go where they lie over each other
        (["x", "y", "xy"], "x y xy", "<0> <1> <2>"),
        ([], "as it was", "as it was"),
    ],
)
def test_whole_words_go_in_letters_of_any_case(words: list[str], text: str, shown: str) -> None:
    assert Words({word: f"<{number}>" for number, word in enumerate(words)}).replace(text) == shown


def test_no_word_is_left_that_a_pattern_for_each_would_find() -> None:
    chance = random.Random(7)
    parts = ["a", "b", "B", "-", ".", "_", " ", "é", "c1"]
    for _ in range(3000):
        words = ["".join(chance.choices(parts, k=chance.randint(1, 5))).strip(". ") for _ in range(4)]
        text = "".join(chance.choices(parts, k=chance.randint(0, 20)))
        kept = [word for word in words if word]
        shown = Words(dict.fromkeys(kept, "[x]")).replace(text)
        for word in kept:
            assert word == "x" or not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", shown, re.IGNORECASE)


@pytest.mark.parametrize(("begins", "unit", "text"), [("/", "a/", "/a"), ("", ":a", "a:")])
def test_words_that_end_in_each_other_are_found_in_time(begins: str, unit: str, text: str) -> None:
    """Looked at one by one at each place they took minutes: none of them stands alone in the text."""
    words = Words({begins + unit * number: "[x]" for number in range(2, 800)})
    with pace.within(10_000):
        words.replace(text * 40_000 + "b")


def test_a_report_of_thirty_thousand_hosts_is_hidden_in_time() -> None:
    """With a pattern for each it took as many times as long as there are hosts: minutes of every page that shows it."""
    body = factories.make_report()
    body["environment"] = {"no_proxy": [",".join(f"a{row}x{number}.io" for number in range(250)) for row in range(120)]}
    began = time.process_time()
    shown = outsiders.without(body, {}, frozenset({ShareLink.Hides.HOSTS}))
    assert time.process_time() - began < 10
    assert set(shown["environment"]["no_proxy"]) == {",".join(["[host]"] * 250)}
