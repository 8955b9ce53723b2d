"""The edge's own account of the connection: from which country it comes, on the same route as the API's calls."""

from __future__ import annotations

from typing import Optional

from diagnostics.engine.probes import reference
from diagnostics.engine.probes.asking import Unheard, ask
from diagnostics.engine.probes.base import TUNNEL, Context, Probe, Result, stopped_by_proxy
from diagnostics.engine.probes.control import trace_of
from diagnostics.engine.probes.tcp import PATH
from diagnostics.engine.records import Environment

LIMIT = 8.0


async def _trace(context: Context) -> Result:
    from diagnostics.engine.net.http import Request

    request = Request("GET", context.target, "/cdn-cgi/trace")
    try:
        heard = await ask(context, "edge.trace", request, LIMIT)
    except Unheard as unheard:
        return unheard.result
    lines = trace_of(heard.answer.text) if heard.answer.status == 200 else {}
    facts = dict(heard.facts)
    if {"loc", "ip"} <= lines.keys():
        facts["edge.trace.answerer"] = "edge"
        facts.update({f"edge.trace.{name}": lines[name] for name in ("ip", "colo") if lines.get(name)})
        country = lines["loc"].upper()
        if len(country) == 2:
            facts["edge.trace.country"] = country
            listed = reference.listed(country)
            if listed is not None:
                facts["edge.trace.listed"] = listed
    return Result(facts)


def _not_first_party(environment: Environment) -> Optional[str]:
    if environment.origin is None:
        return "the base URL names no host"
    if environment.facts.get("config.base_url.first_party") is not True:
        return "only the provider's own edge tells"
    return stopped_by_proxy(environment)


TRACE = Probe(
    "edge.trace",
    "geo",
    "The country that requests seem to come from",
    LIMIT + 1,
    _trace,
    ways=PATH,
    through_proxy=TUNNEL,
    idle=_not_first_party,
)
