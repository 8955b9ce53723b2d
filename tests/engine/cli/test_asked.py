"""What a dashboard may ask of a listening probe: names from a list, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.cli.asked import Pace, Wanted, allowed, read
from diagnostics.engine.vocabulary import PROBE_NAMES

RUN = "0b0c9d3e-6a53-4b6e-9a39-3c8f24a0c001"


def test_everything_but_what_is_billed_may_be_asked_for() -> None:
    assert allowed() == set(PROBE_NAMES) - {"api.message"}


def test_names_and_numbers_are_taken_and_nothing_else() -> None:
    extra = {"base_url": "http://evil", "options": ["--send-message"], "timeout": 600, "token": "x"}
    rows = [
        {"run": RUN, "kind": "check", "probes": ["tcp.v4", "dns.system"], **extra},
        {"run": RUN, "kind": "full", "probes": ["api.message"], **extra},
    ]
    wanted, refused = read(json.dumps({"runs": rows, **extra}))
    assert wanted == [Wanted(RUN, frozenset({"tcp.v4", "dns.system"})), Wanted(RUN)]
    assert refused == []


@pytest.mark.parametrize(
    "probes",
    [
        ["api.message"],
        ["tcp.v4", "api.message"],
        ["tcp.v4", "rm"],
        [],
        ["tcp.v4"] * 61,
        "tcp.v4",
        None,
        [["tcp.v4"]],
        [1],
    ],
)
def test_a_check_with_any_other_name_is_refused_whole(probes: Any) -> None:
    assert read(json.dumps({"runs": [{"run": RUN, "kind": "check", "probes": probes}]})) == ([], [RUN])


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"runs": 7}', '{"runs": {"run": 1}}', '{"runs": [1, null, "x", []]}', "[" * 100_000,
        json.dumps({"runs": [{"run": "../../x", "kind": "full"}]}),
        json.dumps({"runs": [{"run": f"{RUN}\n", "kind": "full"}]}),
        json.dumps({"runs": [{"run": RUN, "kind": "full"}], "more": "x" * 70_000}),
    ],
)  # fmt: skip
def test_whatever_else_comes_is_nothing(text: str) -> None:
    assert read(text) == ([], [])


def test_only_so_many_of_one_answer() -> None:
    wanted, _ = read(json.dumps({"runs": [{"run": RUN, "kind": "full"}] * 500}))
    assert len(wanted) == 10


def test_the_pace_is_ours() -> None:
    pace, check, whole = Pace(), Wanted(RUN, frozenset({"tcp.v4"})), Wanted(RUN)
    assert sum(pace.takes(check, now / 10) for now in range(590)) == 24
    assert sum(Pace().takes(whole, 0.0) for _ in range(1)) == 1
    other = Pace()
    assert sum(other.takes(whole, 0.0) for _ in range(100)) == 4
    assert not other.takes(check, 59.0)
    assert other.takes(check, 60.0)
