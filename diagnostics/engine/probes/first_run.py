"""The two fixed addresses of the client's first-run check. They ignore the base URL, and take no credential."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Callable, Optional

from diagnostics.engine.net.failures import Failure
from diagnostics.engine.probes.asking import Heard, Unheard, ask
from diagnostics.engine.probes.base import Context, Probe, Result, stopped_by_proxy
from diagnostics.engine.probes.dns import kind_of
from diagnostics.engine.records import Environment, FactValue, Origin

LIMIT = 10.0  # what the client itself waits
API, PLATFORM = Origin("https", "api.anthropic.com", 443), Origin("https", "platform.claude.com", 443)
API_PATH, PLATFORM_PATH = "/api/hello", "/v1/oauth/hello"
ADDRESSES = (("hello.api", API, API_PATH), ("hello.platform", PLATFORM, PLATFORM_PATH))


def _hello(name: str, origin: Origin, path: str) -> Callable[[Context], Awaitable[Result]]:
    async def run(context: Context) -> Result:
        from diagnostics.engine.net.http import Request

        where = {
            f"{name}.via_proxy": context.proxy_to(origin.host) is not None,
            **await _kinds(context, name, origin.host),
        }
        try:
            heard = await ask(context, name, Request("GET", origin, path), LIMIT)
        except Unheard as unheard:
            facts = {**where, **unheard.result.facts, **_both(context, name, False)}
            return Result(facts, failed=unheard.result.failed, opens=False)
        well = is_hello(heard)
        return Result({**where, **heard.facts, **_both(context, name, well)})

    return run


async def _kinds(context: Context, name: str, host: str) -> dict[str, FactValue]:
    """Where the name leads here; through a proxy nobody asks."""
    if context.proxy_to(host) is not None:
        return {}
    try:
        addresses = await context.net.resolve(host, context.within(LIMIT))
    except Failure:
        return {}  # the question itself tells why
    return {f"{name}.kinds": tuple(dict.fromkeys(map(kind_of, addresses)))}


def is_hello(heard: Heard) -> bool:
    """Whether it is the address's own answer."""
    return heard.answer.status == 200 and isinstance(heard.data, dict) and "message" in heard.data


def _both(context: Context, name: str, well: bool) -> dict[str, FactValue]:
    """``hello.ok``, once both addresses have been asked, or one has failed."""
    if not context.environment.first_run_urls:
        return {}
    told = context.shared.hellos
    told[name] = well
    if not well:
        return {"hello.ok": False}
    return {"hello.ok": True} if len(told) == 2 and all(told.values()) else {}


def _not_asked(origin: Origin) -> Callable[[Environment], Optional[str]]:
    """The API's own host is worth asking for the region alone; the other one matters to the first-run check only."""

    def idle(environment: Environment) -> Optional[str]:
        asked = any(url.startswith(str(origin)) for url in environment.first_run_urls)
        if not asked and origin != environment.origin:
            return "this client makes no first-run check"
        return stopped_by_proxy(environment, origin.host)

    return idle


def _probe(name: str, title: str, origin: Origin, path: str) -> Probe:
    run = _hello(name, origin, path)
    idle, through = _not_asked(origin), (("proxy.tcp",),)
    return Probe(name, "http", title, LIMIT + 1, run, through_proxy=through, idle=idle, host=origin.host)


HELLO_API = _probe("hello.api", "The first-run check's first address", API, API_PATH)
HELLO_PLATFORM = _probe("hello.platform", "The first-run check's second address", PLATFORM, PLATFORM_PATH)
