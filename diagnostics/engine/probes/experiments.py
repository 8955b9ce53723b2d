"""experiment(): the question that failed is asked again with exactly one thing changed, and what that shows is a fact.

All at once, within a few seconds of the run's own time. Beside them it is asked once more with nothing changed: where that
works, the network is unsteady and no change proves anything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Optional

from diagnostics.engine.hiding import hiding_of
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import Net
from diagnostics.engine.probes import api, first_run, sending
from diagnostics.engine.probes.asking import Heard, Unheard, ask
from diagnostics.engine.probes.base import Context, Plan, Shared
from diagnostics.engine.probes.flips import Flip, Outcome, flips, unchanged
from diagnostics.engine.probes.possible import MOST, SECONDS
from diagnostics.engine.probes.question import is_answer
from diagnostics.engine.probes.runner import OnAttempt
from diagnostics.engine.probes.written import Writing
from diagnostics.engine.records import Attempt, Environment, Facts, FactValue
from diagnostics.engine.vocabulary import FAILURES

_LEAST = 0.5  # seconds that must be left for it to be worth beginning
_LIMIT = 5.0
_PATIENT = 4.0  # seconds of silence that are an answer; a question cut off sooner was not given its time
_GRACE = 0.3  # seconds that the control has when all others have ended
_OURS = ("guard", "internal_error", "deadline")  # no answer of the network, so no evidence
_UNSEEN = ("tls_unknown_authority", "tls_self_signed")


class Trials:
    """The experiments of one run."""

    def __init__(self, environment: Environment, net: Net, plan: Plan, facts: Facts, ends: float) -> None:
        self._net, self._plan, self._facts = net, plan, facts
        self._began = ends - plan.timeout  # the run's beginning: attempts count from there
        self._until = min(ends, time.monotonic() + SECONDS)
        self._hiding = hiding_of(environment)

    async def make(self, chosen: Sequence[Flip], control: Optional[Flip], on_attempt: OnAttempt) -> None:
        """Try all at once and tell each attempt as it ends; what has not ended in time is no evidence and is not told.

        Nobody waits for the control alone: where the question hangs as before, it is still hanging.
        """

        async def one(flip: Flip) -> None:
            on_attempt(await self._attempt(flip))

        running = [asyncio.ensure_future(one(flip)) for flip in chosen]
        beside = [asyncio.ensure_future(one(control))] if control is not None else []
        try:
            await asyncio.wait(running, timeout=max(0.0, self._until - time.monotonic()))
            if beside:
                await asyncio.wait(beside, timeout=_GRACE)
            for task in running + beside:
                if task.done():
                    task.result()  # a fault of who is told of attempts is not swallowed
        finally:
            for task in running + beside:
                task.cancel()

    async def _attempt(self, flip: Flip) -> Attempt:
        started = time.monotonic()
        shared = Shared(given=flip.addresses)
        context = Context(flip.environment, self._net, self._plan, self._facts, shared, self._until, self._hiding)
        facts: Facts = {}
        outcome = flip.known
        if outcome is None:
            try:
                outcome, facts = await self._asked(flip, context)
            except Exception as error:  # noqa: BLE001  one broken experiment never stops the others
                context.tell("internal_error", type(error).__name__)
                outcome = Outcome(None, "internal_error")
        told = {} if outcome.after in _OURS else {**facts, **_proof(flip, outcome)}
        writing = Writing(self._hiding)
        return Attempt(
            probe=flip.question.probe,
            status="skipped" if outcome.after == "guard" else "failed" if outcome.after in FAILURES else "done",
            reason=outcome.after if outcome.after in FAILURES else None,
            started=round(started - self._began, 4),
            seconds=round(time.monotonic() - started, 4),
            facts=writing.facts(told),
            events=writing.events(context.events),
            variant=flip.name,
            hidden=tuple(writing.hidden),
        )

    async def _asked(self, flip: Flip, context: Context) -> tuple[Outcome, Facts]:
        from diagnostics.engine.net.http import Request

        question = flip.question
        assert question.origin is not None  # there is no flip without one
        if question.probe == "api.models":
            request = sending.request_of(context, "GET", question.path)
        else:
            request = Request("GET", question.origin, question.path)
        limit = context.within(_LIMIT)
        try:
            trusted = self._net.trust_of(flip.trust) if flip.trust is not None else None
            heard = await ask(context, question.probe, request, limit, trusted)
        except Unheard as unheard:
            word = str(unheard.result.failed)
            told = unheard.result.facts
            answerer = told.get(f"{question.probe}.answerer")
            return Outcome(self._refuted(flip, word, limit), word, str(answerer) if answerer else None), told
        except Failure as failure:
            return Outcome(False, failure.word), {}
        return _outcome(flip, heard), heard.facts

    def _refuted(self, flip: Flip, word: str, limit: float) -> Optional[bool]:
        """No answer is a no, unless it had too little time, or the store put in place may hold more than we can see."""
        unseen = flip.trust is not None and "system" in flip.trust.stores and not self._net.roots.system_is_whole
        cut_short = word.endswith("_timeout") and limit < _PATIENT
        return None if cut_short or (word in _UNSEEN and unseen) else False


def _outcome(flip: Flip, heard: Heard) -> Outcome:
    status = heard.answer.status
    answerer = str(heard.facts[f"{flip.question.probe}.answerer"])
    if flip.factor == "credential":
        refused = False if status in (401, 403) else None  # 404 of a gateway, 429, 5xx: it was not judged
        return Outcome(True if api.listed(heard) is not None else refused, str(status), answerer)
    if flip.question.probe == "api.models":
        passes: Optional[bool] = is_answer(answerer, status)
        if passes and status == 401 and flip.question.answered and flip.factor != "base_url":
            passes = None  # it failed behind its look at the credential, which this question does not reach
        return Outcome(passes, f"{status} without a key" if passes and status == 401 else str(status), answerer)
    return Outcome(first_run.is_hello(heard) and answerer == "provider", str(status), answerer)


def _proof(flip: Flip, outcome: Outcome) -> dict[str, FactValue]:
    told: dict[str, Optional[FactValue]] = {
        "passes": outcome.passes,
        "from": flip.origin,
        "to": flip.to,
        "before": flip.question.before,
        "after": outcome.after,
        "answerer": outcome.answerer,
    }
    return {f"experiment.{flip.factor}.{name}": value for name, value in told.items() if value is not None}


async def experiment(
    environment: Environment,
    net: Net,
    plan: Plan,
    factors: Sequence[str],
    facts: Facts,
    ends: float,
    on_attempt: OnAttempt,
) -> None:
    """Flip these factors, one at a time, as far as time allows until ``ends`` (monotonic). ``on_attempt`` hears of each.

    A run of chosen probes or of the path alone makes none.
    """
    if plan.only is not None or plan.quick or ends - time.monotonic() < _LEAST:
        return
    possible = list(_in_turn([list(flips(factor, environment, facts)) for factor in factors]))
    known = [flip for flip in possible if flip.known is not None]
    asked = [flip for flip in possible if flip.known is None][:MOST]
    if known or asked:
        control = unchanged(environment, facts) if asked else None
        await Trials(environment, net, plan, facts, ends).make(known + asked, control, on_attempt)


def _in_turn(factors: Sequence[Sequence[Flip]]) -> Iterator[Flip]:
    """The likeliest flip of each factor before the second one of any; none twice."""
    told = set()
    for flip in (flip for turn in zip_longest(*factors) for flip in turn if flip is not None):
        if (flip.question.probe, flip.name) not in told:
            told.add((flip.question.probe, flip.name))
            yield flip
