"""Every code has its knowledge file, its wizard, and its scenarios: the plain case, a variant, and the nearest wrong neighbour."""

from __future__ import annotations

import pytest

from diagnostics.engine import library
from diagnostics.engine.vocabulary import CAUSES, HEALTHY, UNKNOWN
from tests.scenarios.networks import NETWORKS
from tests.scenarios.networks.declaring import COMPOUND, NEIGHBOUR, PLAIN, VARIANT, Broken
from tests.scenarios.scenario import Scenario, scenarios

KNOWLEDGE = library.load()
EVERY: tuple[Broken | Scenario, ...] = (*NETWORKS, *scenarios())
ROLES = (PLAIN, VARIANT, NEIGHBOUR, COMPOUND)


def _roles(code: str) -> list[str]:
    return [one.role for one in EVERY if one.cause == code]


@pytest.mark.parametrize("code", CAUSES)
def test_every_code_is_complete(code: str) -> None:
    assert code in KNOWLEDGE.causes, f"knowledge/causes/{code}.toml is missing"
    assert code in KNOWLEDGE.playbooks, f"knowledge/playbooks/{code}.toml is missing"
    own = [role for role in _roles(code) if role != COMPOUND]
    assert len(own) >= 3, f"{code} has {len(own)} scenarios of its own, and needs three"
    missing = {PLAIN, VARIANT, NEIGHBOUR} - set(own)
    assert not missing, f"{code} has no scenario with the role {', '.join(sorted(missing))}"


def test_roles_are_known() -> None:
    assert [one.name for one in EVERY if one.role not in ROLES] == []


def test_every_network_names_the_nearest_wrong_cause_or_what_stands_beside() -> None:
    for one in NETWORKS:
        assert one.below in (None, *CAUSES)
        if one.role == COMPOUND:
            assert one.also, f"{one.name}: a compound names the other fault"
        elif one.cause not in (HEALTHY, UNKNOWN):
            assert one.below, f"{one.name}: names no nearest wrong cause"


def test_compounds_cross_the_layers() -> None:
    layers = {code: cause.layer for code, cause in KNOWLEDGE.causes.items()}
    pairs = {(one.cause, other) for one in NETWORKS if one.role == COMPOUND for other in one.also}
    assert len(pairs) >= 15
    assert len({(layers[one], layers[other]) for one, other in pairs}) >= 8


def test_no_two_networks_have_the_same_name() -> None:
    names = [f"{one.cause}: {one.name}" for one in NETWORKS]
    assert sorted(set(names)) == sorted(names)
