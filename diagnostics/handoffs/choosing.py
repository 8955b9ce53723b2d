"""Which receivers a run's packet makes sense for, which is the likeliest, and what each is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostics.engine.matching import holds
from diagnostics.engine.proofs import counting
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.handoff_schema import AskTable, Receiver, receivers


def facts_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report's facts as the verdict counted them; lists are tuples."""
    found: dict[str, Any] = {}
    for attempt in report.get("attempts", ()):
        found.update(counting(attempt.get("variant", ""), attempt["facts"], found))
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def fitting(report: Mapping[str, Any]) -> tuple[Receiver, ...]:
    """Who can act on this report, the likeliest first; nobody on a healthy one."""
    verdict = report["verdict"]
    if verdict["cause"] == HEALTHY:
        return ()
    facts = facts_of(report)
    ranked = ((_nearness(one, verdict, facts), one) for one in receivers())
    return tuple(one for near, one in sorted(ranked, key=lambda pair: (pair[0], pair[1].order)) if near < _FAR)


_FAR = 3


def asked(one: Receiver, verdict: Mapping[str, Any], facts: Facts) -> tuple[AskTable, ...]:
    """What this receiver is asked to do about a verdict; what would mend another one is not asked for."""
    fitting = (ask for ask in one.ask if not ask.causes or verdict["cause"] in ask.causes)
    return tuple(ask for ask in fitting if ask.when is None or holds(ask.when, facts) is True)


def _nearness(one: Receiver, verdict: Mapping[str, Any], facts: Facts) -> int:
    """0 where the cause is theirs, 1 where its side is, 2 where the facts speak to them. Who has nothing to do is far."""
    if one.needs is not None and holds(one.needs, facts) is not True:
        return _FAR
    if all(ask.closing for ask in asked(one, verdict, facts)):
        return _FAR
    if verdict["cause"] in one.causes:
        return 0
    if verdict["side"] in one.sides:
        return 1
    return 2 if one.fits is not None and holds(one.fits, facts) is True else _FAR


def named(name: str) -> Receiver | None:
    """The receiver of that name; None where the knowledge no longer has it."""
    return next((one for one in receivers() if one.name == name), None)
