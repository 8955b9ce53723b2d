"""observe(): each probe as soon as what it needs has opened the way, within its deadline, and ending as a value."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Callable, Optional

from diagnostics.engine.hiding import hiding_of
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import Net
from diagnostics.engine.probes.base import AnyOf, Context, Plan, Probe, Result, Shared
from diagnostics.engine.probes.worked import PATIENCE, path_worked
from diagnostics.engine.probes.written import Writing
from diagnostics.engine.records import Attempt, Environment, FactValue, Observations
from diagnostics.engine.vocabulary import NOT_NEEDED

OnAttempt = Callable[[Attempt], None]
OnStart = Callable[[str], None]

_GRACE = 0.3  # seconds for cut-off probes to say what they have


class Run:
    """One run of a set of probes. Tasks wait for each other's attempts; nothing is polled."""

    def __init__(
        self,
        probes: Sequence[Probe],
        environment: Environment,
        net: Net,
        plan: Plan,
        on_attempt: Optional[OnAttempt],
        on_start: Optional[OnStart],
    ) -> None:
        self._probes = {probe.name: probe for probe in probes}
        self._environment, self._net, self._plan = environment, net, plan
        self._on_attempt, self._on_start = on_attempt, on_start
        self._began = time.monotonic()
        self._until = self._began + plan.timeout
        self._facts: dict[str, FactValue] = dict(environment.facts)
        self._shared = Shared()
        self._hiding = hiding_of(environment)
        self._opened: dict[str, bool] = {}
        self._attempts: list[Attempt] = []
        self._ended = {name: asyncio.Event() for name in self._probes}
        self._worked = asyncio.Event()  # the client's own path, from end to end
        self._cut = "deadline"  # why what still runs is cut off
        self._over = False

    async def observe(self) -> Observations:
        """Run all; cut off what still runs after ``plan.timeout`` seconds, or soon after the client's path has worked."""
        tasks = {name: asyncio.ensure_future(self._attempt(probe)) for name, probe in self._probes.items()}
        try:
            await self._until_over(tasks)
            for task in tasks.values():
                if task.done() and not task.cancelled():
                    task.result()  # a fault of ours, or of who is told of attempts, is not swallowed
            for name, probe in self._probes.items():
                if not self._ended[name].is_set():  # did not even take its cancellation
                    self._end(probe, Attempt(name, "failed", self._cut, started=self._now()), opens=False)
        finally:
            self._over = True
            for task in tasks.values():
                task.cancel()
        return Observations(tuple(self._attempts), self._facts)

    async def _until_over(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        await self._all_or_enough(tasks)
        # First those that try something; what only sums up after them, and nobody waits for, has a moment to.
        awaited = {name for probe in self._probes.values() for name in probe.after}
        trying = [probe for probe in self._probes.values() if not probe.after or probe.name in awaited]
        for probes in (trying, list(self._probes.values())):
            running = [tasks[probe.name] for probe in probes if not tasks[probe.name].done()]
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running, timeout=_GRACE)

    async def _all_or_enough(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        """Until all have ended, the run's time is over, or nobody has to wait any longer for what is beside the path."""
        everything = asyncio.ensure_future(
            asyncio.wait(tasks.values(), timeout=self._plan.timeout, return_when=asyncio.FIRST_EXCEPTION)
        )
        enough = asyncio.ensure_future(self._patience_over())
        try:
            await asyncio.wait({everything, enough}, return_when=asyncio.FIRST_COMPLETED)
            if enough.done() and not everything.done():
                self._cut = "ended_early"
        finally:
            everything.cancel()
            enough.cancel()

    async def _patience_over(self) -> None:
        await self._worked.wait()
        await asyncio.sleep(PATIENCE)

    async def _attempt(self, probe: Probe) -> None:
        started = self._now()
        context = Context(
            self._environment, self._net, self._plan, self._facts, self._shared, self._until, self._hiding
        )
        try:
            unmet = await self._wait_for_needs(probe)
            started = self._now()
            if unmet is not None:
                self._end(probe, Attempt(probe.name, "skipped", unmet, started=started), opens=False)
                return
        except asyncio.CancelledError:
            self._end(probe, Attempt(probe.name, "skipped", self._cut, started=self._now()), opens=False)
            return
        if self._on_start is not None:
            self._on_start(probe.name)
        context.restart()
        result = await self._outcome(probe, context)
        self._end(
            probe,
            self._written(probe, result, context),
            opens=result.opens and result.failed is None and result.idle is None,
        )

    async def _outcome(self, probe: Probe, context: Context) -> Result:
        try:
            return await asyncio.wait_for(probe.run(context), probe.limit)
        except Failure as failure:
            context.tell(failure.word, failure.detail)
            return Result(failed=failure.word)
        except asyncio.TimeoutError:
            return Result(failed="deadline")
        except asyncio.CancelledError:
            return Result(failed=self._cut)
        except Exception as error:  # noqa: BLE001  one broken probe never stops the others
            context.tell("internal_error", type(error).__name__)
            return Result(failed="internal_error")

    def _written(self, probe: Probe, result: Result, context: Context) -> Attempt:
        status, reason = ("done", None) if result.failed is None else ("failed", result.failed)
        if result.failed == "guard" or result.idle is not None:
            status, reason = "skipped", f"{NOT_NEEDED}: {result.idle}" if result.idle is not None else "guard"
        facts = {} if result.failed == "guard" else {**context.kept, **result.facts}
        writing = Writing(self._hiding)
        shown, events = writing.facts(facts), writing.events(context.events)
        started = round(context.began - self._began, 4)
        seconds = round(self._now() - started, 4)
        return Attempt(probe.name, status, reason, started, seconds, shown, events, hidden=tuple(writing.hidden))

    async def _wait_for_needs(self, probe: Probe) -> Optional[str]:
        """Wait for what the probe needs; the reason to skip it, None when it can go."""
        idle = probe.idle(self._environment) if probe.idle is not None else None
        if idle is not None:
            return f"{NOT_NEEDED}: {idle}"
        for group in probe.needed(self._environment):
            if not await self._one_opens(group) and not probe.undeterred:
                return self._blamed(group)
        for name in probe.after:
            if name in self._ended:
                await self._ended[name].wait()
        return None

    async def _one_opens(self, group: AnyOf) -> bool:
        """Whether one of the alternatives opens the way, told as soon as the first one does."""
        waits = {asyncio.ensure_future(self._ended[name].wait()): name for name in group}
        pending = set(waits)
        try:
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if any(self._opened[waits[wait]] for wait in done):
                    return True
            return False
        finally:
            for wait in pending:
                wait.cancel()

    def _blamed(self, group: AnyOf) -> str:
        """``guard`` when the guard stopped what was needed, else the need: the first that was tried."""
        attempts = {attempt.probe: attempt for attempt in self._attempts}
        if any(attempts[name].reason == "guard" for name in group):
            return "guard"
        tried = [name for name in group if attempts[name].status == "failed"]
        return f"needs {(tried or list(group))[0]}"

    def _end(self, probe: Probe, attempt: Attempt, opens: bool) -> None:
        if self._over or self._ended[probe.name].is_set():
            return
        self._attempts.append(attempt)
        self._facts.update(attempt.facts)
        self._opened[probe.name] = opens
        self._ended[probe.name].set()
        # A probe that was asked for by name is wanted for its own sake.
        if self._plan.only is None and path_worked(self._probes, self._opened, self._facts):
            self._worked.set()
        if self._on_attempt is not None:
            self._on_attempt(attempt)

    def _now(self) -> float:
        return round(time.monotonic() - self._began, 4)


def selected(probes: Sequence[Probe], environment: Environment, plan: Plan) -> list[Probe]:
    """The probes a plan asks for, in the registry's order, with everything they need."""
    known = {probe.name: probe for probe in probes}
    wanted = [
        probe.name
        for probe in probes
        if (plan.only is None or probe.name in plan.only)
        and (probe.quick or not plan.quick or plan.only)
        and (plan.send_message or not probe.billed)
    ]
    if plan.only is not None:
        wanted += [name for probe in probes if probe.name in plan.only for name in probe.after if name in known]
        wanted += (
            ["config"] if plan.only and "config" in known else []
        )  # asks nobody; without it half of what is found means nothing
        wanted += ["client.running"] if environment.started is not None and "client.running" in known else []
    keep: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in keep:
            keep.add(name)
            wanted += [need for group in known[name].needed(environment) for need in group]
    return [probe for probe in probes if probe.name in keep]
