"""Control hosts: places that have nothing to do with the API and whose answers everybody knows.

What they miss is not the API's fault.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import BEGINS
from diagnostics.engine.probes.asking import note_date
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import FactValue, Origin

if TYPE_CHECKING:
    from diagnostics.engine.net.http import Answer

LIMIT = 8.0
_WANTS_SIGN_IN = 511  # RFC 6585 6


@dataclass
class Outcome:
    """What became of one control host."""

    resolved: bool = False
    connected: bool = False
    expected: bool = False
    answered: bool = False
    status: int = 0
    location: str = ""
    failure: str = ""

    @property
    def is_page(self) -> bool:
        """A page in place of the answer, as networks show that want a sign-in; an error is a filter's refusal."""
        return self.answered and not self.expected and (self.status < 400 or self.status == _WANTS_SIGN_IN)


async def _hosts(context: Context) -> Result:
    outcomes: list[Outcome] = []

    async def one(url: str) -> None:
        outcomes.append(await _one(context, url))
        if any(outcome.answered for outcome in outcomes):  # silence is told only when all have had their time
            context.keep(_counted(context, outcomes))

    await asyncio.gather(*map(one, context.plan.controls))
    if outcomes and all(outcome.failure == "guard" for outcome in outcomes):
        return Result(failed="guard")
    return Result(_counted(context, outcomes))


def _counted(context: Context, outcomes: list[Outcome]) -> dict[str, FactValue]:
    """What became of the control hosts that have come to an end."""
    tried = [outcome for outcome in outcomes if outcome.failure != "guard"]
    via_proxy = context.environment.proxy is not None
    facts: dict[str, FactValue] = {
        "control.total": len(tried),
        "control.reached": sum(outcome.expected for outcome in tried),
        "control.foreign": sum(outcome.answered and not outcome.expected for outcome in tried),
        "control.pages": sum(outcome.is_page for outcome in tried),
        "control.connected": sum(outcome.connected for outcome in tried),
        "control.failures": tuple(dict.fromkeys(outcome.failure for outcome in tried if outcome.failure)),
        "control.via_proxy": via_proxy,
    }
    if not via_proxy:
        facts["control.resolved"] = sum(outcome.resolved for outcome in tried)
    location = next((outcome.location for outcome in tried if outcome.location), None)
    return facts if location is None else {**facts, "control.location": location}


async def _one(context: Context, url: str) -> Outcome:
    from diagnostics.engine.net.http import Request
    from diagnostics.engine.probes.answerer import location

    split = urlsplit(url)
    host = (split.hostname or "").lower()
    origin = Origin(split.scheme, host, split.port or {"https": 443}.get(split.scheme, 80))
    outcome = Outcome()

    def tell(what: str, detail: str) -> None:
        outcome.connected = outcome.connected or what == "connected"
        if what != BEGINS:  # of several, nobody's own time begins
            context.tell(f"{what} {host}", detail)

    proxy = context.proxy_to(host)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    try:
        addresses = () if proxy is not None else await context.net.resolve(host, context.within(LIMIT))
        outcome.resolved = bool(addresses)
        route = replace(context.route_to(host, context.net.roots.public()), addresses=addresses)
        answer = await context.net.request(
            Request("GET", origin, path),
            route,
            context.within(LIMIT),
            tell,
        )
    except Failure as failure:
        context.tell(f"{failure.word} {host}", failure.detail)
        outcome.failure = failure.word
        return outcome
    outcome.answered, outcome.status = True, answer.status
    outcome.expected = is_expected(path, answer)
    if outcome.expected:
        note_date(context, answer)
    elif 300 <= answer.status < 400:
        outcome.location = location(answer)
    return outcome


def is_expected(path: str, answer: Answer) -> bool:
    """Whether a control host answered as it always does, which no sign-in page can know to imitate by chance."""
    if path == "/generate_204":
        return answer.status == 204 and not answer.body
    if path == "/success.txt":
        return answer.status == 200 and answer.text.strip() == "success"
    if path == "/cdn-cgi/trace":
        return answer.status == 200 and trace_of(answer.text).keys() >= {"fl", "loc"}
    return answer.status in (200, 204)


def trace_of(text: str) -> dict[str, str]:
    """The ``name=value`` lines of an edge's trace."""
    pairs = (line.partition("=") for line in text.splitlines()[:40])
    return {name: value.strip() for name, equals, value in pairs if equals}


HOSTS = Probe(
    "control.hosts",
    "network",
    "Other places on the internet",
    LIMIT + 1,
    _hosts,
    through_proxy=(("proxy.tcp",),),
    quick=False,
)
