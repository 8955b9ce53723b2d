"""Mutants: the same ones everywhere, each really changed; and a sample of them is diagnosed on every test run."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from accuracy import running
from accuracy.changes import CHANGES
from accuracy.mutants import EACH, mutant
from accuracy.score import SURE, rate, sure_and_wrong
from tests.scenarios.networks import NETWORKS
from tests.scenarios.networks.declaring import Broken

SAMPLE = 60


def test_a_seed_gives_the_same_mutant_each_time() -> None:
    for broken in NETWORKS[::5]:
        one, again = mutant(broken, 3), mutant(broken, 3)
        assert one.changes == again.changes
        assert _apart_from_hosts(one.network) == _apart_from_hosts(again.network)


def test_every_mutant_is_changed_and_keeps_its_fault() -> None:
    for broken in NETWORKS:
        for number in range(1, EACH + 1):
            made = mutant(broken, number)
            assert len(made.changes) >= 2
            assert (made.network.cause, made.network.name) == (broken.cause, broken.name)


def test_mutants_of_a_scenario_differ_from_each_other() -> None:
    for broken in NETWORKS:
        assert len({mutant(broken, number).changes for number in range(1, EACH + 1)}) >= EACH // 2, broken.name


def test_every_change_is_used_by_some_mutant() -> None:
    used = {name for broken in NETWORKS for number in range(1, EACH + 1) for name in mutant(broken, number).changes}
    assert used <= {change.__name__ for change in CHANGES}
    assert {change.__name__ for change in CHANGES} - used == set()


def test_what_is_fixed_stays() -> None:
    names = {change.__name__ for change in CHANGES}
    assert {name for broken in NETWORKS for name in broken.fixed} <= names
    for broken in NETWORKS:
        assert not set(broken.fixed).intersection(*(mutant(broken, number).changes for number in range(1, EACH + 1)))


@pytest.mark.timeout(400)
def test_a_sample_of_mutants_is_diagnosed_right() -> None:
    source = Random("a sample")
    places = source.sample(range(len(NETWORKS)), min(SAMPLE, len(NETWORKS)))
    jobs = [running.Job(place, source.randint(1, EACH)) for place in places]
    judged = asyncio.run(running.all_of(jobs))
    wrong = [(one.name, one.number, one.changes, one.ranked, one.findings) for one in judged if not one.right]
    assert rate(judged).share >= 0.98, wrong
    assert not sure_and_wrong(judged), f"wrong at {SURE} and more: {wrong}"


def _apart_from_hosts(broken: Broken) -> tuple[object, ...]:
    return broken.environ, broken.files, broken.client, broken.mode, broken.home, sorted(broken.hosts())
