"""The target's name: by the system's resolver as the client asks it, and by resolvers this network did not choose."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from typing import Optional, Union
from urllib.parse import urlsplit

from diagnostics.engine.net import dns as names
from diagnostics.engine.net.dns_message import AAAA, A
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.network import Net, Route
from diagnostics.engine.probes import reference
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import Environment, FactValue

SYSTEM_LIMIT, CONTROL_LIMIT, INDEPENDENT_LIMIT = 10.0, 3.0, 3.0

_KINDS = tuple(
    (kind, ipaddress.ip_network(network))
    for kind, networks in {
        "zero": ("0.0.0.0/8", "::/128"),
        "loopback": ("127.0.0.0/8", "::1/128"),
        "metadata": ("169.254.169.254/32", "fd00:ec2::254/128"),
        "link_local": ("169.254.0.0/16", "fe80::/10"),
        "fake_ip": ("198.18.0.0/15", "fdfe:dcba:9876::/48"),  # what local proxy programs hand out
        "private": ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
        "sinkhole": ("146.112.61.104/29",),  # OpenDNS and Umbrella block pages
        "multicast": ("224.0.0.0/4", "ff00::/8"),
    }.items()
    for network in networks
)
_NOT_PUBLIC = (
    "localhost",
    "local",
    "internal",
    "lan",
    "corp",
    "home",
    "arpa",
    "intranet",
    "private",
    "test",
    "example",
    "invalid",
    "onion",
)


def kind_of(address: str) -> str:
    """Which of ``vocabulary.ADDRESS_KINDS`` an address is."""
    bare = ipaddress.ip_address(address.partition("%")[0])
    mapped = bare.ipv4_mapped if isinstance(bare, ipaddress.IPv6Address) else None
    meant = mapped or bare
    return next((kind for kind, network in _KINDS if meant.version == network.version and meant in network), "public")


def in_ranges(address: str, ranges: tuple[str, ...]) -> bool:
    """Whether an address lies in one of these networks."""
    bare = ipaddress.ip_address(address.partition("%")[0])
    return any(bare in network for network in map(ipaddress.ip_network, ranges) if network.version == bare.version)


_Told = Union[tuple[str, ...], str]
"""The addresses one resolver gives in both families, or the word why it gave none."""


async def _system(context: Context) -> Result:
    host = context.target.host
    if names.literal(host):
        return Result({"dns.literal": True, **_answer_facts(context, (host,), 0.0)})
    context.keep({"dns.literal": False, **_machine_facts(context, host)})
    began = time.monotonic()
    try:
        addresses = await context.net.resolve(host, context.within(SYSTEM_LIMIT))
    except Failure as failure:
        facts: dict[str, FactValue] = {
            "dns.system.failure": failure.word,
            "dns.system.seconds": round(time.monotonic() - began, 4),
        }
        context.keep(facts)
        resolves, share = await asyncio.gather(_control_resolves(context), _answered_share(context, failure.word))
        if resolves is not None:
            facts["dns.system.control_resolves"] = resolves
        if share is not None:
            facts["dns.system.answered_share"] = share
        return context.failing(failure, facts)
    context.tell("resolved", ", ".join(addresses))
    return Result(_answer_facts(context, addresses, time.monotonic() - began))


def _machine_facts(context: Context, host: str) -> dict[str, FactValue]:
    """The hosts file and the configured servers: this machine's own, which say nothing in the practice range."""
    if context.net.names:
        return {}
    facts: dict[str, FactValue] = {"dns.system.servers": names.servers()}
    listed = names.in_hosts_file(host)
    return facts if listed is None else {**facts, "dns.system.from_hosts_file": listed}


def _answer_facts(context: Context, addresses: tuple[str, ...], seconds: float) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {
        "dns.system.addresses": addresses,
        "dns.system.kinds": tuple(dict.fromkeys(map(kind_of, addresses))),
        "dns.system.v4": any(":" not in address for address in addresses),
        "dns.system.v6": any(":" in address for address in addresses),
        "dns.system.seconds": round(seconds, 4),
    }
    ranges = reference.address_ranges()
    if ranges and context.environment.facts.get("config.base_url.first_party") is True:
        facts["dns.system.in_provider_range"] = any(in_ranges(address, ranges) for address in addresses)
    return facts


