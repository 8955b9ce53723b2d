"""A client that runs already, held against what one would be started with now: names of variables, and never a value."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Optional

from diagnostics.engine import processes
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import Environment, FactValue, Started
from diagnostics.engine.waiting import OutOfTime, within

_PATIENCE = 0.5  # seconds; reading a process whose memory is locked may wait for ever


async def _running(context: Context) -> Result:
    started = context.environment.started
    assert started is not None  # _nothing_to_look_at
    try:
        found = within(_PATIENCE, lambda: processes.running(started.command, started.runtimes))
    except OutOfTime:
        return Result(idle="the list of processes did not answer")
    facts: dict[str, FactValue] = {"client.running": bool(found)}
    told = [(one, _differing(started, one.environ)) for one in found if one.environ is not None]
    behind = [(one, names) for one, names in told if any(names)]
    if behind:
        oldest, (lacks, keeps) = behind[0]
        facts["client.running_since"] = _moment(oldest.began)
        facts["client.running_lacks"], facts["client.running_keeps"] = lacks, keeps
    elif found:
        facts["client.running_since"] = _moment(found[0].began)
        if told:
            facts["client.running_lacks"] = facts["client.running_keeps"] = ()
    return Result(facts)


def _differing(started: Started, environ: Optional[Mapping[bytes, bytes]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that it has otherwise or not at all, and names that it has where nothing sets them any more."""
    has = environ or {}
    lacks = tuple(
        name
        for name, secret in started.given.items()
        if not secret.is_same(os.fsdecode(has.get(os.fsencode(name), b"")))
    )
    return lacks, tuple(name for name in started.absent if has.get(os.fsencode(name), b"").strip())


def _moment(began: float) -> str:
    """As the clock on the wall there shows it, with the day where that is another one."""
    then, now = time.localtime(began), time.localtime()
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%Y-%m-%d %H:%M", then)


def _nothing_to_look_at(environment: Environment) -> Optional[str]:
    if environment.started is not None:
        return None
    if environment.system is None:
        return "a registered environment is no process here"
    return "whether it runs is looked at on Linux, for clients that are a program of their own"


RUNNING = Probe(
    "client.running", "config", "A client that runs already", 2.0, _running,
    after=("config",), idle=_nothing_to_look_at,
)  # fmt: skip
