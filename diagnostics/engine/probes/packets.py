"""Large packets and small ones to the target: what a tunnel shows that carries only the small ones.

A tunnel of that kind takes every connection and every short question. What vanishes is the first packet of full size:
a long greeting on the way out, the server's certificates on the way back. No privileges are needed to find out: a
connection whose packets are kept small by both ends (TCP's own maximum segment size) gets through where the usual one
is never answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Callable, Optional

from diagnostics.engine.net import greeting, kernel, trust
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import Route
from diagnostics.engine.probes.api import MODELS_PATH
from diagnostics.engine.probes.base import Context, Probe, Result, stopped_by_proxy
from diagnostics.engine.probes.sending import request_of
from diagnostics.engine.probes.tls import plain
from diagnostics.engine.records import Facts, FactValue

LARGE_LIMIT, AGAIN_LIMIT = 5.0, 4.0
SEGMENTS = (1220, 536, 216)
"""Bytes: what IPv6 carries at least, what IPv4 is always meant to carry, and less than any tunnel leaves."""

_STALLED = "tls_timeout"
_CUT = (_STALLED, "tls_reset", "tls_closed")


async def _large(context: Context) -> Result:
    """The handshake with a greeting that takes three packets, as newer clients' greetings and every long request do."""
    word = await _shake(context, context.route(trust.unverified(large=True)), LARGE_LIMIT)
    if word is not None:
        return Result({"tls.large.completed": False, "tls.large.failure": word}, failed=word)
    return Result({"tls.large.completed": True})


async def _small(context: Context) -> Result:
    """The same handshake again: with packets of the usual size, and beside it with ever smaller ones."""
    stalled = _stalled(context.facts)
    if stalled is None:
        return Result(idle="no packet was seen to vanish")
    usual = context.route(trust.unverified(large=stalled == "large"))
    return await _smaller(context, "tls.small", lambda route: _shake(context, route, AGAIN_LIMIT), usual)


async def _answer_small(context: Context) -> Result:
    """The question that was taken and never answered, asked again so: for what a handshake does not show, or there is none."""
    if context.facts.get("api.models.failure") != "http_timeout":
        return Result(idle="the question was not left without an answer")
    return await _smaller(context, "api.small", lambda route: _ask(context, route), context.route())


async def _smaller(
    context: Context, name: str, ask: Callable[[Route], Awaitable[Optional[str]]], usual: Route
) -> Result:
    """Ask with packets of the usual size, and beside it with ever smaller ones; ``ask`` gives a failure word, or None."""
    if not kernel.CAN_KEEP_SMALL:
        return Result(idle="this system cannot keep its packets small")

    async def sized(segment: Optional[int]) -> Optional[str]:
        word = await ask(replace(usual, segment=segment))
        context.tell(word or "answered", "packets of the usual size" if segment is None else f"at most {segment} bytes")
        return word

    again, *told = await asyncio.gather(*(sized(size) for size in (None, *SEGMENTS)))
    words = dict(zip(SEGMENTS, told))
    # What passes once and not with packets that are smaller still was luck.
    passing = [size for size in SEGMENTS if all(words[smaller] is None for smaller in SEGMENTS if smaller <= size)]
    facts: dict[str, FactValue] = {f"{name}.usual_again": again is None}
    if passing:
        return Result({**facts, f"{name}.completed": True, f"{name}.segment": passing[0]})
    if not kernel.HOLDS_BOTH_WAYS:
        return Result(facts)  # the far end may have gone on sending large ones
    word = words[SEGMENTS[-1]] or "io_error"
    return Result({**facts, f"{name}.completed": False, f"{name}.failure": word}, failed=word)


async def _ask(context: Context, route: Route) -> Optional[str]:
    """Why the model list was not answered, None when somebody answered, whatever it was."""
    try:
        await context.net.request(request_of(context, "GET", MODELS_PATH), route, context.within(AGAIN_LIMIT))
    except Failure as failure:
        return failure.word
    return None


async def _shake(context: Context, route: Route, limit: float) -> Optional[str]:
    """Why a handshake with the target did not come about, None when it did. It ends with that."""
    try:
        stream = await context.net.open(context.target, route, context.within(limit))
    except Failure as failure:
        return failure.word
    stream.close()
    return None


def _stalled(facts: Facts) -> Optional[str]:
    """Which handshake was never answered: the "usual" one, or only that with a "large" greeting."""
    if facts.get("tls.handshake.failure") == _STALLED:
        return "usual"
    return "large" if facts.get("tls.large.failure") == _STALLED else None


async def _nameless(context: Context) -> Result:
    """The same address, greeted without saying which host is meant. Packets stay small, so that size plays no part."""
    if context.facts.get("tls.handshake.failure") not in _CUT:
        return Result(idle="no handshake was seen to be cut")
    route = replace(context.route(), segment=SEGMENTS[1] if kernel.CAN_KEEP_SMALL else None)
    try:
        await greeting.greet(context.net, context.target, route, context.within(AGAIN_LIMIT), named=False)
    except Failure as failure:
        facts: dict[str, FactValue] = {"tls.nameless.answered": False, "tls.nameless.failure": failure.word}
        return context.failing(failure, facts)
    return Result({"tls.nameless.answered": True})


LARGE = Probe(
    "tls.large", "tls", "A greeting larger than one packet", LARGE_LIMIT + 1, _large,
    ways=(("tls.handshake",),), idle=plain,
)  # fmt: skip
SMALL = Probe(
    "tls.small", "tls", "Whether smaller packets get through", AGAIN_LIMIT + 1, _small,
    after=("tls.handshake", "tls.large"), idle=plain,
)  # fmt: skip
ANSWER_SMALL = Probe(
    "api.small", "http", "Whether an answer comes in smaller packets", AGAIN_LIMIT + 1, _answer_small,
    after=("api.models",), idle=stopped_by_proxy,
)  # fmt: skip
NAMELESS = Probe(
    "tls.nameless", "tls", "Whether the same address answers who names no host", AGAIN_LIMIT + 1, _nameless,
    after=("tls.handshake",), idle=plain, quick=False,
)  # fmt: skip
