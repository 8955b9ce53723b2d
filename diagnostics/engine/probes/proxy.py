"""The configured proxy: its name, its port, and whether it lets the target through."""

from __future__ import annotations

from typing import Optional

from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.greeting import greet
from diagnostics.engine.net.network import Route, takes_whole
from diagnostics.engine.net.proxy import TITLE_MOST, ProxyAnswer, TunnelRefused
from diagnostics.engine.net.socks import SocksRefused
from diagnostics.engine.net.trust import unverified
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import Environment, FactValue, Origin, Proxy

RESOLVE_LIMIT, CONNECT_LIMIT, TUNNEL_LIMIT = 10.0, 8.0, 10.0
GREETING_LIMIT = 3.0
_UNREADABLE = ("proxy_closed", "proxy_garbled")
_SCHEMES = ("http", "https", "socks5", "socks5h")
_REASONS = ("x-squid-error", "x-deny-reason", "x-bluecoat-error", "x-zscaler-error", "x-proxy-error", "x-error")


async def _dns(context: Context) -> Result:
    try:
        addresses = await context.net.resolve(_proxy(context).origin.host, context.within(RESOLVE_LIMIT))
    except Failure as failure:
        return context.failing(failure, {"proxy.dns.failure": failure.word})
    context.tell("resolved", ", ".join(addresses))
    return Result()


async def _tcp(context: Context) -> Result:
    origin = _proxy(context).origin
    try:
        stream = await context.net.connect(origin.host, origin.port, (), context.within(CONNECT_LIMIT), context.tell)
    except Failure as failure:
        return context.failing(failure, {"proxy.tcp.connected": False, "proxy.tcp.failure": failure.word})
    stream.close()
    return Result({"proxy.tcp.connected": True, "proxy.tcp.address": stream.peer})


async def _connect(context: Context) -> Result:
    proxy = _proxy(context)
    try:
        trusted = context.route().proxy_trust if proxy.origin.scheme == "https" else None
        stream = await context.net.reach_proxy(proxy, trusted, context.within(CONNECT_LIMIT), context.tell)
        answer = await context.net.tunnel(stream, context.target, proxy, context.within(TUNNEL_LIMIT), context.tell)
    except TunnelRefused as refused:
        context.tell("refused", str(refused.answer.status))
        in_tls = await _in_tls(context, proxy, refused.answer.status == 400)
        return Result({**_facts(context, refused.answer), **in_tls}, opens=False)
    except SocksRefused as refused:
        facts: dict[str, FactValue] = {"proxy.connect.failure": refused.word, "proxy.connect.reason": refused.reason}
        return context.failing(refused, facts)
    except Failure as failure:
        told = {"proxy.connect.failure": failure.word}
        return context.failing(failure, {**told, **await _in_tls(context, proxy, failure.word in _UNREADABLE)})
    stream.close()
    return Result(_facts(context, answer) if answer is not None else {})


async def _in_tls(context: Context, proxy: Proxy, asked: bool) -> dict[str, FactValue]:
    """Whether the proxy speaks TLS, where it was spoken to without and gave no answer that can be read."""
    if proxy.origin.scheme != "http" or not asked:
        return {}
    origin = Origin("https", proxy.origin.host, proxy.origin.port)
    try:
        greeted = await greet(context.net, origin, Route(unverified()), context.within(GREETING_LIMIT))
    except Failure:
        return {}
    return {"proxy.connect.in_tls": greeted.in_tls}


def _facts(context: Context, answer: ProxyAnswer) -> dict[str, FactValue]:
    server = next((answer.headers[name] for name in ("server", "proxy-agent", "via") if answer.headers.get(name)), "")
    reason = next((answer.headers[name] for name in _REASONS if answer.headers.get(name)), answer.reason)
    facts: dict[str, FactValue] = {"proxy.connect.status": answer.status}
    if answer.schemes:
        facts["proxy.connect.schemes"] = answer.schemes
    for name, value in (("server", server), ("title", answer.title), ("reason", reason)):
        if value:
            facts[f"proxy.connect.{name}"] = context.short(value, TITLE_MOST)
    return facts


def _proxy(context: Context) -> Proxy:
    assert context.environment.proxy is not None  # ``idle`` has seen to it
    return context.environment.proxy


def no_proxy(environment: Environment) -> Optional[str]:
    """Nothing to try where the client uses no proxy, or one of an old kind."""
    if environment.proxy is None:
        return "the client uses no proxy here"
    if environment.proxy.origin.scheme not in _SCHEMES:
        return "this kind of proxy cannot be tried"
    return None


def _no_tunnel(environment: Environment) -> Optional[str]:
    if environment.origin is None:
        return "the base URL names no host"
    if environment.proxy is not None and takes_whole(environment.proxy, environment.origin):
        return "plain HTTP goes through a proxy without a tunnel"
    return no_proxy(environment)


DNS = Probe("proxy.dns", "proxy", "The proxy's name", RESOLVE_LIMIT + 1, _dns, idle=no_proxy)
TCP = Probe(
    "proxy.tcp", "proxy", "A connection to the proxy", CONNECT_LIMIT + 1, _tcp, ways=(("proxy.dns",),), idle=no_proxy
)
CONNECT = Probe(
    "proxy.connect",
    "proxy",
    "Whether the proxy lets the API through",
    CONNECT_LIMIT + TUNNEL_LIMIT + GREETING_LIMIT + 1,
    _connect,
    ways=(("proxy.tcp",),),
    idle=_no_tunnel,
)
