"""The same causes on real sockets: a broken network is served on loopback, and the whole pipeline names its fault."""

from __future__ import annotations

import asyncio
import json

import pytest

from diagnostics.engine import pipeline, report
from diagnostics.engine.records import Report
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.lab.api import KEY
from tests.scenarios.networks import NETWORKS
from tests.scenarios.networks.declaring import Broken
from tests.scenarios.networks.diagnosing import diagnosed


@pytest.mark.parametrize("broken", NETWORKS, ids=lambda broken: f"{broken.cause}: {broken.name}")
def test_the_fault_is_named(broken: Broken) -> None:
    made = asyncio.run(diagnosed(broken))
    verdict = made.verdict
    ranked = {one.cause: one.confidence for one in verdict.ranked}
    findings = [(one.code, one.says) for one in made.findings if one.level != "info"]
    attempts = [(one.probe, one.status, one.reason) for one in made.attempts]
    assert verdict.cause == broken.cause, f"{ranked}\n{findings}\n{attempts}"
    assert verdict.cause == UNKNOWN or verdict.confidence >= 0.8, ranked
    if broken.below:
        assert ranked.get(broken.below, 0.0) < verdict.confidence
    assert tuple(one.cause for one in verdict.also if one.cause) == broken.also
    _holds_no_secret(made, broken)
    _judged_again_says_the_same(made)


def _holds_no_secret(made: Report, broken: Broken) -> None:
    text = report.dumps(made).decode()
    for name, value in {"ANTHROPIC_API_KEY": KEY, **broken.environ}.items():
        if name.endswith("_KEY") and value:
            assert value.strip('"') not in text
    for password in ("s3cret-pw", "wrong-pw"):
        assert password not in text


def _judged_again_says_the_same(made: Report) -> None:
    """What a machine sends is judged from its facts alone, to the same verdict."""
    sent = json.loads(report.dumps(made))
    sent["verdict"] = sent["findings"] = sent["next_step"] = None
    again = pipeline.judge(report.parse(sent))
    assert again.verdict == made.verdict
    assert again.findings == made.findings
    assert again.next_step == made.next_step
