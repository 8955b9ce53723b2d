"""Following the wizard by the book: every step in its order, its lines as shown, its own check, and at the end the whole way.

Nothing here knows a cause. What differs between walks is declared: the world that is broken, what the person knows, who mends it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from diagnostics.engine import library, pipeline, playbooks
from diagnostics.engine.environment import Asked
from diagnostics.engine.environment.machine import DiskFiles, Machine
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.playbooks import Walked
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import FactValue, Report
from diagnostics.lab.network import Lab
from tests.book.declaring import PERSON, TIME, Walk
from tests.book.homes import Home
from tests.book.person import FOR_GOOD, Person
from tests.book.terminal import Terminal
from tests.scenarios.networks.declaring import Broken

LIMIT = 30.0  # seconds of a run


@dataclass
class Row:
    """A step as it went. ``green``: after its check; None where its facts were not measured. ``skipped``: it was green before."""

    step: str
    lines: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    green: bool | None = None
    skipped: bool = False
    could_not: bool = False  # a line asks for what this person does not have


@dataclass
class Told:
    """How a walk went. ``anew``: the end as a new terminal sees it, where every change was made for good."""

    red: Report
    end: Report
    rows: list[Row] = field(default_factory=list)
    left_red: tuple[str, ...] = ()
    anew: Report | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        rows = "\n".join(
            f"  {row.step}: {'green already' if row.skipped else row.green}, by {', '.join(row.by) or 'nobody'}"
            + (", could not" if row.could_not else "")
            + "".join(f"\n    $ {line}" for line in row.lines)
            for row in self.rows
        )
        anew = f"\n  in a new terminal: {_verdict(self.anew)}" if self.anew else ""
        return f"{_verdict(self.red)}\n{rows}\n  end: {_verdict(self.end)}; left red: {self.left_red}{anew}"


def _verdict(report: Report) -> str:
    problems = [(one.code, one.says) for one in report.findings if one.level == "problem"]
    return f"{report.verdict.cause} {report.verdict.confidence:.2f} {problems}"


def _as_green(proven: playbooks.Proven) -> bool | None:
    return None if proven is None else bool(proven)


class Following:
    """One walk: the world, the person at the terminal, and the wizard beside."""

    def __init__(self, walk: Walk, broken: Broken, hand: str, folder: Path) -> None:
        self.walk = walk
        self.broken = replace(broken, **walk.beside)
        self.mended = False
        self.known: dict[str, FactValue] = {}  # what the runs of this walk have found, the latest first
        self.stale = False  # something was changed since
        self.home = Home(folder, self.broken, walk.programs)
        self.lab = self._lab()
        terminal = Terminal(self.home.path, self.home.environ())
        client = self.broken.client.partition("@")[0]
        self.person = Person(self.home, terminal, client, walk.types, walk.knows, hand, frozenset(walk.programs))

    def _lab(self) -> Lab:
        return Lab(dict(self.broken.hosts()), **self.broken.lab).start()

    def close(self) -> None:
        self.person.terminal.close()
        self.lab.stop()

    async def follow(self) -> Told:
        """Walk the playbook of the verdict to its end, look at the whole way, and take everything back."""
        began = time.monotonic()
        red = await self.look()
        facts = self.known = pipeline.facts_of(red.attempts)
        steps = playbooks.walk(red.verdict.cause, facts, library.load(), self.walk.answers)
        told = Told(
            red, red, [await self._step(step) for step in steps[:-1]]
        )  # the last one is the look at the whole way
        told.end = await self.look()
        after = pipeline.facts_of(told.end.attempts)
        told.left_red = tuple(step.step.name for step in steps if playbooks.proves(step.step, after) is False)
        if self.person.hand == FOR_GOOD and self.person.done and not self.person.shell_only:
            told.anew = await self._in_a_new_terminal()
        await asyncio.to_thread(self.person.take_back)
        told.seconds = time.monotonic() - began
        return told

    async def _step(self, step: Walked) -> Row:
        row = Row(step.step.name, green=await self._stands(step))
        if row.green:
            row.skipped = True
            return row
        was = len(self.person.done), self.mended
        row.lines, row.could_not = await asyncio.to_thread(self.person.carry_out, step)
        if step.hand_over:
            self._acts(step.hand_over.to, row)
        if self.walk.mend and self.home.called(self.walk.mend.by):
            self._acts(self.walk.mend.by, row)
        if step.step.said:  # the person's word counts, and nothing is measured
            self.stale = self.stale or was != (len(self.person.done), self.mended)
            return row
        row.green = await self._check(step)
        for act in (self._by_hand, self._time_passes):
            if not row.green and act(step, row):
                row.green = await self._check(step)
        self.stale = self.stale or was != (len(self.person.done), self.mended)
        return row

    async def _stands(self, step: Walked) -> bool | None:
        """Whether it is done before anybody did anything for it."""
        if self.stale and not step.step.said:
            return await self._check(step)
        return _as_green(playbooks.proves(step.step, self.known))

    async def _check(self, step: Walked) -> bool | None:
        report = await self.look(frozenset(step.step.probes))
        found = pipeline.facts_of(report.attempts)
        self.known = {**self.known, **found}
        return _as_green(playbooks.proves(step.step, found))

    async def look(self, only: frozenset[str] | None = None) -> Report:
        """A run of the client that is started from the person's terminal: the whole way, or just these probes."""
        return await self._look_from(await asyncio.to_thread(self.person.terminal.environ), only)

    async def _in_a_new_terminal(self) -> Report:
        terminal = Terminal(self.home.path, self.home.environ())
        try:
            return await self._look_from(await asyncio.to_thread(terminal.environ))
        finally:
            terminal.close()

    async def _look_from(self, environ: Mapping[str, str], only: frozenset[str] | None = None) -> Report:
        home = str(self.home.path)
        machine = Machine(environ, home, home, "linux", DiskFiles(), time.time())
        asked = Asked(client=self.broken.client, **self.broken.asked)
        roots = Roots(self.lab.public_pem, system_pem=self.lab.public_pem + self.broken.system_pem)
        net = Net(Guard.open(), self.lab.network_map(), roots)
        plan = Plan(only=only, timeout=LIMIT, send_message=self.broken.send_message)
        return await pipeline.diagnose(asked, machine, net, plan)

    # -- who acts besides the lines ----------------------------------------------------------------------------------

    def _by_hand(self, step: Walked, row: Row) -> bool:
        """What a step tells and no line does."""
        if step.changes.partition(".")[0] in ("", "Nothing", "Nothing here"):
            return False
        if self.walk.writes:
            self.person.write(f"{step.step.name}, by hand", self.walk.writes)
            row.by.append(PERSON)
        return self._acts(PERSON, row) or bool(self.walk.writes)

    def _time_passes(self, _: Walked, row: Row) -> bool:
        return self._acts(TIME, row)

    def _acts(self, party: str, row: Row) -> bool:
        """Let a party act if this world is theirs to mend and still broken."""
        mend = self.walk.mend
        if mend is None or self.mended or mend.by != party:
            return False
        self.mended = True
        row.by.append(party)
        self.person.write(f"what {party} sent", mend.sends)
        self.lab.stop()
        self.broken = replace(self.broken, **mend.to)
        self.lab = self._lab()
        return True
