"""The whole diagnosis in one place: every stage is named here once, in order, and none knows another."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable, Optional

from diagnostics.engine import causes, findings, library, playbooks
from diagnostics.engine.environment import Asked, Machine, capture, other_clients, summarise
from diagnostics.engine.outlooks import outlooks
from diagnostics.engine.proofs import counting
from diagnostics.engine.records import (
    Attempt,
    Client,
    Environment,
    Experiment,
    Facts,
    FactValue,
    Finding,
    OtherClient,
    Ranking,
    Report,
)
from diagnostics.engine.report import Upload
from diagnostics.engine.vocabulary import CONTROL, ENGINE_VERSION

if TYPE_CHECKING:  # the network side is loaded when a run begins: judging needs none of it
    from diagnostics.engine.net import Net
    from diagnostics.engine.probes import Plan

_OTHERS = 1.0  # seconds that must be left for a look at the other clients' settings: it is made after everything that was asked
_SOON = 0.05  # seconds after which trust sets are counted: the first questions are on their way then, and nobody waits


@dataclass(frozen=True)
class Vantage:
    """Where a run is made: ``kind`` is "probe" (the machine itself) or "worker" (the dashboard's network)."""

    kind: str = "probe"
    name: str = "this machine"


@dataclass
class Course:
    """A run under way: all that a truthful report needs at any moment, also when the run is cut off or breaks."""

    vantage: Vantage = Vantage()
    run_id: str = field(default_factory=lambda: secrets.token_hex(16))
    started_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    clock: float = field(default_factory=time.monotonic)
    environment: Optional[Environment] = None
    expected: tuple[str, ...] = ("config",)
    attempts: list[Attempt] = field(default_factory=list)
    others: tuple[OtherClient, ...] = ()
    trust_sets: Sequence[Mapping[str, Any]] = ()

    def note_trust(self, net: Net) -> None:
        """Count the certificate authorities of each trust set, once."""
        if self.environment is not None and not self.trust_sets:
            self.trust_sets = net.roots.listed(self.environment.trust)

    def shown(self) -> dict[str, Any]:
        """The ``environment`` part of the report."""
        if self.environment is None:
            return {}
        made = summarise(self.environment)
        made["trust"]["sets"] = list(self.trust_sets)
        return made

    def particulars(self, error: Optional[str] = None) -> dict[str, Any]:
        """The ``run`` part of the report. ``error`` tells a fault of our own."""
        client = self.environment.client if self.environment else Client("unknown")
        return {
            "id": self.run_id,
            "started_at": self.started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "seconds": round(time.monotonic() - self.clock, 3),
            "client": {"name": client.name, "version": client.version, "source": client.source},
            "mode": self.environment.mode if self.environment else "print",
            "vantage": {"kind": self.vantage.kind, "name": self.vantage.name},
            "error": error,
        }

    def so_far(self, cut: str, error: Optional[str] = None) -> Report:
        """The report of what there is; what has not ended counts as skipped by ``cut``, a word such as "deadline"."""
        attempts = list(self.attempts)
        tried = {attempt.probe for attempt in attempts}
        now = round(time.monotonic() - self.clock, 4)
        attempts += [Attempt(name, "skipped", cut, started=now) for name in self.expected if name not in tried]
        return conclude(self.particulars(error), self.shown(), attempts, self.others)


async def diagnose(
    asked: Asked,
    machine: Machine,
    net: Net,
    plan: Plan,
    on_attempt: Optional[Callable[[Attempt], None]] = None,
    vantage: Vantage = Vantage(),
    run_id: Optional[str] = None,
    course: Optional[Course] = None,
) -> Report:
    """Diagnose a machine as its client would connect: what is configured, what happens when tried, what that means.

    ``on_attempt`` hears of every attempt as it ends; ``course`` is kept up to date for who may have to cut the run off.
    """
    from diagnostics.engine.probes import PROBES, experiment, observe
    from diagnostics.engine.probes.runner import selected

    ends = time.monotonic() + plan.timeout
    under_way = course or Course(vantage, run_id or secrets.token_hex(16))

    def note(attempt: Attempt) -> None:
        under_way.attempts.append(attempt)
        if on_attempt is not None:
            on_attempt(attempt)

    under_way.environment = environment = capture(asked, machine, library.load())
    under_way.expected = tuple(probe.name for probe in selected(PROBES, environment, plan))
    counting_soon = asyncio.get_running_loop().call_later(_SOON, under_way.note_trust, net)
    observations = await observe(environment, net, plan, note)
    facts, _, ranking = judged(under_way.attempts)
    factors = causes.open_factors(ranking, facts, library.load())
    await experiment(environment, net, plan, factors, observations.facts, ends, note)
    counting_soon.cancel()
    under_way.note_trust(net)
    # What a registered environment does not tell, another client on that machine may have set all the same.
    if under_way.vantage.kind == "probe" and plan.only is None and ends - time.monotonic() > _OTHERS:
        under_way.others = other_clients(asked, machine, library.load(), environment)
    return conclude(under_way.particulars(), under_way.shown(), under_way.attempts, under_way.others)


def conclude(
    run: Mapping[str, Any],
    environment: Mapping[str, Any],
    attempts: Sequence[Attempt],
    others: Sequence[OtherClient] = (),
) -> Report:
    """Findings, verdict, experiments, next step and other clients' outlook of what was tried, frozen with the versions that made them."""
    facts, found, ranking = judged(attempts)
    knowledge = library.load()
    step = playbooks.first_step(ranking, facts, knowledge)
    made = {**run, "versions": {"engine": ENGINE_VERSION, "knowledge": knowledge.version}}
    shown = _telling_what_is_hidden(environment, attempts)
    clients = outlooks(others, facts, ranking.cause, knowledge)
    return Report(made, shown, tuple(attempts), found, experiments_of(attempts), ranking, step, clients)


def judged(attempts: Sequence[Attempt]) -> tuple[Facts, tuple[Finding, ...], Ranking]:
    """What was tried, as facts, what these mean, and which cause explains it."""
    knowledge = library.load()
    facts = facts_of(attempts)
    found = findings.derive(facts, knowledge)
    return facts, found, causes.rank(found, facts, knowledge, attempts)


def _telling_what_is_hidden(environment: Mapping[str, Any], attempts: Sequence[Attempt]) -> Mapping[str, Any]:
    """The configuration as shown, with what servers' answers repeated of its secrets beside what it left out itself."""
    found = dict.fromkeys(one for attempt in attempts for one in attempt.hidden)
    return {**environment, "hidden": [*environment.get("hidden", ()), *map(asdict, found)]} if found else environment


def judge(upload: Upload) -> Report:
    """The report anew from what was measured elsewhere; a verdict that came along is never believed."""
    return conclude(upload.run, upload.environment, upload.attempts, upload.others)


def facts_of(attempts: Sequence[Attempt]) -> dict[str, FactValue]:
    """The union of what the attempts found; later ones win, and of an experiment counts what it proves and nothing else."""
    found: dict[str, FactValue] = {}
    for attempt in attempts:
        found.update(counting(attempt.variant, attempt.facts, found))
    return found


def experiments_of(attempts: Sequence[Attempt]) -> tuple[Experiment, ...]:
    """What was changed, one thing at a time, and what came of it. A control that failed as before is no news."""
    made = []
    for attempt in attempts:
        factor = attempt.variant.partition(":")[0]
        told = {
            name: attempt.facts.get(f"experiment.{factor}.{name}")
            for name in ("from", "to", "before", "after", "passes")
        }
        if attempt.variant and told["after"] is not None and not (factor == CONTROL and told["passes"] is not True):
            made.append(Experiment(factor, *(str(told[name]) for name in ("from", "to", "before", "after"))))
    return tuple(made)