async def _control_resolves(context: Context) -> Optional[bool]:
    """Whether the same resolver answers for a control host; None where none is given by name."""
    hosts = [urlsplit(url).hostname or "" for url in context.plan.controls]
    host = next((host for host in hosts if host and not names.literal(host) and host != context.target.host), None)
    if host is None:
        return None
    try:
        await context.net.resolve(host, context.within(CONTROL_LIMIT))
    except Failure:
        return False
    return True


async def _answered_share(context: Context, word: str) -> Optional[float]:
    """How much of it is lost, where the resolver seems to be silent."""
    return await context.net.answered_share(context.target.host) if word == "dns_timeout" else None


async def _independent(context: Context) -> Result:
    host = context.target.host
    route = context.route_to("", context.net.roots.public())
    told: list[_Told] = []

    async def one(resolver: str) -> None:
        told.append(await _ask(context.net, resolver, host, route, context.within(INDEPENDENT_LIMIT)))
        if any(isinstance(answer, tuple) for answer in told):  # silence is told only when all have had their time
            context.keep(_compared(context, told))

    await asyncio.gather(*map(one, context.plan.resolvers))
    if told and all(answer == "guard" for answer in told):
        return Result(failed="guard")
    return Result(_compared(context, told))


def _compared(context: Context, told: list[_Told]) -> dict[str, FactValue]:
    """What the resolvers that have come to an end say, beside what the system's own says."""
    answers = [answer for answer in told if isinstance(answer, tuple)]
    words = [answer for answer in told if isinstance(answer, str)]
    denied = words.count("dns_nxdomain")
    addresses = tuple(sorted({address for answer in answers for address in answer}))
    facts: dict[str, FactValue] = {
        "dns.independent.total": len(told) - words.count("guard"),
        "dns.independent.answered": len(answers) + denied,
        "dns.independent.addresses": addresses,
        "dns.independent.failures": tuple(dict.fromkeys(word for word in words if word != "guard")),
    }
    if answers or denied:
        facts["dns.independent.exists"] = bool(answers)
    agrees = _agree(context.facts.get("dns.system.addresses"), addresses, context.environment)
    return facts if agrees is None else {**facts, "dns.agrees": agrees}


async def _ask(net: Net, resolver: str, host: str, route: Route, limit: float) -> _Told:
    both = await asyncio.gather(
        *(net.ask(resolver, host, kind, route, limit) for kind in (A, AAAA)), return_exceptions=True
    )
    addresses = [address for answer in both if not isinstance(answer, BaseException) for address in answer.addresses]
    for answer in both:
        if isinstance(answer, BaseException) and not isinstance(answer, Failure):
            raise answer
    failed = [answer.word for answer in both if isinstance(answer, Failure)]
    if addresses or not failed:
        return tuple(addresses)
    return failed[0]


def _agree(system: object, independent: tuple[str, ...], environment: Environment) -> Optional[bool]:
    if not isinstance(system, tuple) or not system or not independent:
        return None
    if set(system) & set(independent):
        return True
    known = reference.address_ranges() if environment.facts.get("config.base_url.first_party") is True else ()
    return any(in_ranges(str(address), known) for address in system) and any(
        in_ranges(address, known) for address in independent
    )


def no_target(environment: Environment) -> Optional[str]:
    """Nothing can be tried without a readable base URL."""
    return "the base URL names no host" if environment.origin is None else None


def _no_public_name(environment: Environment) -> Optional[str]:
    if environment.origin is None:
        return no_target(environment)
    host = environment.origin.host
    if names.literal(host):
        return "the base URL names an address"
    if "." not in host or host.rpartition(".")[2] in _NOT_PUBLIC:
        return "the name is not a public one"  # and is nobody else's to know
    return None


SYSTEM = Probe(
    "dns.system",
    "dns",
    "The API's name, asked as the client asks",
    SYSTEM_LIMIT + CONTROL_LIMIT + 1,
    _system,
    idle=no_target,
)
INDEPENDENT = Probe(
    "dns.independent", "dns", "The API's name, asked of independent resolvers", INDEPENDENT_LIMIT + 1, _independent,
    after=("dns.system",), idle=_no_public_name, quick=False,
)  # fmt: skip
