"""The same causes on real sockets: broken networks are served on loopback, and the whole pipeline names their faults."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from diagnostics.engine import library, pipeline, playbooks, report, text
from diagnostics.engine.cli.options import Options
from diagnostics.engine.cli.planning import plan
from diagnostics.engine.cli.sending import question
from diagnostics.engine.environment import registered
from diagnostics.engine.records import Report
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from tests.canaries import SECRETS, leaks
from tests.scenarios.networks import NETWORKS
from tests.scenarios.networks.declaring import Broken
from tests.scenarios.networks.diagnosing import canaries_of, diagnosed

pytestmark = pytest.mark.timeout(600)
AT_ONCE = 8


def _name(broken: Broken) -> str:
    return f"{broken.cause}: {broken.name}"


@pytest.fixture(scope="module")
def reports(request: pytest.FixtureRequest) -> Mapping[str, Report]:
    """What is said of every network that is asked for here, by name: some take ten seconds, so they run side by side."""
    asked = [
        one.callspec.params["broken"]
        for one in request.session.items
        if hasattr(one, "callspec") and one.path == request.path
    ]
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    try:
        made = asyncio.run(_all(asked))
    finally:
        logging.getLogger().removeHandler(heard)
    assert leaks("\n".join(heard.lines), [secret for one in asked for secret in canaries_of(one).secrets]) == []
    return made


class _Heard(logging.Handler):
    """Everything that anybody logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


async def _all(networks: Sequence[Broken]) -> dict[str, Report]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(broken: Broken) -> tuple[str, Report]:
        async with free:
            return _name(broken), await diagnosed(broken)

    return dict(await asyncio.gather(*map(one, networks)))


@pytest.mark.parametrize("broken", NETWORKS, ids=_name)
def test_the_fault_is_named(broken: Broken, reports: Mapping[str, Report]) -> None:
    made = reports[_name(broken)]
    verdict = made.verdict
    ranked = {one.cause: one.confidence for one in verdict.ranked}
    findings = [(one.code, one.says) for one in made.findings if one.level != "info"]
    attempts = [(one.probe, one.status, one.reason) for one in made.attempts]
    assert verdict.cause == broken.cause, f"{ranked}\n{findings}\n{attempts}"
    assert verdict.cause == UNKNOWN or verdict.confidence >= broken.least, ranked
    if broken.below:
        assert ranked.get(broken.below, 0.0) < verdict.confidence
    assert tuple(one.cause for one in verdict.also if one.cause) == broken.also
    _holds_no_secret(made, broken)
    _judged_again_says_the_same(made)
    _the_wizard_leads_somewhere(made)


def _holds_no_secret(made: Report, broken: Broken) -> None:
    """Neither what is printed or sent of it, nor the plan, though its servers have repeated every credential."""
    held = canaries_of(broken)
    machine = registered(held.environ, held.files, home=broken.home)
    options = Options(
        client=broken.client,
        mode=broken.mode,
        upload=f"https://me:{SECRETS['Aws']}@dashboard.example/?t={SECRETS['Aws']}",
    )
    told = {
        "report": report.dumps(made).decode(),
        "text": text.render(made),
        "plan": plan(options, machine) + plan(replace(options, json=True), machine),
        "question": question(options, made),
    }
    assert {where: found for where, words in told.items() if (found := leaks(words, held.secrets))} == {}


def test_what_servers_repeat_is_told_as_hidden() -> None:
    refused = next(
        one for one in NETWORKS if one.cause == "key_rejected" and not one.environ.keys() - {"ANTHROPIC_API_KEY"}
    )
    hidden = asyncio.run(diagnosed(refused)).environment["hidden"]
    assert {"api.models.error_message", "api.models.via"} <= {one["where"] for one in hidden}


def test_a_variable_keeps_its_name_where_its_own_line_was_pasted_into_it() -> None:
    pasted = next(one for one in NETWORKS if one.name == "a whole line in a key's place")
    verdict = asyncio.run(diagnosed(pasted)).verdict
    assert verdict.summary.startswith("ANTHROPIC_API_KEY from an environment variable cannot be right")


def _judged_again_says_the_same(made: Report) -> None:
    """What a machine sends is judged from its facts alone, to the same verdict."""
    sent = json.loads(report.dumps(made))
    sent["verdict"] = sent["findings"] = sent["next_step"] = None
    again = pipeline.judge(report.parse(sent))
    assert again.verdict == made.verdict
    assert again.findings == made.findings
    assert again.next_step == made.next_step


def _the_wizard_leads_somewhere(made: Report) -> None:
    """A step that is green already is skipped: as long as a fault stands, one of its playbook is left to do before the look at the whole way."""
    cause = made.verdict.cause
    *steps, end = playbooks.walk(cause, pipeline.facts_of(made.attempts), library.load())
    if cause == HEALTHY:
        assert end.proved is True
    elif cause != UNKNOWN:
        proved = [(one.step.name, one.proved) for one in steps]
        assert not all(one for _, one in proved), proved
