"""A server that forgot the certificate between its own and a root: with what other hosts showed, the chain is whole.

Asked of the target, and of the first-run hosts, where an authority was unknown. What is added is no anchor: the completed
chain must still end in a public root.
"""

from __future__ import annotations

from typing import Optional

from diagnostics.engine.net.failures import JUDGEMENTS, Failure
from diagnostics.engine.net.network import Route
from diagnostics.engine.net.trust import TrustSet
from diagnostics.engine.probes import first_run
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.probes.dns import no_target
from diagnostics.engine.records import Origin

LIMIT = 8.0
_UNKNOWN = "tls_unknown_authority"


async def _completed(context: Context) -> Result:
    lacking = list(_lacking(context))
    if not lacking:
        return Result(idle="no certificate was seen to be missing")
    roots = context.net.completed()
    if roots is None:
        return Result(idle="no other host showed a certificate that could be missing")
    told = [(name, await _passes(context, origin, _way(context, origin, roots))) for name, origin in lacking]
    return Result({name: passes for name, passes in told if passes is not None})


def _lacking(context: Context) -> list[tuple[str, Origin]]:
    """Facts to find, and of whom."""
    facts = context.facts
    found = [("tls.completed.trusted", context.target)] if facts.get("tls.public.failure") == _UNKNOWN else []
    others = [origin for probe, origin, _ in first_run.ADDRESSES if facts.get(f"{probe}.failure") == _UNKNOWN]
    return found + [("tls.completed.first_run_trusted", origin) for origin in others if origin != context.target][:1]


def _way(context: Context, origin: Origin, roots: TrustSet) -> Route:
    return context.route(roots) if origin == context.target else context.route_to(origin.host, roots)


async def _passes(context: Context, origin: Origin, route: Route) -> Optional[bool]:
    """Whether a host's certificate is accepted on this route; None where it did not come to a judgement."""
    try:
        stream = await context.net.open(origin, route, context.within(LIMIT / 2), context.tell)
    except Failure as failure:
        context.tell(failure.word, failure.detail)
        return False if failure.word in JUDGEMENTS else None
    stream.close()
    return True


COMPLETED = Probe(
    "tls.completed", "tls", "Whether a server forgot a certificate in between", LIMIT + 1, _completed,
    after=("tls.public", "control.hosts", "hello.api", "hello.platform", "edge.trace", "service.status"),
    idle=no_target, quick=False,
)  # fmt: skip
