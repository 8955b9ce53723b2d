"""How far packets for the API get, where a connection to it fails: who on the way still answers, and who refuses.

Evidence for the reader more than for the verdict: what routers report is nobody's signed word. It tells a filter in the
next room from one far away, and where to ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Optional

from diagnostics.engine.net.trace import FARTHEST, Hop
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.probes.dns import no_target
from diagnostics.engine.records import Environment, FactValue

HOP_LIMIT = 2.0  # seconds; a lost first packet is sent again after one
_ENDS, _GRACE = ("refused", "open", "reset"), 0.3  # seconds
_FAILING = (
    "connect_timeout",
    "connect_prohibited",
    "connect_reset",
    "host_unreachable",
    "network_unreachable",
    "io_error",
)
_CUT = ("tls_timeout", "tls_reset", "tls_closed")


async def _trace(context: Context) -> Result:
    facts = context.facts
    if facts.get("tcp.failure") not in _FAILING and facts.get("tls.handshake.failure") not in _CUT:
        return Result(idle="the connection comes about")
    address = _address(context)
    if address is None:
        return Result(idle="there is no address to go to")
    known = await _hops(context, address)
    if not known:
        return Result(idle="this system does not tell who stopped a packet")
    for hop in known:
        if hop.kind != "silent":
            context.tell(f"{hop.kind.replace('_', ' ')} at {hop.distance}", f"{hop.address} {hop.why}".strip())
    return Result(facts_of(known))


async def _hops(context: Context, address: str) -> list[Hop]:
    """All distances at once; when somebody has said no or yes, the others are hardly waited for."""
    port, limit = context.target.port, context.within(HOP_LIMIT)
    asked = {asyncio.ensure_future(context.net.hop(address, port, far, limit)): far for far in range(1, FARTHEST + 1)}
    found: dict[int, Hop] = {}
    pending = set(asked)
    try:
        while pending:
            ended = any(hop.kind in _ENDS for hop in found.values())
            done, pending = await asyncio.wait(
                pending, timeout=_GRACE if ended else None, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                break
            told = [hop for hop in (task.result() for task in done) if hop is not None]
            found.update((hop.distance, hop) for hop in told)
    finally:
        for task in pending:
            task.cancel()
    return [found.get(far, Hop(far, "silent")) for far in asked.values()] if found else []


def facts_of(hops: Sequence[Hop]) -> dict[str, FactValue]:
    """What became of connections that may go one hop, two hops and so on, in that order."""
    passed = [hop for hop in hops if hop.kind == "passed_on"]
    refused = next((hop for hop in hops if hop.kind == "refused"), None)
    facts: dict[str, FactValue] = {
        "tcp.trace.hops": passed[-1].distance if passed else 0,
        "tcp.trace.first_answered": hops[0].kind != "silent",
        "tcp.trace.path": tuple(dict.fromkeys(hop.address for hop in passed)),
        "tcp.trace.reached": any(hop.kind in ("open", "reset") for hop in hops),
    }
    if passed:
        facts["tcp.trace.last"] = passed[-1].address
    if refused is not None:
        facts.update({"tcp.trace.refused_by": refused.address, "tcp.trace.refusal": refused.why})
        facts["tcp.trace.refused_at"] = refused.distance
    return facts


def _address(context: Context) -> Optional[str]:
    """Where the client's own connection failed."""
    tried = context.addresses(known=True)
    if tried:
        return tried[0]
    names = ("tcp.v6.address", "tcp.v4.address") if "tcp.v4.failure" not in context.facts else ("tcp.v4.address",)
    return next((str(context.facts[name]) for name in names if name in context.facts), None)


def _not_direct(environment: Environment) -> Optional[str]:
    if environment.proxy is not None:
        return "the client goes through a proxy"
    return no_target(environment)


TRACE = Probe(
    "tcp.trace", "tcp", "How far packets for the API get", HOP_LIMIT + 1, _trace,
    after=("tcp.v4", "tcp.v6", "tls.handshake"), idle=_not_direct, quick=False,
)  # fmt: skip
