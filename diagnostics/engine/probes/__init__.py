"""observe(): what happened when we tried; experiment(): the same with one thing changed. Facts and never conclusions."""

from __future__ import annotations

from typing import Optional

from diagnostics.engine.net.network import Net
from diagnostics.engine.probes import (
    api,
    clock,
    completing,
    config,
    control,
    dns,
    edge,
    first_run,
    given,
    message,
    network,
    packets,
    proxy,
    runner,
    running,
    samples,
    status,
    tcp,
    tls,
    trace,
)
from diagnostics.engine.probes.base import Plan, Probe, Result
from diagnostics.engine.probes.experiments import experiment
from diagnostics.engine.probes.runner import OnAttempt, OnStart
from diagnostics.engine.records import Environment, Observations

__all__ = ["PROBES", "Plan", "Probe", "Result", "experiment", "observe"]

PROBES: tuple[Probe, ...] = (
    config.CONFIG,
    given.REQUEST,
    control.HOSTS,
    dns.SYSTEM,
    dns.INDEPENDENT,
    proxy.DNS,
    proxy.TCP,
    proxy.CONNECT,
    tcp.V4,
    tcp.V6,
    samples.SAMPLES,
    trace.TRACE,
    tls.HANDSHAKE,
    packets.LARGE,
    packets.SMALL,
    packets.NAMELESS,
    tls.CLIENT,
    tls.PUBLIC,
    tls.SYSTEM,
    completing.COMPLETED,
    first_run.HELLO_API,
    first_run.HELLO_PLATFORM,
    edge.TRACE,
    api.MODELS,
    packets.ANSWER_SMALL,
    api.COUNT_TOKENS,
    message.MESSAGE,
    status.STATUS,
    clock.CLOCK,
    network.NETWORK,
    running.RUNNING,
)
"""The registry, in the order of the path. Adding a probe is adding a line."""


async def observe(
    environment: Environment,
    net: Net,
    plan: Plan,
    on_attempt: Optional[OnAttempt] = None,
    on_start: Optional[OnStart] = None,
) -> Observations:
    """Run the plan's probes, each as soon as what it needs has opened the way.

    ``on_attempt`` hears of each attempt as it ends, ``on_start`` of each probe as it begins.
    """
    net.prepare()
    probes = runner.selected(PROBES, environment, plan)
    return await runner.Run(probes, environment, net, plan, on_attempt, on_start).observe()
