"""A machine in front of a declared network, and what its experiments give."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from diagnostics.engine import library, pipeline, probes
from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Attempt, Environment, Facts, FactValue
from diagnostics.engine.vocabulary import CONTROL, FACTORS
from diagnostics.lab import KEY
from diagnostics.lab.network import Lab
from diagnostics.lab.serving import Seen

API, OFFICE = "api.anthropic.com", "proxy.office.example:3128"
V4, V6 = "160.79.104.10", "2607:6bc0::10"
TOKEN = "sk-ant-oat01-" + "token" * 15 + "AA"
RUN = Plan(timeout=10.0)
ALL = tuple(factor for factor in FACTORS if factor != CONTROL)


@dataclass(frozen=True)
class Tried:
    """What a run's experiments gave, and what reached a server in the meantime."""

    attempts: tuple[Attempt, ...]
    seen: tuple[Seen, ...]
    seconds: float

    @property
    def facts(self) -> dict[str, FactValue]:
        return pipeline.facts_of(self.attempts)

    def __getitem__(self, name: str) -> FactValue | None:
        return self.facts.get(f"experiment.{name}")

    @property
    def changes(self) -> list[tuple[str, str, str, str]]:
        made = pipeline.experiments_of(self.attempts)
        return [(one.changed, one.to, one.before, one.after) for one in made]

    @property
    def carried(self) -> set[tuple[str, str]]:
        """Host and header of every request that carried a credential."""
        return {(one.host, header) for one in self.seen for header in one.credentials}


@dataclass(frozen=True)
class Setting:
    """A machine in front of a network."""

    lab: Lab
    environ: Mapping[str, str]
    client: str = "claude-code"
    files: Mapping[str, bytes] | None = None

    def environment(self) -> Environment:
        machine = registered({"ANTHROPIC_API_KEY": KEY, **self.environ}, self.files)
        return capture(Asked(client=self.client, mode="print"), machine, library.load())

    def tried(self, *factors: str, facts: Facts | None = None, plan: Plan = RUN) -> Tried:
        """The experiments of these factors (of all where none is named), after a run or one that found these ``facts``."""
        net = Net(Guard.open(), self.lab.network_map(), Roots(self.lab.public_pem, system_pem=self.lab.public_pem))
        return asyncio.run(self.tried_over(net, *factors, facts=facts, plan=plan))

    async def tried_over(self, net: Net, *factors: str, facts: Facts | None = None, plan: Plan = RUN) -> Tried:
        """The same over a network of one's own."""
        environment = self.environment()
        attempts: list[Attempt] = []
        found = {**environment.facts, **(facts or {})}
        if facts is None:
            found = dict((await probes.observe(environment, net, RUN)).facts)
        before, began = len(self.lab.seen), time.monotonic()
        await probes.experiment(environment, net, plan, factors or ALL, found, began + plan.timeout, attempts.append)
        return Tried(tuple(attempts), self.lab.seen[before:], time.monotonic() - began)


def through(url: str = f"http://{OFFICE}", **more: str) -> dict[str, str]:
    """Variables of a machine behind a proxy."""
    return {"HTTPS_PROXY": url, **more}
