"""Connections to the target, each address family by itself: what one hides the other shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Callable, Optional

from diagnostics.engine.net.failures import Failure
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.probes.dns import no_target
from diagnostics.engine.records import FactValue

LIMIT, BESIDE_LIMIT, ADDRESSES_MOST = 8.0, 2.0, 4
_FAMILIES = ("tcp.v4", "tcp.v6")


def _family(name: str) -> Callable[[Context], Awaitable[Result]]:
    async def run(context: Context) -> Result:
        found = context.facts.get("dns.system.addresses", ())
        every = [str(address) for address in (found if isinstance(found, tuple) else ())]
        addresses = [address for address in every if _is_of(name, address)]
        if not addresses:
            return Result(_together(context, name, None), idle="the name has no address of this kind")
        most = 1 if context.first_address_only else ADDRESSES_MOST
        return await _connect(context, name, addresses[:most], counts=most > 1 or addresses[0] == every[0])

    return run


def _is_of(name: str, address: str) -> bool:
    return (":" in address) == (name == "tcp.v6")


async def _connect(context: Context, name: str, addresses: list[str], counts: bool) -> Result:
    """``counts``: the client would come to this family at all; otherwise it is tried for comparison."""
    began = time.monotonic()
    context.shared.trying.update(addresses if counts else ())
    try:
        peer = await _first_peer(context, addresses)
    except Failure as failure:
        facts: dict[str, FactValue] = {f"{name}.connected": False, f"{name}.failure": failure.word}
        facts[f"{name}.address"] = addresses[-1]
        together = _together(context, name, failure.word) if counts else {}
        return context.failing(failure, {**facts, **together})
    finally:
        context.shared.trying.difference_update(addresses)
    facts = {f"{name}.connected": True, f"{name}.address": peer, f"{name}.seconds": round(time.monotonic() - began, 4)}
    if not counts:
        return Result(facts, opens=False)
    context.shared.reachable.append(peer)
    return Result({**facts, "tcp.connected": True})


async def _first_peer(context: Context, addresses: list[str]) -> str:
    """The first address that takes a connection, a new one tried every quarter second.

    Once the other family has connected, or where the client goes through a proxy, nothing depends on this one and it
    is waited for less long.
    """
    target, limit = context.target, context.within(LIMIT)
    work = asyncio.ensure_future(context.net.connect(target.host, target.port, addresses, limit, context.tell))
    try:
        await asyncio.wait({work}, timeout=BESIDE_LIMIT)
        if not work.done() and (context.shared.reachable or context.environment.proxy is not None):
            raise Failure("connect_timeout", f"given up after {BESIDE_LIMIT:.0f} s beside another way")
        stream = await work
    finally:
        work.cancel()
    stream.close()
    return stream.peer


def _together(context: Context, name: str, word: Optional[str]) -> dict[str, FactValue]:
    """What both families say once neither has connected and both have ended: the word of IPv4 where it has one."""
    if context.first_address_only:
        return {} if word is None else {"tcp.connected": False, "tcp.failure": word}
    families = context.shared.families
    families[name] = word
    failed = [families[family] for family in _FAMILIES if families.get(family) is not None]
    if context.shared.reachable or len(families) < len(_FAMILIES) or not failed:
        return {}
    return {"tcp.connected": False, "tcp.failure": failed[0] or "io_error"}


V4, V6 = (
    Probe(
        name,
        "tcp",
        f"A connection to the API over {shown}",
        LIMIT + 1,
        _family(name),
        ways=(("dns.system",),),
        idle=no_target,
    )
    for name, shown in (("tcp.v4", "IPv4"), ("tcp.v6", "IPv6"))
)
PATH = (_FAMILIES,)
"""What a direct way to the target needs: a connection in either family."""
