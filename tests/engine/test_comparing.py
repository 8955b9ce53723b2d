"""Two real reports of declared networks: what differs, in the order in which it can have to do with the fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from diagnostics.engine import library
from diagnostics.engine.comparing import BESIDE, DECIDES, EXPLAINS, FOLLOWS, Comparison, compare
from diagnostics.engine.report import dumps
from diagnostics.lab.certificates import private_root
from diagnostics.lab.proxy import proxy
from tests.scenarios.networks.declaring import OFFICE, THROUGH_OFFICE, Broken
from tests.scenarios.networks.diagnosing import diagnosed

Report = Mapping[str, Any]
ANOTHER_KEY = "sk-ant-api03-" + "b7Rk2" * 18 + "xyzAA"


async def _report(**declared: Any) -> Report:
    made: Report = json.loads(dumps(await diagnosed(Broken("compared", "healthy", **declared))))
    return made


@cache
def _knowledge() -> library.Knowledge:
    return library.load()


def _bearings(found: Comparison) -> dict[str, str]:
    return {one.fact: one.bearing for one in found.differences}


async def test_two_healthy_runs_of_the_same_machine_do_not_differ() -> None:
    found = compare(await _report(), await _report(), _knowledge())
    assert found.differences == ()
    assert found.same_secrets == ("config.key.fingerprint",)


async def test_a_proxy_that_asks_for_a_password_now_is_what_decides() -> None:
    before = await _report(hosts=lambda: {OFFICE: proxy()}, environ=THROUGH_OFFICE)
    after = await _report(hosts=lambda: {OFFICE: proxy(connect=407)}, environ=THROUGH_OFFICE)
    assert after["verdict"]["cause"] == "proxy_auth_required"
    found = compare(before, after, _knowledge())
    first = found.differences[0]
    assert (first.fact, first.left, first.right, first.bearing) == ("proxy.connect.status", 200, 407, DECIDES)
    assert not any(one.is_setting for one in found.differences), "nobody touched a setting"
    assert {bearing for fact, bearing in _bearings(found).items() if fact.startswith("tls.")} <= {FOLLOWS}


async def test_a_setting_that_changed_stands_before_what_was_measured() -> None:
    before = await _report(
        hosts=lambda: {OFFICE: proxy(inspects=True)},
        environ={**THROUGH_OFFICE, "NODE_EXTRA_CA_CERTS": "/corp.pem"},
        files={"/corp.pem": private_root().pem.encode()},
    )
    after = await _report(hosts=lambda: {OFFICE: proxy(inspects=True)}, environ=THROUGH_OFFICE)
    assert (before["verdict"]["cause"], after["verdict"]["cause"]) == ("healthy", "tls_intercepted")
    found = compare(before, after, _knowledge())
    near = [one.fact for one in found.near]
    assert _bearings(found)["tls.client.trusted"] == DECIDES
    assert "config.ca.files" in near or "config.trust.sets" in near
    assert all(_bearings(found)[name] == EXPLAINS for name in near if name.startswith("config."))


async def test_another_key_is_a_difference_and_the_same_one_is_proven() -> None:
    before, after = await _report(), await _report(key=ANOTHER_KEY)
    found = compare(before, after, _knowledge())
    assert found.same_secrets == ()
    assert any(one.fact == "config.key.fingerprint" for one in found.near)
    assert ANOTHER_KEY not in repr(found)


async def test_it_is_seen_from_the_run_that_fails_whichever_side_it_is_on() -> None:
    good = await _report(hosts=lambda: {OFFICE: proxy()}, environ=THROUGH_OFFICE)
    bad = await _report(hosts=lambda: {OFFICE: proxy(connect=407)}, environ=THROUGH_OFFICE)
    there, back = compare(good, bad, _knowledge()), compare(bad, good, _knowledge())
    assert _bearings(there) == _bearings(back)
    assert [(one.left, one.right) for one in there.differences] == [(one.right, one.left) for one in back.differences]


async def test_the_setting_that_explains_the_failure_is_named() -> None:
    before = await _report(
        hosts=lambda: {OFFICE: proxy(inspects=True)},
        environ={**THROUGH_OFFICE, "NODE_EXTRA_CA_CERTS": "/corp.pem"},
        files={"/corp.pem": private_root().pem.encode()},
    )
    after = await _report(hosts=lambda: {OFFICE: proxy(inspects=True)}, environ=THROUGH_OFFICE, key=ANOTHER_KEY)
    found = compare(before, after, _knowledge())
    assert found.reason is not None
    assert found.reason.is_setting
    assert found.in_layer(found.reason), found.reason
    assert _bearings(found)["config.key.fingerprint"] == BESIDE, "another key explains no failing handshake"
    assert found.other_secrets == ("config.key.fingerprint",)


async def test_where_nothing_can_explain_it_nothing_is_named() -> None:
    broken = await _report(hosts=lambda: {OFFICE: proxy(connect=407)}, environ=THROUGH_OFFICE)
    other = await _report(hosts=lambda: {OFFICE: proxy(connect=407)}, environ=THROUGH_OFFICE, key=ANOTHER_KEY)
    assert compare(broken, other, _knowledge()).reason is None
    fine = await _report()
    assert compare(fine, fine, _knowledge()).reason is None


async def test_another_key_explains_a_refused_one() -> None:
    reason = compare(await _report(), await _report(key=ANOTHER_KEY), _knowledge()).reason
    assert reason is not None
    assert reason.fact == "config.key.fingerprint"


@pytest.mark.parametrize(
    ("left", "right", "differs"),
    [(0.024, 0.031, False), (0.2, 4.0, True)],
)
def test_a_time_matters_only_where_a_rule_tells_the_two_apart(left: float, right: float, differs: bool) -> None:
    found = compare(
        _made({"tcp.samples.median_seconds": left}), _made({"tcp.samples.median_seconds": right}), _knowledge()
    )
    assert bool(found.differences) is differs
    assert all(one.bearing == BESIDE for one in found.differences)


def _made(facts: Mapping[str, Any]) -> Report:
    verdict = {"cause": "unknown", "layer": None, "ranked": [{"cause": "unknown", "because": []}]}
    return {"attempts": [{"probe": "tcp.samples", "facts": facts}], "findings": [], "verdict": verdict}
